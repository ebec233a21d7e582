// One line per test file, each failing assertion in full, and last "N passed, N failed".
// tap pipes its stream into a reporter and pipes that on to stdout, so it must be a Transform.
import { Transform } from 'node:stream';
import { Parser } from 'tap-parser';

export default class PlainReporter extends Transform {
  #parser = new Parser();
  #totals = { pass: 0, fail: 0, skip: 0, todo: 0 };

  constructor() {
    super({ decodeStrings: false });
    this.#parser.on('child', (file) => this.#watch(file, [file.name]));
    this.#parser.on('assert', (result) => this.#file(result));
    this.#parser.on('comment', (line) => this.#count(line));
  }

  #watch(parser, path) {
    parser.on('child', (child) => this.#watch(child, [...path, child.name]));
    parser.on('assert', (result) => this.#assertion(result, [...path, result.name]));
  }

  #file({ ok, name, time, diag }) {
    const shown = diag?.expired ? `${diag.expired} (timed out)` : name;
    this.push(`${ok ? 'ok    ' : 'not ok'} ${shown} (${Math.round(time ?? 0)} ms)\n`);
  }

  #assertion({ ok, skip, todo, time, diag }, path) {
    if (skip) this.push(`skipped ${path.join(' > ')}${typeof skip === 'string' ? `: ${skip}` : ''}\n`);
    if (ok || skip || todo || time) return; // `time` marks a whole test, whose failing assertions were shown already
    const { at, diff, stack, source, ...rest } = diag ?? {};
    this.push(`not ok ${path.join(' > ')}\n`);
    if (at) this.push(`  at ${at.fileName}:${at.lineNumber}:${at.columnNumber}\n`);
    for (const text of [diff, source ?? stack]) if (text) this.push(`${text.replace(/^/gm, '  ').trimEnd()}\n`);
    if (Object.keys(rest).length) this.push(`  ${JSON.stringify(rest)}\n`);
  }

  /** tap's own totals come as a last comment, `# { total: 24, pass: 23, fail: 1 }`. */
  #count(line) {
    const totals = /^# \{ total: \d+(.*)\}/.exec(line)?.[1] ?? '';
    for (const [, kind, n] of totals.matchAll(/(pass|fail|skip|todo): (\d+)/g)) this.#totals[kind] = Number(n);
  }

  _transform(chunk, _encoding, done) {
    this.#parser.write(chunk);
    done();
  }

  _flush(done) {
    this.#parser.end();
    const { pass, fail, skip, todo } = this.#totals;
    done(null, `${pass} passed, ${fail} failed${skip + todo ? `, ${skip + todo} skipped` : ''}\n`);
  }
}
