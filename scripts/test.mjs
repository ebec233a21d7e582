// Runs the compiled tests, some at once, a few in one process: `node scripts/test.mjs [--coverage] [FILE…]`.
// One line per file, each failing assertion in full, each skipped one by name, and last "N passed, N failed".
// tap's own runner puts its loaders into each process that a test starts; docs/decisions/016-test-runner.md.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Parser } from 'tap-parser';

/** Most tests wait for others most of the time. */
const jobs = 4;
/** How many files one process runs: what it costs to load tap and the product is paid once for them. */
const share = 8;
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
const env = { ...process.env };
if (values.coverage) {
  rmSync(root + coverage, { recursive: true, force: true });
  env.NODE_V8_COVERAGE = root + coverage;
} else {
  // Hundreds of processes load the same modules; what V8 made of them is kept, which would blur what coverage counts.
  env.NODE_COMPILE_CACHE = `${root}.tap/compile-cache`;
}
const totals = { pass: 0, fail: 0, skip: 0, todo: 0 };

/** A process that runs files one after the other, and shows what their assertions come to. */
class Worker {
  #parser = new Parser();
  #child = spawn(process.execPath, ['--enable-source-maps', `${root}scripts/test-worker.mjs`, `${limit * 1000}`], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  #orders = this.#child.stdio[3];
  #ended = Promise.all([once(this.#child, 'close'), once(this.#parser, 'complete')]);
  /** The files that it has run, and the one that it runs. */
  #done = [];
  #shown = [];
  #failed = 0;

  constructor() {
    this.#orders.on('error', () => {}); // a process that has ended is seen by that
    this.#watch(this.#parser, []);
    this.#child.stdout.pipe(this.#parser);
  }

  /** Takes from those that wait, until it has had its share. */
  async run() {
    const done = this.#done;
    do done.push(waiting.shift());
    while (
      (await this.#runFile(done.at(-1))) &&
      waiting.length > 0 &&
      done.length < share &&
      !wantsToBeFirst(waiting[0])
    );
    this.#orders.end();
    const timer = this.#limit();
    const [[code, signal]] = await this.#ended;
    clearTimeout(timer);
    for (const line of this.#shown) console.log(line);
    if (this.#failed > 0 || (code === 0 && this.#parser.ok)) return;
    totals.fail += 1;
    console.log(`not ok the process of ${done.join(', ')} ended with ${signal ?? code}`);
  }

  /** Whether the process is still there for others. */
  async #runFile(file) {
    const began = performance.now();
    const failedBefore = this.#failed;
    const over = once(this.#orders, 'data').then(() => true);
    const timer = this.#limit();
    this.#orders.write(`${file}\n`);
    const isOver = await Promise.race([over, this.#ended.then(() => false)]);
    await setImmediate(); // what came by TAP meanwhile is of this file
    clearTimeout(timer);
    if (!isOver) this.#assertion({ ok: false }, [file, `the process of ${this.#done.join(', ')} ended before it did`]);
    const ms = Math.round(performance.now() - began);
    console.log([...this.#shown, `${this.#failed > failedBefore ? 'not ok' : 'ok    '} ${file} (${ms} ms)`].join('\n'));
    this.#shown = [];
    return isOver;
  }

  #limit() {
    return setTimeout(
      () => {
        console.log(`nothing came to an end for ${limit} s`);
        this.#child.kill('SIGKILL');
      },
      1.1 * limit * 1000,
    ); // tap says at the limit which test it was
  }

  #watch(parser, path) {
    parser.on('child', (child) => this.#watch(child, [...path, child.name]));
    parser.on('assert', (result) => this.#assertion(result, [...path, result.name]));
  }

  #assertion({ ok, skip, todo, time, diag }, path) {
    if (time) return; // a whole test, whose assertions were counted already, or the end of a file
    totals[skip ? 'skip' : todo ? 'todo' : ok ? 'pass' : 'fail'] += 1;
    if (skip) this.#shown.push(`skipped ${path.join(' > ')}${typeof skip === 'string' ? `: ${skip}` : ''}`);
    if (!ok && !skip && !todo) this.#show(path, diag ?? {});
  }

  #show(path, { at, diff, stack, source, ...rest }) {
    this.#failed += 1;
    this.#shown.push(`not ok ${path.join(' > ')}`);
    if (at) this.#shown.push(`  at ${at.fileName}:${at.lineNumber}:${at.columnNumber}`);
    for (const text of [diff, source ?? stack]) if (text) this.#shown.push(text.replace(/^/gm, '  ').trimEnd());
    if (Object.keys(rest).length) this.#shown.push(`  ${JSON.stringify(rest)}`);
  }
}

/** Whether a file wants to be the first of its process: by that tap names its snapshots. */
function wantsToBeFirst(file) {
  return readFileSync(resolve(root, file), 'utf8').includes('matchSnapshot');
}

const waiting = [...files];
await Promise.all(
  Array.from({ length: jobs }, async () => {
    while (waiting.length > 0) await new Worker().run();
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
