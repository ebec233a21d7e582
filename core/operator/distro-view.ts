import type { Catalogue, DistroEntry } from '../resources/catalogue.js';
import { messageOf } from '../resources/condition.js';
import type { Resource } from '../resources/kinds.js';
import { profileProblems } from '../resources/profile-problems.js';
import type { Store } from '../resources/store.js';
import Type, { type Static } from '../typebox.js';
import { orNull, problem, problemOf, words } from './schema.js';

/** What can be booted, or why it cannot be. */
export const distroViewSchema = Type.Object(
  {
    name: Type.String(),
    /** `preparing`: it will be ready by itself. */
    state: words(['ready', 'preparing', 'failed']),
    /** Whether a resource says it; otherwise it is an ISO that a plugin recognised. */
    declared: Type.Boolean(),
    title: orNull(Type.String()),
    plugin: orNull(Type.String()),
    iso: orNull(Type.String()),
    /** Of the ISO, in bytes. */
    size: orNull(Type.Integer()),
    arch: orNull(Type.String()),
    kernel: orNull(Type.String()),
    initrd: orNull(Type.String()),
    /** How many firmware archives follow the initrd. */
    firmware: Type.Integer(),
    profiles: Type.Array(Type.String()),
    problem: orNull(problem),
  },
  { additionalProperties: false },
);

export type DistroView = Static<typeof distroViewSchema>;

export interface DistroSources {
  readonly catalogue: Pick<Catalogue, 'entries'>;
  readonly store: Pick<Store, 'snapshot' | 'statusOf'>;
}

export async function distroViews({ catalogue, store }: DistroSources): Promise<DistroView[]> {
  const { snapshot } = store;
  const entries = await catalogue.entries();
  const profiles = Map.groupBy(snapshot.list('BootProfile'), ({ spec }) => spec.distro);
  return entries.map((entry) => {
    const declared = snapshot.list('Distro').find(({ name }) => name === entry.name);
    const frame = {
      name: entry.name,
      declared: declared !== undefined,
      profiles: (profiles.get(entry.name) ?? []).map(({ name }) => name),
    };
    return { ...frame, ...('distro' in entry ? ready(entry) : refused(entry, declared, store)) };
  });
}

type Found = Omit<DistroView, 'name' | 'declared' | 'profiles'>;

function ready({ distro }: Extract<DistroEntry, { distro: unknown }>): Found {
  const { title, plugin, iso, isoSize, facts, medium, firmware } = distro;
  return {
    ...{ state: 'ready', title, plugin: plugin.plugin.id, iso, size: isoSize, arch: facts.arch },
    ...{ kernel: medium.kernel, initrd: medium.initrd, firmware: firmware.length, problem: null },
  };
}

function refused(
  { error }: Extract<DistroEntry, { error: unknown }>,
  declared: Resource<'Distro'> | undefined,
  store: DistroSources['store'],
): Found {
  const isComing = error.status === 503 || (declared !== undefined && isOnItsWay(declared.spec.image, store));
  return {
    ...{ state: isComing ? 'preparing' : 'failed', title: null, plugin: declared?.spec.plugin ?? null, iso: null },
    ...{ size: null, arch: null, kernel: null, initrd: null, firmware: 0, problem: problemOf(error) },
  };
}

/** Whether an Image is being downloaded, or will be in its turn. */
function isOnItsWay(image: string, store: DistroSources['store']): boolean {
  const downloaded = store.statusOf('Image', image)?.conditions.find(({ type }) => type === 'Downloaded');
  return downloaded?.reason === 'Downloading' || downloaded?.reason === 'Waiting';
}

/** A distro and the configuration to install it with. */
export const profileViewSchema = Type.Object(
  {
    name: Type.String(),
    distro: Type.String(),
    configuration: Type.String(),
    ready: Type.Boolean(),
    /** Why it cannot be used, or what of its Configuration the distro cannot do. */
    problem: orNull(Type.String()),
  },
  { additionalProperties: false },
);

export type ProfileView = Static<typeof profileViewSchema>;

export async function profileViews({ catalogue, store }: DistroSources): Promise<ProfileView[]> {
  const entries = await catalogue.entries();
  const unsupported = await profileProblems(store.snapshot, entries);
  return store.snapshot.list('BootProfile').map(({ name, spec: { distro, configuration } }) => {
    const problems = [
      ...missing(entries, distro),
      ...(store.snapshot.has('Configuration', configuration)
        ? []
        : [`there is no usable Configuration "${configuration}"`]),
      ...(unsupported.get(name) ?? []).map(({ path, expected }) => `${path}: the distro wants ${expected}`),
    ];
    const text = problems.length === 0 ? null : problems.join('; ');
    return { name, distro, configuration, ready: text === null, problem: text };
  });
}

function missing(entries: readonly DistroEntry[], name: string): string[] {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry === undefined) return [`there is no distro "${name}"`];
  return 'error' in entry ? [messageOf(entry.error)] : [];
}
