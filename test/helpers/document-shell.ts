import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import type { Command } from 'commander';
import { buildProgram } from '../../core/cli/program.js';
import { writeInto } from './build-app.js';
import { commandsOf, serabutArguments, typedLines, type Words } from './commands.js';
import { root } from './documents.js';
import { Sink } from './run-cli.js';

/** What of the checkout a reader's commands find where they stand. */
const checkout = [
  'package.json',
  'node_modules',
  'build',
  'core',
  'plugins',
  'chart',
  'examples',
  'docs',
  'scripts',
  'test',
];

/** Separates what the commands of a block print. */
const separator = '\u001e';

export interface Ran {
  readonly status: number;
  /** What each typed line printed. */
  readonly printed: readonly string[];
}

/** A directory like a fresh clone, in which the blocks of one document are run one after the other. */
export class DocumentShell {
  #server: string | undefined;
  readonly #stops: (() => Promise<void>)[] = [];

  constructor(
    readonly directory: string,
    files: Readonly<Record<string, string | Uint8Array>>,
  ) {
    for (const name of checkout) symlinkSync(root + name, `${directory}/${name}`);
    for (const [name, content] of Object.entries(files)) writeInto(directory, name, content);
    mkdirSync(`${directory}/.bin`);
    const main = `${root}build/core/main.js`;
    writeFileSync(`${directory}/.bin/serabut`, wrapper(`${directory}/.bin/server`, `'${process.execPath}' '${main}'`));
    chmodSync(`${directory}/.bin/serabut`, 0o755);
  }

  /** URL of the server that stands for http://127.0.0.1:8080, also where a command does not name it. */
  get server(): string | undefined {
    return this.#server;
  }

  set server(url: string | undefined) {
    this.#server = url;
    writeFileSync(`${this.directory}/.bin/server`, url ?? '');
  }

  /** Runs the lines of a block in one shell, until one fails. */
  async run(text: string): Promise<Ran> {
    const lines = typedLines(this.#here(text)).map(({ line }) => line);
    const script = ['exec 2>&1', ...lines.flatMap((line) => [line, `printf '${separator}'`])].join('\n');
    const child = this.#spawn(script);
    const out = new Sink();
    child.stdout.pipe(out);
    const status = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
    return { status, printed: this.#asWritten(out.text).split(separator) };
  }

  /** Starts a block that serves; its URL, when it has said that and what there is. Its machines get packages by a proxy. */
  async serve(text: string, proxy: string): Promise<string> {
    // What npm would do before, a build, would take the files of this test away.
    const command = this.#here(text).replace(/^(.*npm start)(?: --)?(.*)$/m, '$1 --ignore-scripts --$2');
    const child = this.#spawn(
      `exec 2>&1\n${command.replace(/(\s+#.*)?$/, ` --host 127.0.0.1 --port 0 --proxy ${proxy}`)}`,
    );
    const [out, exited] = [new Sink(), new Promise<void>((resolve) => child.once('close', () => resolve()))];
    this.#stops.push(() => {
      process.kill(-(child.pid ?? 0), 'SIGTERM');
      return exited;
    });
    child.stdout.pipe(out);
    const listens = new Promise<string>((resolve) => {
      out.onText = (said) => {
        const [, url] = /^Serabut listens on (http\S+)$/m.exec(said) ?? [];
        if (url !== undefined && said.includes('Plugins: ')) resolve(url);
      };
    });
    const failed = exited.then(() => Promise.reject(new Error(`the server ended:\n${out.text}`)));
    const server = await Promise.race([listens, failed]);
    failed.catch(() => {}); // It ends with the test.
    this.server = server;
    return server;
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) await Promise.race([stop(), after(10_000, undefined, { ref: false })]);
  }

  #spawn(script: string) {
    const path = [`${this.directory}/.bin`, `${root}node_modules/.bin`, process.env.PATH].join(':');
    return spawn('bash', ['-e', '-o', 'pipefail', '-c', script], {
      cwd: this.directory,
      env: {
        ...process.env,
        PATH: path,
        // Most of what a command costs is reading its own program.
        NODE_COMPILE_CACHE: `${root}.tap/compile-cache`,
        npm_config_update_notifier: 'false',
        npm_config_loglevel: 'error',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
  }

  #here(text: string): string {
    // npx takes longer to find that program than the program itself takes.
    const direct = text.replaceAll('npx serabut', 'serabut');
    return this.server === undefined ? direct : direct.replaceAll('http://127.0.0.1:8080', this.server);
  }

  #asWritten(text: string): string {
    return this.server === undefined ? text : text.replaceAll(this.server, 'http://127.0.0.1:8080');
  }
}

/** `serabut` as a program; the commands that ask a server ask the one of the document. */
function wrapper(serverFile: string, command: string): string {
  return `#!/bin/sh
case " $* " in *" --server "*|*" --interface "*|*" --help "*|*" --capture "*) exec ${command} "$@" ;; esac
case "$1" in ${askingCommands().join('|') || '-'}) exec ${command} "$@" --server "$(cat '${serverFile}')" ;; esac
exec ${command} "$@"
`;
}

const program = await buildProgram({ out: new Sink(), err: new Sink(), stopped: new AbortController().signal });

/** The commands that ask a server. */
function askingCommands(): string[] {
  const asks = (command: Command): boolean =>
    command.options.some(({ long }) => long === '--server') || command.commands.some(asks);
  return program.commands.filter(asks).map((command) => command.name());
}

/** Whether a block asks the server that stands for http://127.0.0.1:8080. */
export function asksServer(text: string): boolean {
  const asking = askingCommands();
  const isAsking = (words: Words) => {
    const [command = '', ...options] = serabutArguments(words) ?? [];
    return asking.includes(command) && !options.includes('--capture');
  };
  return text.includes('http://127.0.0.1:8080') || commandsOf(text).some(isAsking);
}

/** Why what was printed is not what is shown; `…` stands for anything in its line, and alone for any lines. */
export function outputProblem(shown: readonly string[], printed: string): string | undefined {
  const parts = trimmed(shown).map((line) => {
    if (line.trim() === '…') return '(?:.*\n)*?';
    return `${line.split('…').map(escaped).join('.*')}[ \\t]*\n`;
  });
  const text = `${trimmed(printed.split('\n')).join('\n')}\n`;
  if (new RegExp(`^${parts.join('')}$`).test(text)) return undefined;
  return `it shows\n${trimmed(shown).join('\n')}\nbut this is printed (write … for what differs from run to run)\n${text}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?()[\]{}^$|\\/]/g, '\\$&').replaceAll(/ +/g, ' +');
}

function trimmed(lines: readonly string[]): string[] {
  const from = lines.findIndex((line) => line.trim() !== '');
  if (from === -1) return [];
  const to = lines.findLastIndex((line) => line.trim() !== '');
  return lines.slice(from, to + 1);
}
