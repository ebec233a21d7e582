import { type Finding, listFindings } from '../check.js';
import { asSerabutError } from '../errors.js';
import type { IsoLibrary } from '../iso/library.js';
import type { PluginRegistry } from '../plugin/registry.js';
import type { Catalogue, DistroEntry } from './catalogue.js';
import { type ConditionNow, messageOf, reasonOf } from './condition.js';
import type { Resource } from './kinds.js';
import { profileProblems } from './profile-problems.js';
import { type Secrets, withoutSecrets, withSecrets } from './secrets.js';
import type { Snapshot } from './snapshot.js';
import { StatusWriter } from './status-writer.js';
import type { Store } from './store.js';

/** What statuses of resources are made from. */
export interface ConditionsParts {
  readonly store: Store;
  readonly catalogue: Pick<Catalogue, 'entries'>;
  readonly library: Pick<IsoLibrary, 'onChange'>;
  readonly plugins: Pick<PluginRegistry, 'onChange'>;
  /** Looked at for whether they are there; nothing of one is kept. */
  readonly secrets: Secrets;
  readonly now: () => number;
  readonly log: (level: 'info' | 'warn', fields: object, message: string) => void;
}

/** How often what was found is offered to the store again, in milliseconds: this server may act only since then. */
const OFFER_MS = 30_000;

/**
 * Says in the statuses of Distros, Configurations and BootProfiles whether they can be used, whenever a resource, an ISO
 * or a plugin changes.
 */
export class ResourceConditions {
  readonly #parts: ConditionsParts;
  readonly #statuses: StatusWriter;
  readonly #timer: NodeJS.Timeout;
  #recognised: ReadonlyMap<string, string> = new Map();
  #found: readonly Found[] = [];
  #looking: Promise<void> = Promise.resolve();
  #isWaiting = false;
  #stopFollowing: () => void = () => {};

  constructor(parts: ConditionsParts, offerMs = OFFER_MS) {
    this.#parts = parts;
    this.#statuses = new StatusWriter(parts.store, parts.now, parts.log);
    this.#timer = setInterval(() => {
      // Of a Secret that is made or taken away nobody tells.
      if (parts.store.snapshot.list('Configuration').some((one) => withoutSecrets(one) === undefined))
        this.#lookAgain();
      else this.#offer();
    }, offerMs).unref();
  }

  /** To be called when the store has been read. */
  start(): void {
    const { store, library, plugins } = this.#parts;
    store.onSnapshot(() => this.#lookAgain());
    plugins.onChange(() => this.#lookAgain());
    this.#stopFollowing = library.onChange(() => this.#lookAgain());
    this.#lookAgain();
  }

  /** The title of what can be booted from an ISO, by the name of its file; undefined for what is not recognised. */
  recognised(iso: string): string | undefined {
    return this.#recognised.get(iso);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopFollowing();
    await this.#looking;
    await this.#statuses.written();
  }

  /** At most one look waits while another goes on: it will see all that has changed until it begins. */
  #lookAgain(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#looking = this.#looking.then(async () => {
      this.#isWaiting = false;
      await this.#look().catch((err) =>
        this.#parts.log('warn', { err }, 'the statuses of resources could not be made'),
      );
    });
  }

  async #look(): Promise<void> {
    const { store, catalogue } = this.#parts;
    const entries = await catalogue.entries();
    this.#recognised = new Map(entries.flatMap((entry) => ('distro' in entry ? [titleOf(entry.distro)] : [])));
    const { snapshot } = store;
    const problems = await profileProblems(snapshot, entries);
    const configurations = new Map<string, ConditionNow>();
    for (const one of snapshot.list('Configuration')) configurations.set(one.name, await this.#validity(one));
    this.#found = [
      ...snapshot.list('Distro').map(({ name }) => found('Distro', name, distroReady(name, entries))),
      ...[...configurations].map(([name, condition]) => found('Configuration', name, condition)),
      ...snapshot.list('BootProfile').map((profile) => {
        const why =
          whyNotReady(profile, entries, snapshot) ?? whyNoSecrets(configurations.get(profile.spec.configuration));
        const ready = why ?? supported(problems.get(profile.name) ?? []);
        return found('BootProfile', profile.name, ready);
      }),
    ];
    this.#offer();
  }

  /** Of a Configuration that is in the snapshot each field has been checked, but not what it refers to. */
  async #validity(configuration: Resource<'Configuration'>): Promise<ConditionNow> {
    const { store, secrets } = this.#parts;
    if (!store.isActing) return valid;
    try {
      await withSecrets(configuration, secrets);
      return valid;
    } catch (thrown) {
      const error = asSerabutError(thrown);
      const status = error.code === 'SERABUT_ERR_SECRET' ? 'False' : 'Unknown';
      return { type: 'Valid', status, reason: reasonOf(error), message: messageOf(error) };
    }
  }

  /** Only what the store does not have yet is written. */
  #offer(): void {
    if (!this.#parts.store.isActing) return;
    for (const { kind, name, condition } of this.#found) this.#statuses.write(kind, name, { conditions: [condition] });
  }
}

interface Found {
  readonly kind: 'Distro' | 'Configuration' | 'BootProfile';
  readonly name: string;
  readonly condition: ConditionNow;
}

function found(kind: Found['kind'], name: string, condition: ConditionNow): Found {
  return { kind, name, condition };
}

const valid: ConditionNow = { type: 'Valid', status: 'True', reason: 'Valid', message: 'each field can be used' };

const profileReady: ConditionNow = {
  type: 'Ready',
  status: 'True',
  reason: 'Ready',
  message: 'its distro can be booted and does what its Configuration asks for',
};

function whyNoSecrets(configuration: ConditionNow | undefined): ConditionNow | undefined {
  return configuration?.status === 'False' ? notReady(configuration.reason, configuration.message) : undefined;
}

function supported(problems: readonly Finding[]): ConditionNow {
  return problems.length > 0 ? notReady('Unsupported', listFindings(problems)) : profileReady;
}

function titleOf({ iso, title }: { iso: string; title: string }): [string, string] {
  return [iso, title];
}

function notReady(reason: string, message: string): ConditionNow {
  return { type: 'Ready', status: 'False', reason, message: message.slice(0, 1024) };
}

function distroReady(name: string, entries: readonly DistroEntry[]): ConditionNow {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry === undefined) return notReady('NotFound', 'it has just been made');
  if ('error' in entry) return notReady(reasonOf(entry.error), messageOf(entry.error));
  const { title, iso } = entry.distro;
  return { type: 'Ready', status: 'True', reason: 'Ready', message: `${title}, from ${iso}` };
}

/** Why a profile cannot be used whatever its distro supports: what it names is not there, or cannot be used itself. */
function whyNotReady(
  { spec }: Resource<'BootProfile'>,
  entries: readonly DistroEntry[],
  snapshot: Snapshot,
): ConditionNow | undefined {
  const entry = entries.find((candidate) => candidate.name === spec.distro);
  if (entry === undefined) return notReady('DistroNotFound', `there is no distro "${spec.distro}"`);
  if ('error' in entry) return notReady(reasonOf(entry.error), messageOf(entry.error));
  try {
    if (snapshot.get('Configuration', spec.configuration) !== undefined) return undefined;
    return notReady('ConfigurationNotFound', `there is no Configuration "${spec.configuration}"`);
  } catch (thrown) {
    const error = asSerabutError(thrown);
    return notReady(reasonOf(error), messageOf(error));
  }
}
