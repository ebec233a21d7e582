import type { BootProfileSpec } from '../resources/boot-profile.js';
import type { Resource } from '../resources/kinds.js';
import type { Stored } from '../resources/store.js';

/** What a machine says of itself in a request, in one form; null where it says nothing. Anybody can say anything. */
export interface SaidFacts {
  readonly mac: string | null;
  readonly uuid: string | null;
  readonly serial: string | null;
  readonly arch: string | null;
  readonly platform: 'efi' | 'pcbios' | null;
  readonly manufacturer: string | null;
  readonly product: string | null;
  readonly memoryMiB: number | null;
}

/** Who sent a request, as far as the network tells. */
export interface Client {
  readonly address: string;
  /**
   * The MAC address that the kernel's neighbour table has for the address; `local` for this host itself; null where the
   * table has none, as for a client behind a router.
   */
  readonly neighbour: string | 'local' | null;
}

/** What somebody asks for. */
export type Question =
  /** GET /boot: what shall this machine do? `isWhole`: it has said everything of itself that iPXE knows. */
  | { readonly about: 'boot'; readonly isWhole: boolean }
  /** GET /boot/{distro}: this machine, or the person in front of it, wants the script of a distro. */
  | { readonly about: 'distro'; readonly distro: string; readonly profile: string | null }
  /** GET /configuration/…: an answer file that names the machine. */
  | { readonly about: 'answers'; readonly distro: string; readonly configuration: string };

/** What the operator set for machines. */
export interface MachineSettings {
  /** The BootProfile or distro that a machine of which nothing is known starts by itself. */
  readonly defaultEntry: string | undefined;
  /**
   * By what a known machine is believed to be the one that it says: `neighbour`, the default: the MAC address of who asks has to be
   * one of the Machine's; `query`: by its word, for machines behind routers.
   */
  readonly identify?: 'neighbour' | 'query' | undefined;
  /** What a machine of which nothing is known gets; the menu by default. */
  readonly unknown?: 'menu' | 'disk' | undefined;
}

export type DiskMethod = 'exit' | 'sanboot';

/** How a machine gets to its disk: the methods in the order in which its script tries them. */
export type DiskMethods = readonly [DiskMethod, ...DiskMethod[]];

export type Profile = Resource<'BootProfile'> & { readonly spec: BootProfileSpec };

/** One attempt to install a machine that goes on, or begins now. */
export interface Attempt {
  readonly machine: Stored<'Machine'>;
  readonly profile: Profile;
  readonly generation: number;
  /** 1 for the first. */
  readonly attempt: number;
  /** Whether it begins by this decision, which has to be made durable before anything is sent. */
  readonly begins: boolean;
}

/** Why an attempt has failed, or an Installation is over: one word for programs, and a sentence. */
export interface AttemptEnd {
  readonly reason: string;
  readonly message: string;
}

/** An attempt that is over by what is asked now; has to be made durable before anything is sent. */
export interface Ended extends AttemptEnd {
  readonly installation: string;
  /** Whether the Installation is over, however many attempts are left. */
  readonly isFinal: boolean;
}

/** One line of the menu. `profile` entries install without a question and erase the disk; `distro` entries ask. */
export interface MenuEntry {
  readonly kind: 'profile' | 'distro';
  readonly name: string;
  readonly distro: string;
  readonly title: string;
  /**
   * The fields of the Configuration that the distro cannot do, {@link hasSecrets} or {@link noConfiguration}; such an entry is shown and cannot be
   * chosen.
   */
  readonly problems: readonly string[];
}

/** The problem of a Configuration with references to Secrets: a machine that is not known cannot get them. */
export const hasSecrets = 'secrets';

/** The problem of a profile whose Configuration is not there, or cannot be used. */
export const noConfiguration = 'configuration';

/** What a machine shall do. */
export type Decision = {
  /** For people: on the machine's console, in its status, in the log. */
  readonly reason: string;
  /** The known machine that it is for. */
  readonly machine?: string;
  readonly ends?: Ended;
  /** Whether nobody has said what this machine shall be, and it has said all of itself. */
  readonly isUnknown?: boolean;
  /** The Machines between which nobody can tell: the request, or a MAC address, is of all of them. */
  readonly conflict?: readonly string[];
  /** The Machines of which a part of what it says is. */
  readonly resembles?: readonly string[];
} & (
  | { readonly kind: 'install'; readonly attempt: Attempt }
  | { readonly kind: 'disk'; readonly methods: DiskMethods }
  /** Ask again after so many seconds. */
  | { readonly kind: 'wait'; readonly seconds: number }
  /** Ask again, and say everything. */
  | { readonly kind: 'identify' }
  /** For machines that are not known alone. When nobody chooses it is the default entry, else the disk. */
  | {
      readonly kind: 'menu';
      readonly entries: readonly MenuEntry[];
      readonly defaultEntry: MenuEntry | undefined;
      readonly methods: DiskMethods;
    }
  /** What the person at the console of an unknown machine, or an operator, asked for; nothing stands against it. */
  | { readonly kind: 'allow' }
  | { readonly kind: 'refuse' }
);

/** What a machine that asks is answered by. */
export interface Answer {
  readonly decision: Decision;
  /** There with the decision to install; in no status, log or Event. */
  readonly token?: string;
  /** The Machine that asked, where it is believed. */
  readonly asker?: string;
}
