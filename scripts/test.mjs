// Runs the compiled tests, some at once, each a process of its own: `node scripts/test.mjs [--coverage] [FILE…]`.
// One line per file, each failing assertion in full, each skipped one by name, and last "N passed, N failed".
// tap's own runner puts its loaders into each process that a test starts; docs/decisions/016-test-runner.md.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Parser } from 'tap-parser';

/** Most tests wait for others most of the time. */
const jobs = 4;
/** How long one file may take, in seconds. */
const limit = 120;
const thresholds = { statements: 90, lines: 90, functions: 90, branches: 85 };

const root = fileURLToPath(new URL('../', import.meta.url));
const coverage = '.tap/coverage';
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { coverage: { type: 'boolean', default: false } },
});
const files = positionals.length > 0 ? positionals : globSync('build/test/**/*.test.js', { cwd: root }).sort();
const env = { ...process.env, TAP_TIMEOUT: String(limit) };
if (values.coverage) {
  rmSync(root + coverage, { recursive: true, force: true });
  env.NODE_V8_COVERAGE = root + coverage;
} else {
  // Hundreds of processes load the same modules; what V8 made of them is kept, which would blur what coverage counts.
  env.NODE_COMPILE_CACHE = `${root}.tap/compile-cache`;
}
const totals = { pass: 0, fail: 0, skip: 0, todo: 0 };

/** What a file's assertions come to, as lines to be shown. */
class FileRun {
  #parser = new Parser();
  #counts = '';
  #shown = [];
  #isLate = false;

  constructor(file) {
    this.file = file;
    this.#watch(this.#parser, [file]);
    // tap's own totals come as a last comment, `# { total: 24, pass: 23, fail: 1 }`.
    this.#parser.on('comment', (line) => {
      this.#counts = /^# \{ total: \d+(.*)\}/.exec(line)?.[1] ?? this.#counts;
    });
  }

  async run() {
    const began = performance.now();
    const child = spawn(process.execPath, ['--enable-source-maps', this.file], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const timer = setTimeout(() => {
      this.#isLate = true;
      child.kill('SIGKILL');
    }, limit * 1000);
    child.stdout.pipe(this.#parser);
    const [[code]] = await Promise.all([once(child, 'close'), once(this.#parser, 'complete')]);
    clearTimeout(timer);
    this.#report(code === 0 && this.#parser.ok && !this.#isLate, Math.round(performance.now() - began));
  }

  #watch(parser, path) {
    parser.on('child', (child) => this.#watch(child, [...path, child.name]));
    parser.on('assert', (result) => this.#assertion(result, [...path, result.name]));
  }

  #assertion({ ok, skip, todo, time, diag }, path) {
    if (skip) this.#shown.push(`skipped ${path.join(' > ')}${typeof skip === 'string' ? `: ${skip}` : ''}`);
    if (ok || skip || todo || time) return; // `time` marks a whole test, whose failing assertions were shown already
    const { at, diff, stack, source, ...rest } = diag ?? {};
    this.#shown.push(`not ok ${path.join(' > ')}`);
    if (at) this.#shown.push(`  at ${at.fileName}:${at.lineNumber}:${at.columnNumber}`);
    for (const text of [diff, source ?? stack]) if (text) this.#shown.push(text.replace(/^/gm, '  ').trimEnd());
    if (Object.keys(rest).length) this.#shown.push(`  ${JSON.stringify(rest)}`);
  }

  #report(ok, ms) {
    const counts = { pass: 0, fail: 0, skip: 0, todo: 0 };
    for (const [, kind, n] of this.#counts.matchAll(/(pass|fail|skip|todo): (\d+)/g)) counts[kind] = Number(n);
    // One that came to no end of its own has failed, whatever it had counted by then.
    if (!ok && counts.fail === 0) counts.fail = 1;
    for (const kind of Object.keys(totals)) totals[kind] += counts[kind];
    const how = this.#isLate ? `timed out after ${limit} s` : `${ms} ms`;
    console.log([...this.#shown, `${ok ? 'ok    ' : 'not ok'} ${this.file} (${how})`].join('\n'));
  }
}

const waiting = files.values();
await Promise.all(
  Array.from({ length: jobs }, async () => {
    for (const file of waiting) await new FileRun(file).run();
  }),
);
if (values.coverage) checkCoverage();
const { pass, fail, skip, todo } = totals;
console.log(`${pass} passed, ${fail} failed${skip + todo ? `, ${skip + todo} skipped` : ''}`);
process.exitCode ||= fail === 0 && files.length > 0 ? 0 : 1;

/** Ends with 1 when less was run than has to be. */
function checkCoverage() {
  const wanted = Object.entries(thresholds).map(([what, share]) => `--${what}=${share}`);
  // The tests themselves, and what scripts/build.mjs makes of a library.
  const others = ['build/test/**', 'test/**', 'tap-snapshots/**', 'build/core/typebox.js'];
  const of = ['--temp-directory', coverage, ...others.flatMap((glob) => ['--exclude', glob])];
  const { status } = spawnSync('c8', ['report', '--reporter=text-summary', '--check-coverage', ...of, ...wanted], {
    cwd: root,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}
