/** A command of a line, and when it runs: always, or after one that went well or failed. */
export interface LineCommand {
  readonly after: 'start' | '&&' | '||';
  readonly words: readonly string[];
}

/** The commands of a line, as iPXE parts them (src/core/exec.c, `system`): operators and comments are words of their own. */
export function lineCommands(line: string): LineCommand[] {
  const commands: { after: LineCommand['after']; words: string[] }[] = [{ after: 'start', words: [] }];
  for (const word of line.split(/\s+/).filter((text) => text !== '')) {
    if (word.startsWith('#')) break;
    if (word === '&&' || word === '||') commands.push({ after: word, words: [] });
    else commands.at(-1)?.words.push(word);
  }
  return commands;
}

/**
 * `${name}` and `${name:type}` filled in, also with an interface's name in front, as in `${net0/mac:hexhyp}`
 * (src/core/settings.c). What is not set is empty.
 */
export function expandSettings(text: string, settings: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\{([^}:]*)(?::(\w+))?\}/g, (_, name: string, type: string | undefined) => {
    const value = settings.get(name) ?? settings.get(name.replace(/^net\w+\//, '')) ?? '';
    if (type === 'hexhyp') return value.replaceAll(':', '-');
    return type === 'uristring' ? encodeURIComponent(value) : value;
  });
}

/** Options that the next word belongs to (src/hci/commands/*.c). */
const withValue = new Set(
  '--name -n --timeout -t --default -d --key -k --drive --x -x --y -y --menu -m --width --height'.split(' '),
);

/** The words of a command that are no options, and the values of its options. */
export function parseOptions(words: readonly string[]): { plain: string[]; options: Map<string, string> } {
  const plain: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!word.startsWith('-') || word.length < 2) plain.push(word);
    else if (withValue.has(word)) options.set(word, words[++at] ?? '');
    else options.set(word, '');
  }
  return { plain, options };
}
