import { withoutSecrets } from '../resources/secrets.js';
import type { Snapshot } from '../resources/snapshot.js';
import type { Stored } from '../resources/store.js';
import type { Client, MachineSettings, Profile, SaidFacts } from './outcome.js';

type Machine = Pick<Stored<'Machine'>, 'name' | 'spec' | 'status'>;

/**
 * Why who asks is not this machine, as far as the network tells; undefined when it is. A Machine without MAC addresses is
 * whoever comes first, and from then on that one alone.
 */
export function strangerTo(
  { name, spec, status }: Machine,
  { address, neighbour }: Client,
  { identify }: MachineSettings,
  said: Pick<SaidFacts, 'mac'>,
): string | undefined {
  if (identify === 'query') return undefined;
  const first = status.facts.mac ?? said.mac ?? neighbour;
  const own = spec.macs.length > 0 || first === null ? spec.macs : [first];
  const hasOne = neighbour !== null && neighbour !== 'local';
  if (hasOne && own.includes(neighbour)) return undefined;
  const who = {
    null: `no MAC address is known for ${address}`,
    local: `${address} is this server itself`,
  }[String(neighbour)];
  const why = who ?? `${address} has the MAC address ${neighbour}`;
  const what =
    {
      null: 'Behind a router, --identify query is needed',
      local: 'A machine asks by a network card of its own',
    }[String(neighbour)] ?? 'Of a Machine, spec.macs has to name every network card';
  return `Who asks is not Machine ${name}: ${why}. ${what}.`;
}

/**
 * What somebody says, with the MAC address that the network knows of him where he says none: a boot script that was not
 * made by this server does not name its machine.
 */
export function withNeighbour(said: SaidFacts, { neighbour }: Client, { identify }: MachineSettings): SaidFacts {
  if (identify === 'query' || said.mac !== null || neighbour === null || neighbour === 'local') return said;
  return { ...said, mac: neighbour };
}

/**
 * Why a Machine does not get the secrets of its profile: anybody can say a UUID or a serial number, and be the first to.
 * Undefined where it gets them, or where there are none.
 */
export function whyNoSecrets(
  { name, spec }: Machine,
  profile: Profile,
  snapshot: Pick<Snapshot, 'get'>,
  { identify }: MachineSettings,
): string | undefined {
  if (identify === 'query' || spec.macs.length > 0 || !isSecret(profile, snapshot)) return undefined;
  return `BootProfile ${profile.name} has secrets, and Machine ${name} no spec.macs by which it could be known for sure.`;
}

function isSecret({ spec }: Profile, snapshot: Pick<Snapshot, 'get'>): boolean {
  try {
    const configuration = snapshot.get('Configuration', spec.configuration);
    return configuration !== undefined && withoutSecrets(configuration) === undefined;
  } catch {
    return false;
  }
}
