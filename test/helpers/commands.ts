import { type ParseEntry, parse } from 'shell-quote';

/** A command as it is typed: its program and its arguments. */
export type Words = readonly string[];

/** One line that is typed, and what is shown below it where prompts are. */
export interface Typed {
  readonly line: string;
  /** Lines of output; undefined where the block shows none. */
  readonly shown: readonly string[] | undefined;
}

/** The lines of a block. Where one begins with `$ `, all that do are typed, and the others are output. */
export function typedLines(text: string): Typed[] {
  const lines = text.split('\n');
  if (!lines.some((line) => line.startsWith('$ '))) return joined(lines).map((line) => ({ line, shown: undefined }));
  const typed: { line: string; shown: string[] }[] = [];
  for (const line of joined(lines)) {
    if (line.startsWith('$ ')) typed.push({ line: line.slice(2), shown: [] });
    else typed.at(-1)?.shown.push(line);
  }
  return typed;
}

/** Lines that end with a backslash, and here-documents, are one with those that follow. */
function joined(lines: readonly string[]): string[] {
  const whole: string[] = [];
  let until: string | undefined;
  let open = false;
  for (const line of lines) {
    if (open) whole.push(`${whole.pop()}\n${line}`);
    else whole.push(line);
    if (until === undefined) until = /<<-?\s*['"]?(\w+)/.exec(line)?.[1];
    else if (line.trim() === until) until = undefined;
    open = until !== undefined || line.endsWith('\\');
  }
  return whole;
}

const keywords = new Set(['do', 'done', 'then', 'else', 'fi', 'if', 'while', '!', 'sudo', 'exec']);

/** The commands of a block, without assignments, redirections, keywords and `sudo`. */
export function commandsOf(text: string): Words[] {
  return typedLines(text).flatMap(({ line }) => {
    const [command = ''] = line.replaceAll('\\\n', ' ').split('\n'); // what follows is a here-document
    return commandsOfLine(parse(command, (name) => `$${name}`));
  });
}

function commandsOfLine(entries: readonly ParseEntry[]): Words[] {
  const commands: string[][] = [[]];
  let isTarget = false; // of a redirection
  for (const entry of entries) {
    const word = wordOf(entry);
    if (word !== undefined && !isTarget) commands.at(-1)?.push(word);
    const operator = word === undefined && 'op' in Object(entry) ? (entry as { op: string }).op : undefined;
    isTarget = operator !== undefined && /[<>]/.test(operator);
    if (operator !== undefined && !isTarget) commands.push([]);
  }
  return commands
    .map(withoutPrefix)
    .filter(([program]) => program !== undefined && program !== 'for' && program !== '$');
}

function wordOf(entry: ParseEntry): string | undefined {
  if (typeof entry === 'string') return entry;
  return 'pattern' in entry ? entry.pattern : undefined;
}

function withoutPrefix(words: string[]): string[] {
  const start = words.findIndex((word) => !keywords.has(word) && !/^\w+=/.test(word));
  return start === -1 ? [] : words.slice(start);
}

/** The arguments of `serabut`, however the command calls it; undefined where it does not. */
export function serabutArguments(words: Words): Words | undefined {
  const main = words.findIndex((word) => word.endsWith('build/core/main.js'));
  if (main !== -1) return words.slice(main + 1);
  const [program, second] = words;
  if (program === 'serabut') return words.slice(1);
  return program === 'npx' && second === 'serabut' ? words.slice(2) : undefined;
}

/** The values of the chart that a command of Helm sets, as paths of keys. */
export function helmValues(words: Words): string[][] {
  if (words[0] !== 'helm') return [];
  const options = ['--set', '--set-string', '--set-file', '--set-json'];
  const settings = words.flatMap((word, at) => {
    const [option = '', inline] = /^(--[\w-]+)=(.*)$/.exec(word)?.slice(1) ?? [word];
    return options.includes(option) ? [inline ?? words[at + 1] ?? ''] : [];
  });
  // A comma ends a setting unless it stands in a list in braces.
  const single = settings.flatMap((setting) => setting.match(/(?:\{[^}]*\}|[^,{])+/g) ?? []);
  return single.map((setting) => (setting.split('=')[0] ?? '').split(/(?<!\\)\./).map((key) => key.replace(/\\/g, '')));
}

/** The words by which a command is known: program, subcommand, names of options. */
export function tellingWords(words: Words): string[] {
  const args = serabutArguments(words);
  const [program = '', ...rest] = args === undefined ? words : ['serabut', ...args];
  const plain = rest.find((word, at) => /^[a-z][a-z:-]*$/.test(word) && !rest[at - 1]?.startsWith('-'));
  const options = rest.flatMap((word) => /^--[a-z][a-z-]+/.exec(word)?.[0] ?? []);
  return [program, ...(plain === undefined ? [] : [plain]), ...options];
}
