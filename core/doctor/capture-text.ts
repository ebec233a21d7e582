import type { CaptureReport } from './judge/capture-report.js';
import type { ClientReport } from './judge/client-report.js';
import type { Finding, Step } from './judge/step.js';

const results = {
  stopped: 'got no further',
  unfinished: 'was still on its way when the capture ends',
  booted: 'came to its boot script',
} as const;

/** The report for people, a line at a time. */
export function* captureText({ packets, seconds, isCut, findings, clients }: CaptureReport): Generator<string> {
  const end = isCut ? ', the last one cut off' : '';
  const machines = clients.length === 1 ? '1 machine that boots' : `${clients.length} machines that boot`;
  yield `${packets} packets in ${seconds.toFixed(1)} s${end}; ${machines} from the network\n`;
  for (const finding of findings) yield `\n${findingText(finding)}`;
  for (const client of clients) yield* clientText(client);
}

function* clientText({ mac, kind, attempts, result, steps, findings }: ClientReport): Generator<string> {
  const times = attempts === 1 ? '' : `; it began ${attempts} times, this is the last`;
  yield `\n${mac}, ${kind}, ${results[result]}${times}\n`;
  for (const step of steps) yield stepText(step);
  for (const finding of findings) yield findingText(finding);
}

/** One line of the table: state, step, what was seen. */
export function stepText({
  state,
  name,
  detail,
  packets,
}: Pick<Step, 'state' | 'name' | 'detail' | 'packets'>): string {
  const seen = [detail, ...packets.map((packet) => `#${packet}`)].filter((part) => part !== '').join(' ');
  return `  ${`${state.padEnd(4)}  ${name.padEnd(30)}  ${seen}`.trimEnd()}\n`;
}

export function findingText({ code, cause, remedy, packets }: Finding): string {
  const evidence = packets.length === 0 ? '' : ` (packets ${packets.map((packet) => `#${packet}`).join(' ')})`;
  return `cause:  [${code}] ${cause}${evidence}\nremedy: ${remedy}\n`;
}
