import { Writable } from 'node:stream';
import { buildProgram } from '../../core/cli/program.js';

/** Keeps what is written to it. */
export class Sink extends Writable {
  readonly chunks: Buffer[] = [];
  /** Called with all that was written, after each write. */
  onText: ((text: string) => void) | undefined;
  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.chunks.push(Buffer.from(chunk));
    this.onText?.(this.text);
    done();
  }
  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

/** A terminal of some width. */
export class TerminalSink extends Sink {
  readonly isTTY = true;
  constructor(readonly columns = 80) {
    super();
  }
}

/** Runs a command line in this process. */
export function run(...args: string[]) {
  return runOn(new Sink(), ...args);
}

/** The same, with something else as its standard error. */
export function runOn<Err extends Sink>(err: Err, ...args: string[]) {
  const [out, stop] = [new Sink(), new AbortController()];
  const done = buildProgram({ out, err, stopped: stop.signal }, args[0]).then((program) => {
    for (const command of [program, ...program.commands, ...program.commands.flatMap((c) => c.commands)]) {
      command
        .exitOverride()
        .configureOutput({ writeOut: (text) => out.write(text), writeErr: (text) => err.write(text) });
    }
    return program.parseAsync(['node', 'serabut', ...args]);
  });
  return { out, err, stop, done };
}
