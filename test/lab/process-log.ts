import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { LineSplitter } from './console-text.js';

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
  readonly #splitters: LineSplitter[] = [];

  constructor(
    command: string,
    args: readonly string[],
    readonly logPath: string,
  ) {
    this.#file = createWriteStream(logPath, { flags: 'w' });
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#exited = new Promise((resolve) => {
      this.child.once('close', resolve);
      this.child.once('error', (error) => {
        this.#line(String(error));
        resolve(error);
      });
    });
    // What is typed at a machine that has just ended is lost, and no reason for the lab to end too.
    this.child.stdin?.on('error', () => {});
    for (const stream of [this.child.stdout, this.child.stderr]) this.#follow(stream as Readable);
  }

  get isRunning(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The lines from a number on, with the unfinished ones at the end. */
  textFrom(first: number): string[] {
    const begun = this.#splitters.map(({ partial }) => partial).filter((partial) => partial !== '');
    return [...this.lines.slice(first).map(({ text }) => text), ...begun];
  }

  /** Everything so far, the unfinished line included. */
  matches(pattern: RegExp): boolean {
    return this.textFrom(0).some((text) => pattern.test(text));
  }

  async stop(): Promise<void> {
    if (this.isRunning) this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await this.#exited;
    clearTimeout(timer);
    const [begun] = this.textFrom(this.lines.length);
    if (begun !== undefined) this.#line(begun);
    await new Promise<void>((resolve) => this.#file.end(resolve));
  }

  #follow(stream: Readable): void {
    const splitter = new LineSplitter();
    this.#splitters.push(splitter);
    stream.setEncoding('latin1').on('data', (chunk: string) => {
      for (const text of splitter.push(chunk)) this.#line(text);
    });
  }

  #line(text: string): void {
    const line = { at: Date.now() / 1000, text };
    this.lines.push(line);
    this.#file.write(`${line.at.toFixed(2)} ${text}\n`);
  }
}
