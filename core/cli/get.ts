import { Argument, Command, Option } from 'commander';
import { SerabutError } from '../errors.js';
import type { DistroView } from '../operator/distro-view.js';
import type { ImageView } from '../operator/image-view.js';
import type { MachineList } from '../operator/machine-list.js';
import { type MachineSummary, phases } from '../operator/machine-view.js';
import type { PluginView } from '../operator/plugin-view.js';
import { ApiClient, addClientOptions, type ClientOptions } from './api-client.js';
import { ago, type Column, sizeText, tableOf } from './table.js';
import type { Terminal } from './terminal.js';

interface GetOptions extends ClientOptions {
  readonly output: 'table' | 'json' | 'wide';
  readonly watch?: true;
  readonly phase?: string;
  readonly search?: string;
}

/** What is listed: how it is had, and how it is shown. */
interface Listed<Row> {
  readonly all: (client: ApiClient, options: GetOptions) => Promise<Row[]>;
  readonly nameOf: (row: Row) => string;
  readonly columns: readonly Column<Row>[];
  /** What to do where there is nothing. */
  readonly hint: string;
}

const machines: Listed<MachineSummary> = {
  all: allMachines,
  nameOf: ({ name }) => name,
  columns: [
    { head: 'NAME', of: ({ name }) => name },
    { head: 'PHASE', of: ({ phase }) => phase },
    { head: 'STAGE', of: ({ stage }) => stage },
    { head: 'PROFILE', of: ({ bootProfile, proposal }) => bootProfile ?? (proposal && `(${proposal.bootProfile})`) },
    { head: 'SEEN', of: ({ lastSeen }) => ago(lastSeen, Date.now()) },
    { head: 'PROBLEM', of: ({ problem }) => problem && shortened(problem) },
    { head: 'MAC', of: ({ macs }) => macs.join(','), isWide: true },
    { head: 'ADDRESS', of: ({ address }) => address, isWide: true },
    { head: 'GENERATION', of: ({ generation: { installed, wanted } }) => `${installed}/${wanted}`, isWide: true },
    { head: 'DECISION', of: ({ decision }) => decision, isWide: true },
  ],
  hint: 'No machine is known. Start one from the network; an unknown one is listed when it has asked for its boot script.',
};

const images: Listed<ImageView> = {
  all: (client) => itemsOf<ImageView>(client, '/images'),
  nameOf: ({ name }) => name,
  columns: [
    { head: 'NAME', of: ({ name }) => name },
    { head: 'STATE', of: ({ state }) => state },
    { head: 'SIZE', of: ({ size }) => sizeText(size) },
    { head: 'DONE', of: ({ downloadedBytes, size, state }) => percent(state, downloadedBytes, size) },
    { head: 'VERIFIED', of: ({ verified }) => verified },
    { head: 'RECOGNISED', of: ({ recognised }) => recognised },
    { head: 'PROBLEM', of: ({ problem }) => problem && shortened(problem) },
    { head: 'FILE', of: ({ file }) => file, isWide: true },
    { head: 'URL', of: ({ url }) => url, isWide: true },
    { head: 'DIGEST', of: ({ digest }) => digest, isWide: true },
  ],
  hint: 'There is no image. Put an ISO file into isos/ of the data directory, or: serabut image add URL --name NAME --sha256 HEX',
};

const distros: Listed<DistroView> = {
  all: (client) => itemsOf<DistroView>(client, '/distros'),
  nameOf: ({ name }) => name,
  columns: [
    { head: 'NAME', of: ({ name }) => name },
    { head: 'STATE', of: ({ state }) => state },
    { head: 'TITLE', of: ({ title }) => title },
    { head: 'PLUGIN', of: ({ plugin }) => plugin },
    { head: 'PROBLEM', of: ({ problem }) => problem && shortened(problem.message) },
    { head: 'ISO', of: ({ iso }) => iso, isWide: true },
    { head: 'FIRMWARE', of: ({ firmware }) => firmware, isWide: true },
    { head: 'PROFILES', of: ({ profiles }) => profiles.join(','), isWide: true },
  ],
  hint: 'Nothing can be booted yet. Put an ISO file into isos/ of the data directory: serabut get images shows it.',
};

const plugins: Listed<PluginView> = {
  all: (client) => itemsOf<PluginView>(client, '/plugins'),
  nameOf: ({ id, origin }) => id ?? origin,
  columns: [
    { head: 'ID', of: ({ id }) => id },
    { head: 'STATE', of: ({ state }) => state },
    { head: 'ORIGIN', of: ({ origin }) => origin },
    { head: 'PROBLEM', of: ({ problem }) => problem && shortened(problem.message) },
    { head: 'ANSWERS', of: ({ answers }) => answers.join(','), isWide: true },
  ],
  hint: 'There is no plugin. The server was started with --plugins that names none.',
};

/** What each is made of is known to its own list alone. */
const kinds = { machines, images, distros, plugins } as unknown as Readonly<Record<string, Listed<unknown>>>;

/** `serabut get`: lists of a running server. */
export function getCommand(terminal: Terminal): Command {
  const command = new Command('get')
    .description('list machines, images, distros or plugins of a running server')
    .addArgument(new Argument('<what>', 'what to list').choices(Object.keys(kinds)))
    .argument('[name]', 'one of them alone')
    .addOption(new Option('-o, --output <form>', 'form').choices(['table', 'wide', 'json']).default('table'))
    .option('-w, --watch', 'go on, and print what changes')
    .addOption(new Option('--phase <phase>', 'machines of this phase alone').choices(phases))
    .option('--search <text>', 'machines of whose name, addresses, serial or product this is a part')
    .addHelpText('after', '\nExample:\n  $ serabut get machines --phase Installing --watch');
  return addClientOptions(command).action((what: string, name: string | undefined, options: GetOptions) =>
    show(kinds[what] as Listed<unknown>, { what, name, options }, terminal),
  );
}

interface Wanted {
  readonly what: string;
  readonly name: string | undefined;
  readonly options: GetOptions;
}

async function show(listed: Listed<unknown>, { what, name, options }: Wanted, terminal: Terminal): Promise<void> {
  const client = await ApiClient.open(options, terminal.stopped);
  const rows = async (): Promise<unknown[]> => {
    const all = await listed.all(client, options);
    return name === undefined ? all : all.filter((row) => listed.nameOf(row) === name);
  };
  const first = await rows();
  if (first.length === 0 && name !== undefined) throw notFound(what, name);
  if (options.output === 'json') terminal.out.write(`${JSON.stringify({ items: first }, null, 2)}\n`);
  else if (first.length === 0) terminal.err.write(`${listed.hint}\n`);
  else for (const line of lines(listed, first, options)) terminal.out.write(`${line}\n`);
  if (options.watch === true) await watch({ client, listed, options, rows }, first, terminal);
}

function lines(listed: Listed<unknown>, rows: readonly unknown[], { output }: GetOptions): string[] {
  return tableOf(rows, listed.columns, output === 'wide');
}

interface Watched {
  readonly client: ApiClient;
  readonly listed: Listed<unknown>;
  readonly options: GetOptions;
  readonly rows: () => Promise<unknown[]>;
}

/** Prints each thing anew that is not any more what it was, until the command or the connection ends. */
async function watch({ client, listed, options, rows }: Watched, first: unknown[], { out }: Terminal): Promise<void> {
  let before = new Set(first.map((row) => JSON.stringify(row)));
  for await (const _ of client.changes()) {
    const all = await rows();
    const changed = all.filter((row) => !before.has(JSON.stringify(row)));
    before = new Set(all.map((row) => JSON.stringify(row)));
    if (changed.length === 0) continue;
    if (options.output === 'json') for (const row of changed) out.write(`${JSON.stringify(row)}\n`);
    else for (const line of lines(listed, changed, options).slice(1)) out.write(`${line}\n`);
  }
}

/** As many as a page has at most. */
const pageSize = 500;

async function allMachines(client: ApiClient, { phase, search }: GetOptions): Promise<MachineSummary[]> {
  const query = new URLSearchParams({ ...(phase && { phase }), ...(search && { search }), limit: String(pageSize) });
  const found: MachineSummary[] = [];
  for (;;) {
    query.set('offset', String(found.length));
    const { items, total } = await client.ask<MachineList>('GET', `/machines?${query}`);
    found.push(...items);
    if (items.length === 0 || found.length >= total) return found;
  }
}

async function itemsOf<Row>(client: ApiClient, path: string): Promise<Row[]> {
  return (await client.ask<{ items: Row[] }>('GET', path)).items;
}

function notFound(what: string, name: string): SerabutError {
  const message = `there is no "${name}" among the ${what} (serabut get ${what} lists them)`;
  return new SerabutError(
    what === 'machines' ? 'SERABUT_ERR_MACHINE_NOT_FOUND' : 'SERABUT_ERR_NAME_NOT_FOUND',
    message,
  );
}

/** A problem in a table is as long as it may be seen at a glance; describe has all of it. */
function shortened(text: string): string {
  const [first = ''] = text.split('\n');
  return first.length <= 60 ? first : `${first.slice(0, 59)}…`;
}

function percent(state: ImageView['state'], done: number | null, size: number | null): string | null {
  if (state !== 'downloading' || done === null) return null;
  return size === null || size === 0 ? sizeText(done) : `${Math.floor((100 * done) / size)}%`;
}
