import { Argument, Command } from 'commander';
import type { Terminal } from './terminal.js';

const shells = ['bash', 'zsh', 'fish'] as const;

/** What may be typed after the words of one command. */
interface Level {
  /** The words that lead to it, such as `iso ls`; empty for the program itself. */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly help: string }[];
}

/** `serabut completion SHELL`: a script for the shell, made of the commands and options that there are. */
export function completionCommand(terminal: Terminal): Command {
  return new Command('completion')
    .description('print a script that has a shell complete commands and options')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  $ source <(serabut completion bash)
  $ source <(serabut completion zsh)
  $ serabut completion fish | source`,
    )
    .action((shell: (typeof shells)[number], _: object, command: Command) => {
      const levels = levelsOf(command.parent as Command, '');
      terminal.out.write(writers[shell](levels));
    });
}

function levelsOf(command: Command, path: string): Level[] {
  const below = command.commands.flatMap((child) =>
    levelsOf(child, path === '' ? child.name() : `${path} ${child.name()}`),
  );
  const options = [...command.options, ...command.createHelp().visibleOptions(command)];
  const words = [
    ...command.commands.map((child) => ({ word: child.name(), help: child.description() })),
    ...command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices.map((word) => ({ word, help: '' }))),
    ...[...new Set(options)].map(({ long, short, description }) => ({ word: long ?? short ?? '', help: description })),
  ];
  return [{ path, words }, ...below];
}

/** For bash(1), whose `compgen` completes from a list of words, and files where none of them fits. */
function bash(levels: readonly Level[]): string {
  return `# bash completion of serabut
_serabut() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path= word words=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
${pathsCase(levels)}
    esac
  done
  case $path in
${wordsCase(levels)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _serabut serabut
`;
}

/** For zsh: the same, by its own parameters and `compadd` (zshcompwid(1)). */
function zsh(levels: readonly Level[]): string {
  return `#compdef serabut
_serabut() {
  local path_= word words_=
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$path_ $word" in
${pathsCase(levels).replaceAll('path=', 'path_=')}
    esac
  done
  case $path_ in
${wordsCase(levels).replaceAll('words=', 'words_=')}
  esac
  compadd -- \${=words_}
  [[ $PREFIX == -* ]] || _files
}
compdef _serabut serabut
`;
}

function pathsCase(levels: readonly Level[]): string {
  return levels
    .flatMap(({ path }) => (path === '' ? [] : [path]))
    .map((path) => `      '${path.includes(' ') ? path : ` ${path}`}') path='${path}' ;;`)
    .join('\n');
}

function wordsCase(levels: readonly Level[]): string {
  return levels
    .map(({ path, words }) => `    '${path}') words='${words.map(({ word }) => word).join(' ')}' ;;`)
    .join('\n');
}

/** For fish: each word with its description (complete(1)). */
function fish(levels: readonly Level[]): string {
  const lines = levels.flatMap(({ path, words }) => {
    const below = levels.flatMap((level) => (isDirectlyBelow(level.path, path) ? [level.path.split(' ').at(-1)] : []));
    const condition = conditionOf(path, below.join(' '));
    return words.map(({ word, help }) => {
      const what = word.startsWith('--')
        ? `-l ${word.slice(2)}`
        : word.startsWith('-')
          ? `-s ${word.slice(1)}`
          : `-a ${word}`;
      return `complete -c serabut ${condition} ${what}${help === '' ? '' : ` -d ${quoted(help)}`}`;
    });
  });
  return `# fish completion of serabut\n${lines.join('\n')}\n`;
}

function isDirectlyBelow(path: string, above: string): boolean {
  return (
    path !== above &&
    path.startsWith(above === '' ? '' : `${above} `) &&
    path.split(' ').length === (above === '' ? 1 : 2)
  );
}

/** Where the words that were typed lead to a command and no further. */
function conditionOf(path: string, below: string): string {
  if (path === '') return '-n __fish_use_subcommand';
  const seen = path.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
  const further = below === '' ? [] : [`not __fish_seen_subcommand_from ${below}`];
  return `-n ${quoted([...seen, ...further].join('; and '))}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

const writers = { bash, zsh, fish } as const;
