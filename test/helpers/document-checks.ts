import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { buildProgram } from '../../core/cli/program.js';
import { commandsOf, helmValues, serabutArguments, tellingWords, type Words } from './commands.js';
import { type Block, marks, root } from './documents.js';
import { Sink } from './run-cli.js';

/** What is wrong with a block, in sentences that say what to write; none when it is right. */
export async function problemsOf(block: Block): Promise<string[]> {
  const problems = block.isShell ? shellProblems(block) : otherProblems(block);
  if (!block.isShell) return problems;
  for (const words of commandsOf(block.text)) {
    const { problem } = await commandProblem(words);
    if (problem !== undefined) problems.push(`${words.join(' ')}\n  ${problem}`);
  }
  return problems;
}

function shellProblems({ mark, text }: Block): string[] {
  if (mark.kind === 'none')
    return [mark.comment === '' ? `has no mark. ${marks}` : `has the mark ${mark.comment}. ${marks}`];
  if (mark.kind === 'output') return [`output stands in a block of "text". ${marks}`];
  if (mark.kind === 'not run') return mark.coveredBy === undefined ? [] : coverProblems(text, mark.coveredBy);
  return commandsOf(text).flatMap((words) => runProblem(words) ?? []);
}

/** What begins as a command does is one, whatever language it is said to have. */
function otherProblems({ mark, text, language }: Block): string[] {
  if (mark.kind !== 'none' && mark.kind !== 'output')
    return [`has a mark, but the language ${language}: leave that out`];
  const first = /^(?:\$ |(?:sudo )?(?:serabut|npm|npx|kubectl|helm|curl|git) )/.exec(text);
  if (language === 'text' && first !== null && mark.kind === 'none')
    return [`begins with a command: leave "text" out. ${marks}`];
  return [];
}

function coverProblems(text: string, path: string): string[] {
  if (!existsSync(root + path))
    return [`is covered by ${path}, which does not exist: name the test that has its words`];
  const source = readFileSync(root + path, 'utf8');
  return commandsOf(text).flatMap((words) => {
    const absent = tellingWords(words).filter((word) => !new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(source));
    if (absent.length === 0) return [];
    return [
      `${words.join(' ')}\n  ${path} does not say ${absent.join(', ')}: name another test, or leave "covered by" out`,
    ];
  });
}

/** What a test may run: nothing that leaves the machine, or changes what it does not own. */
const runnable = new Set(
  'serabut npx node npm curl openssl jq mkdir cp mv rm cat ls head grep sed sha256sum echo printf chmod cd kill tar'.split(
    ' ',
  ),
);

function runProblem(words: Words): string | undefined {
  const [program = '', second] = words;
  const called = serabutArguments(words) === undefined ? program : 'serabut';
  const far = words.find((word) => /^https?:\/\/(?!127\.0\.0\.1[:/])/.test(word));
  if (!runnable.has(called)) return `${program} is nothing that a test runs here: write <!-- not run: WHY -->`;
  if (far !== undefined) return `${far} is not this machine: write <!-- not run: WHY -->`;
  if (program === 'npm' && second !== 'start') return `npm ${second} is not run by a test: write <!-- not run: WHY -->`;
  return undefined;
}

/** Whether a command could be given as it stands there. */
async function commandProblem(words: Words): Promise<{ problem: string | undefined }> {
  const args = serabutArguments(words);
  if (args !== undefined) return { problem: await refusal(args) };
  return { problem: npmProblem(words) ?? helmProblem(words) };
}

function npmProblem([program, first, ...more]: Words): string | undefined {
  if (program !== 'npm') return undefined;
  const name = first === 'run' ? more.find((word) => !word.startsWith('-')) : first;
  const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  if (['install', 'ci', 'pack'].includes(name ?? '') || Object.hasOwn(scripts, name ?? '')) return undefined;
  return `package.json has no script ${name}; it has ${Object.keys(scripts).join(', ')}`;
}

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
}

function helmProblem(words: Words): string | undefined {
  const absent = helmValues(words).filter((keys) => !isValue(keys));
  if (absent.length === 0) return undefined;
  return `chart/values.schema.json has no ${absent.map((keys) => keys.join('.')).join(', ')}`;
}

/** Whether the chart has a value under this path of keys. */
export function isValue(keys: readonly string[]): boolean {
  let at: Schema | undefined = JSON.parse(readFileSync(`${root}chart/values.schema.json`, 'utf8'));
  for (const key of keys) {
    const further: boolean | Schema = at?.additionalProperties ?? true;
    const next: Schema | undefined = at?.properties?.[key.replace(/\[\d+\]$/, '')];
    if (next === undefined && (further === false || at?.type !== 'object')) return false;
    at = next ?? (typeof further === 'object' ? further : { type: 'object' });
  }
  return true;
}

const whole = await buildProgram({ out: new Sink(), err: new Sink(), stopped: new AbortController().signal });

/** Why the command line refuses arguments; nothing is done. */
async function refusal(args: Words): Promise<string | undefined> {
  const sink = new Sink();
  const program = await buildProgram({ out: sink, err: sink, stopped: new AbortController().signal });
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
    if (command.commands.length === 0) command.action(() => {});
    for (const each of command.commands) quiet(each);
  };
  quiet(program);
  try {
    await program.parseAsync(['node', 'serabut', ...args]);
    return undefined;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const asked = ['commander.helpDisplayed', 'commander.version'].includes(code ?? '');
    return asked ? undefined : `serabut says: ${code === 'commander.help' ? 'it lacks a subcommand' : message}`;
  }
}

/** Why what stands between backticks names no command of serabut; options are compared, arguments may be left out. */
export function inlineProblem(text: string): string | undefined {
  const [program, ...words] = text.split(/\s+/);
  if (program !== 'serabut' || words.length === 0) return undefined;
  let command: Command = whole;
  const options = [...command.options];
  for (const word of words) {
    if (word.startsWith('-')) {
      const name = word.replace(/=.*$/, '');
      if (name !== '--help' && !options.some(({ long, short }) => name === long || name === short))
        return `serabut ${command.name()} has no option ${name}`;
      continue;
    }
    const next: Command | undefined = command.commands.find(
      (each) => each.name() === word || each.aliases().includes(word),
    );
    if (next === undefined && command.commands.length > 0 && /^[a-z]/.test(word) && !word.includes('|'))
      return `${command.name()} has no command ${word}; it has ${command.commands.map((each) => each.name()).join(', ')}`;
    if (next === undefined) continue;
    command = next;
    options.push(...command.options);
  }
  return undefined;
}
