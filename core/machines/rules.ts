import type { Resource } from '../resources/kinds.js';
import type { MachineRuleSpec } from '../resources/machine-rule.js';
import type { Snapshot } from '../resources/snapshot.js';
import type { SaidFacts } from './outcome.js';

type Rule = Resource<'MachineRule'>;

const sorted = new WeakMap<Snapshot, readonly Rule[]>();

/** The rule that a machine fits: of several the one with the highest priority, then the first by name. */
export function ruleFor(said: SaidFacts, snapshot: Snapshot): Rule | undefined {
  const known =
    sorted.get(snapshot) ?? snapshot.list('MachineRule').toSorted((a, b) => b.spec.priority - a.spec.priority);
  sorted.set(snapshot, known);
  return known.find(({ spec }) => fits(said, spec));
}

/** What is not said fits no pattern. */
function fits(said: SaidFacts, { match }: MachineRuleSpec): boolean {
  const { mac, arch, platform, serial, manufacturer, product, atLeastMemoryMiB } = match;
  return (
    (mac === null || said.mac?.startsWith(mac) === true) &&
    (arch === null || said.arch === arch) &&
    (platform === null || said.platform === platform) &&
    (atLeastMemoryMiB === null || (said.memoryMiB ?? 0) >= atLeastMemoryMiB) &&
    isLike(said.serial, serial) &&
    isLike(said.manufacturer, manufacturer) &&
    isLike(said.product, product)
  );
}

/** Whether a text is as a pattern says, in which `*` stands for any text. One pass: patterns are people's, texts anybody's. */
export function isLike(text: string | null, pattern: string | null): boolean {
  if (pattern === null) return true;
  if (text === null) return false;
  const said = text.toLowerCase();
  const [first = '', ...rest] = pattern.toLowerCase().split('*');
  const last = rest.pop();
  if (last === undefined) return said === first;
  if (!said.startsWith(first)) return false;
  let from = first.length;
  for (const piece of rest) {
    const at = said.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return said.length - last.length >= from && said.endsWith(last);
}
