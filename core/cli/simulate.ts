import { Command, Option } from 'commander';
import { awaitAddress } from '../lan/await-address.js';
import { madeUpMac } from '../lan/dhcp-ask.js';
import { type ClientName, clientNames } from '../simulate/client-kinds.js';
import { simulate } from '../simulate/simulate.js';
import { faultLines, heading, stepLine } from '../simulate/table.js';
import type { Step, Walk } from '../simulate/walk.js';
import { parseMac, parsePort, parseSeconds, parseUrl } from './options.js';
import { Ended, type Terminal } from './terminal.js';

interface SimulateOptions {
  readonly client: ClientName | 'all';
  readonly interface?: string;
  readonly server?: string;
  readonly mac?: string;
  readonly profile?: string;
  readonly distro?: string;
  readonly proxyPort?: number;
  readonly emptyOk?: true;
  readonly wait: number;
  readonly json?: true;
}

/** Exit codes: a broken link, and a server on which all works with nothing to boot. */
const exitCodes = { broken: 1, nothing: 4 } as const;

/** `serabut simulate`: plays a machine from power-on to the first steps of its installer, and says what it met. */
export function simulateCommand(terminal: Terminal): Command {
  return new Command('simulate')
    .description('play a machine from power-on to its installer, and name the first link that is broken')
    .addOption(
      new Option('--client <kind>', 'kind of firmware').choices([...clientNames, 'all']).default('uefi-x64'),
    )
    .addOption(
      new Option('--interface <name>', 'interface on the boot LAN, of another host than the server; wants root').conflicts('server'),
    )
    .option('--server <url>', 'URL of the server: begins at the boot script, and needs neither root nor LAN', parseUrl)
    .option('--mac <mac>', 'MAC address of the machine; by default one that no machine has', parseMac)
    .option('--profile <name>', 'BootProfile whose way is gone; by default the first that the menu offers')
    .option('--distro <name>', 'distro whose way is gone; with --profile where that is not in the menu')
    .option('--proxy-port <n>', 'TCP port of a Squid that must be on the server', parsePort)
    .option('--empty-ok', 'a server with nothing to boot is in order, such as a new one')
    .option('--wait <seconds>', 'how long to wait for the interface and its address', parseSeconds, 10)
    .option('--json', 'print one JSON document')
    .addHelpText('after', `
Exit code: 0 all works but what is warned of, 1 a link is broken, 4 all works and there is nothing to boot.

Examples:
  $ serabut simulate --server http://127.0.0.1:8080
  # serabut simulate --interface eth0 --client all`) // biome-ignore format: as it is printed
    .action((options: SimulateOptions, command: Command) => run(options, command, terminal));
}

async function run(options: SimulateOptions, command: Command, { out, stopped }: Terminal): Promise<void> {
  const { client, json, mac = madeUpMac(), server, wait } = options;
  if (server === undefined && options.interface === undefined)
    command.error('error: one of --interface and --server says where the machine is');
  const print = (text: string): void => void (json || out.write(text));
  print(`# ${new Date().toISOString()}, MAC address ${mac}\n`);
  const from = server ?? { lan: await awaitAddress(options.interface ?? '', { ms: wait * 1000, signal: stopped }) };
  const walks: Played[] = [];
  for (const kind of client === 'all' ? clientNames : [client]) {
    print(`\n${kind}, from ${server ?? options.interface} on\n${heading}`);
    const { profile, distro, proxyPort, emptyOk: isEmptyFine } = options;
    const onStep = (step: Step): void => print(stepLine(step));
    const walk = await simulate({ client: kind, mac, from, profile, distro, proxyPort, isEmptyFine, onStep });
    walks.push({ client: kind, walk });
    if (client !== 'all' || !isEmpty(walk)) print(faultLines(walk));
  }
  if (client === 'all') print(emptyLines(walks));
  const played = client === 'all' ? withoutEmpty(walks) : walks;
  if (json) out.write(`${JSON.stringify({ mac, clients: played.map(asJson) }, null, 2)}\n`);
  end(played);
}

interface Played {
  readonly client: ClientName;
  readonly walk: Pick<Walk, 'steps' | 'fault' | 'offered' | 'warnings'>;
}

function isEmpty({ fault }: Played['walk']): boolean {
  return fault?.code === 'nothing-to-boot';
}

/** Of all kinds of clients, one for which there is nothing is no fault while there is something for another. */
function withoutEmpty(walks: readonly Played[]): readonly Played[] {
  if (walks.every(({ walk }) => isEmpty(walk))) return walks;
  return walks.map(({ client, walk }) => {
    if (!isEmpty(walk)) return { client, walk };
    const warnings = [...walk.warnings, `nothing for ${client}`];
    return { client, walk: { ...walk, fault: undefined, warnings } };
  });
}

/** For which of all kinds of clients there is nothing; where that is so of each, the fault. */
function emptyLines(walks: readonly Played[]): string {
  const empty = walks.filter(({ walk }) => isEmpty(walk));
  const [first] = empty;
  if (first === undefined) return '';
  if (empty.length === walks.length) return `\n${faultLines(first.walk)}`;
  const kinds = empty.map(({ client }) => client).join(', ');
  return `\nnothing for ${kinds}: a fault only where it is asked for by its name (--client)\n`;
}

/** Says by the exit code what was met, the worst first. */
function end(walks: readonly Played[]): void {
  const codes = walks.flatMap(({ walk: { fault } }) => fault?.code ?? []);
  if (codes.some((code) => code !== 'nothing-to-boot')) throw new Ended(exitCodes.broken);
  if (codes.length > 0) throw new Ended(exitCodes.nothing);
}

function asJson({ client, walk: { steps, fault, offered, warnings } }: Played): object {
  return { client, steps, offered, warnings, fault: fault ?? null };
}
