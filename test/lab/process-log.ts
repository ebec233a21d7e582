import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import type { Readable } from 'node:stream';

/** One line of a log, with the time at which it came, in seconds since 1970. */
export interface LogLine {
  readonly at: number;
  readonly text: string;
}

/** A child process whose output is kept line by line, in memory and, with the time in front, in a file. */
export class LoggedProcess {
  readonly lines: LogLine[] = [];
  readonly child: ChildProcess;
  readonly #file: WriteStream;
  readonly #exited: Promise<unknown>;
  /** What has come of a line that is not at its end yet: a prompt has no line break. */
  partial = '';

  constructor(
    command: string,
    args: readonly string[],
    readonly logPath: string,
  ) {
    this.#file = createWriteStream(logPath, { flags: 'a' });
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#exited = new Promise((resolve) => {
      this.child.once('close', resolve);
      this.child.once('error', (error) => {
        this.#line(String(error));
        resolve(error);
      });
    });
    for (const stream of [this.child.stdout, this.child.stderr]) this.#follow(stream as Readable);
  }

  get isRunning(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Everything so far, the unfinished line included. */
  matches(pattern: RegExp): boolean {
    return pattern.test(this.partial) || this.lines.some(({ text }) => pattern.test(text));
  }

  async stop(): Promise<void> {
    if (this.isRunning) this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await this.#exited;
    clearTimeout(timer);
    this.#file.end();
  }

  #follow(stream: Readable): void {
    stream.setEncoding('latin1').on('data', (chunk: string) => {
      const parts = (this.partial + plain(chunk)).split('\n');
      this.partial = parts.pop() ?? '';
      for (const text of parts) this.#line(text);
    });
  }

  #line(text: string): void {
    const line = { at: Date.now() / 1000, text };
    this.lines.push(line);
    this.#file.write(`${line.at.toFixed(2)} ${text}\n`);
  }
}

/** Without the control sequences of a terminal. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out.
  return text.replace(/\u001b\[[0-9;?=]*[A-Za-z]|[\r\0]/g, '');
}
