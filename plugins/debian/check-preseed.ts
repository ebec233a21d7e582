import { closest } from 'fastest-levenshtein';
import type { CheckedConfiguration, DistroPlugin, IsoFacts } from '../../core/plugin/contract.js';
import bookworm from './questions/12.json' with { type: 'json' };
import trixie from './questions/13.json' with { type: 'json' };

type Finding = ReturnType<NonNullable<DistroPlugin['check']>>[number];

/** One answer of a preseed file. */
export interface Answer {
  readonly line: number;
  readonly owner: string;
  readonly question: string;
  readonly type: string;
  readonly value: string;
}

/**
 * Questions by name: the type, and the choices where they are fixed. The table of 12 has gaps (its head names them), so
 * it stands on that of 13.
 */
export function questionsOf(release: string): Questions {
  if (release === '12') {
    ofBookworm ??= questionsIn({ ...trixie.questions, ...bookworm.questions });
    return ofBookworm;
  }
  ofTrixie ??= questionsIn(trixie.questions);
  return ofTrixie;
}

type Questions = ReadonlyMap<string, readonly string[]>;

/** Made once: each script and each answer file is checked. */
let ofBookworm: Questions | undefined;
let ofTrixie: Questions | undefined;

function questionsIn(table: Readonly<Record<string, string>>): Questions {
  return new Map(Object.entries(table).map(([name, parts]) => [name, parts.split(', ')]));
}

/** What in a Configuration is wrong for Debian's installer beyond what its schema can tell. */
export function checkConfiguration({ keyboard, additions }: CheckedConfiguration, { release }: IsoFacts): Finding[] {
  const questions = questionsOf(release);
  const [, ...layouts] = questions.get('keyboard-configuration/xkb-keymap') ?? [];
  const problems = checkPreseed(additions['preseed.cfg'] ?? '', questions);
  if (layouts.length === 0 || layouts.includes(keyboard.layout)) return problems;
  const expected = `a layout that Debian's installer knows (${layouts.filter((name) => /^\w+$/.test(name)).join(', ')})`;
  return [{ path: 'spec.keyboard.layout', expected, received: JSON.stringify(keyboard.layout) }, ...problems];
}

/** What is wrong with the answers of a preseed file. */
export function checkPreseed(text: string, questions: ReadonlyMap<string, readonly string[]>): Finding[] {
  return preseedAnswers(text).flatMap((answer) => {
    if (typeof answer === 'number') return [at(answer, 'owner, question, type and value', 'a line without them')];
    const known = questions.get(answer.question);
    return known === undefined ? unknownQuestion(answer, questions) : wrongValue(answer, known);
  });
}

/**
 * The answers of a preseed file, or the numbers of lines that hold none. As debconf-set-selections(1) reads it: a `#`
 * begins a comment, a backslash at the end of a line goes on with the next one.
 */
export function preseedAnswers(text: string): (Answer | number)[] {
  const answers: (Answer | number)[] = [];
  let begun = '';
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    begun += line.replace(/\\$/, '');
    if (line.endsWith('\\')) continue;
    const [, owner, question, type, value = ''] = /^\s*(\S+)\s+(\S+)\s+(\S+)(?:\s(.*))?$/.exec(begun) ?? [];
    const isBlank = /^\s*(#|$)/.test(begun);
    begun = '';
    if (isBlank) continue;
    const isWhole = owner !== undefined && question !== undefined && type !== undefined;
    answers.push(isWhole ? { line: index + 1, owner, question, type, value } : index + 1);
  }
  return answers;
}

/** Questions of packages that are installed later cannot be known; those of the installer, and of what is in the table, can. */
function unknownQuestion({ line, owner, question }: Answer, questions: ReadonlyMap<string, unknown>): Finding[] {
  if (/^apt-setup\/local\d+\/(repository|comment|source|key)$/.test(question)) return [];
  const names = [...questions.keys()];
  const family = `${question.split('/')[0]}/`;
  if (owner !== 'd-i' && !names.some((name) => name.startsWith(family))) return [];
  return [
    at(line, `a question of the installer (did you mean "${closest(question, names)}"?)`, JSON.stringify(question)),
  ];
}

function wrongValue({ line, question, type, value }: Answer, [kind, ...choices]: readonly string[]): Finding[] {
  if (type === 'seen') return [];
  if (kind === 'boolean' && !/^(true|false)$/.test(value))
    return [at(line, `true or false for ${question}`, JSON.stringify(value))];
  if (choices.length === 0) return [];
  const chosen = kind === 'multiselect' ? value.split(/,\s*/).filter((part) => part !== '') : [value];
  return chosen
    .filter((part) => !choices.includes(part))
    .map((part) => at(line, `one of ${choices.join(', ')} for ${question}`, JSON.stringify(part)));
}

function at(line: number, expected: string, received: string): Finding {
  return { path: `spec.additions.debian.preseed.cfg, line ${line}`, expected, received };
}
