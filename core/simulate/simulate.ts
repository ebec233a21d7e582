import { randomUUID } from 'node:crypto';
import { expandSettings } from '../ipxe/line.js';
import { askedOfIpxe } from '../machines/identity.js';
import { type Booted, runBoot } from './boot.js';
import { type ClientName, clientKinds } from './client-kinds.js';
import type { Context, OnLan } from './context.js';
import { Broken } from './faults.js';
import { startFirmware } from './firmware.js';
import type { Patience } from './http.js';
import { playInstaller } from './installer.js';
import { type Entry, shownEntries } from './menu.js';
import { checkProxy } from './mirror-check.js';
import { refuseStranger } from './stranger.js';
import { askStanding, rootsOf, type Standing, sentence, unusableLines } from './unusable.js';
import { type Step, Walk } from './walk.js';

/** A machine that is played, and where it begins. */
export interface Simulation {
  readonly client: ClientName;
  readonly mac: string;
  /** From power-on on a LAN, or from iPXE's first request on, to this URL of a server. */
  readonly from: OnLan | string;
  /** What is booted; by default the first profile that the menu offers, else its first distro. */
  readonly profile?: string | undefined;
  readonly distro?: string | undefined;
  /** Port of a Squid that must be on the server. */
  readonly proxyPort?: number | undefined;
  /** Whether a server with nothing to boot is in order. */
  readonly isEmptyFine?: boolean | undefined;
  readonly onStep?: (step: Step) => void;
  readonly patience?: Partial<Patience>;
  readonly now?: () => number;
}

const usualPatience: Patience = { quietMs: 10_000, triesNotReady: 3, pauseMs: 5_000 };

/** As dnsmasq gives it to iPXE. */
const firstQuery = `mac=\${mac}&uuid=\${uuid}&arch=\${buildarch}&platform=\${platform}`;

/**
 * Plays one machine up to the first steps of its installer. Changes nothing but that the DHCP server of the LAN may hold
 * an address ready for a while. The first broken link ends the way, and is the fault of what is given back.
 */
export async function simulate(simulation: Simulation): Promise<Walk> {
  const walk = new Walk(simulation.onStep);
  try {
    await goAll(contextOf(simulation, walk), simulation);
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    // What is no answer of anybody, but follows from what was seen.
    if (walk.fault === undefined) {
      walk.broken(error);
      walk.say(error.message, error.code === 'nothing-to-boot' ? '-' : 'FAIL');
    }
  }
  return walk;
}

function contextOf({ client, mac, patience, now = Date.now }: Simulation, walk: Walk): Context {
  const kind = clientKinds[client];
  const said = { mac, uuid: randomUUID(), serial: 'simulated', manufacturer: 'Serabut', product: 'simulated machine' };
  const { buildarch, platform } = kind;
  const settings = new Map(Object.entries({ ...said, buildarch, platform, memsize: '65536' }));
  return { walk, kind, settings, patience: { ...usualPatience, ...patience }, now };
}

async function goAll(context: Context, simulation: Simulation): Promise<void> {
  const { from, proxyPort } = simulation;
  const start =
    typeof from === 'string'
      ? { url: `${from}/boot?${expandSettings(firstQuery, context.settings)}`, server: new URL(from).hostname }
      : await startFirmware(context, from);
  const first = await runBoot(context, start.url);
  if (proxyPort !== undefined) await checkProxy(context, `http://${start.server}:${proxyPort}`);
  const booted = await chosen(context, simulation, first, start.url);
  if (booted?.kind !== 'boot') return;
  const { kernel, screen } = booted;
  const title = screen.find((line) => line.startsWith('Serabut: ')) ?? '';
  if (kernel !== undefined)
    await playInstaller(context, { args: kernel.args, title, server: new URL(start.url).origin });
}

/** What the machine boots: what it is told to, or what somebody at its console would choose. */
async function chosen(
  context: Context,
  { profile, distro, isEmptyFine }: Simulation,
  first: Booted,
  url: string,
): Promise<Booted | undefined> {
  const { walk, settings } = context;
  refuseStranger(first.screen);
  walk.offered = first.entries.map(({ name }) => name);
  const standing = await askStanding(context, new URL(url).origin);
  const isFree = profile === undefined && distro === undefined;
  if (isFree) for (const line of unusableLines(standing.unusable)) walk.warn(line);
  if (isFree && first.kind === 'boot') return first;
  if (isFree && !first.isMenu) {
    walk.say(`the machine goes on to its own disk: ${first.screen.at(-1) ?? 'no word of why'}`);
    return undefined;
  }
  if (first.entries.length > 0) walk.say(`the menu offers ${shownEntries(first.entries)}`);
  const entry = entryOf(first.entries, { profile, distro }, url);
  if (entry === undefined && !isFree) throw notOffered(context, first.entries, profile ?? '', standing);
  if (entry === undefined) return nothing(context, standing, isEmptyFine);
  walk.say(`goes on with ${shownEntries([entry])}, as somebody at the console would choose it`);
  return runBoot(context, expandSettings(entry.url, settings));
}

/** What is to be booted; undefined where the menu does not have it, and nobody says of which distro it is. */
function entryOf(
  entries: readonly Entry[],
  { profile, distro }: Pick<Simulation, 'profile' | 'distro'>,
  url: string,
): Entry | undefined {
  if (profile === undefined && distro === undefined)
    return entries.find((entry) => entry.kind === 'profile') ?? entries[0];
  const wanted = profile ?? distro;
  const found = entries.find(
    (entry) =>
      entry.name === wanted &&
      (profile === undefined) === (entry.kind === 'distro') &&
      (distro ?? entry.distro) === entry.distro,
  );
  if (found !== undefined || distro === undefined) return found;
  const query = `${profile === undefined ? '' : `profile=${profile}&`}${askedOfIpxe}`;
  return {
    name: wanted ?? '',
    kind: profile === undefined ? 'distro' : 'profile',
    distro,
    url: `${new URL(url).origin}/boot/${distro}?${query}`,
  };
}

function notOffered({ kind }: Context, entries: readonly Entry[], profile: string, { unusable }: Standing): Broken {
  const unoffered = `the menu of ${kind.name} does not offer ${profile}`;
  const known = unusable.find((one) => one.kind === 'BootProfile' && one.name === profile);
  if (known !== undefined) return new Broken('not-offered', `${unoffered}: ${known.why}`);
  const offers = entries.length === 0 ? 'nothing' : shownEntries(entries);
  return new Broken('not-offered', `${unoffered}; it offers ${offers}`);
}

/** Everything works, and there is nothing to boot; or there would be, and it cannot be used. */
function nothing({ walk, kind }: Context, { unusable, isAnyReady }: Standing, isFine = false): undefined {
  const message = `nothing to boot yet: the menu of ${kind.name} has nothing but the machine's own disk`;
  if (isFine) {
    walk.say(message);
    return undefined;
  }
  const roots = rootsOf(unusable);
  if (isAnyReady || roots.length === 0) throw new Broken('nothing-to-boot', message);
  const code = roots.every(({ isComing }) => isComing) ? 'server-not-ready' : 'nothing-usable';
  throw new Broken(code, sentence(roots));
}
