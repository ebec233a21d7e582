/**
 * What a distro plugin is: a plain object. This module holds types only; it is published as `serabut/plugin`, and
 * nothing of the server is reachable from it. docs/plugin-authors.md explains each field by example.
 *
 * A plugin is the default export of `index.mjs` in a directory of its own, with its templates beside it. It declares;
 * the core reads ISOs, builds URLs, renders, and answers HTTP.
 */
import type { Finding } from '../check.js';
import type { PlainConfigurationSpec } from '../resources/secrets.js';
import type { AutomationView, BootView } from './view-types.js';

export type * from './view-types.js';

/** The machine architectures that Serabut boots, in the words of iPXE's `${buildarch}`. */
export type Arch = 'x86_64' | 'arm64';

export interface DistroPlugin {
  /** The contract's version: `serabut/v1`. */
  readonly apiVersion: 'serabut/v1';
  /** Lower-case letters, digits and dashes; unique among all plugins. */
  readonly id: string;
  /** What ISOs of this distribution look like. The first that fits wins. */
  readonly recognise: readonly Recognition[];
  /** What to boot from which edition and architecture. The first that fits wins. */
  readonly media: readonly Medium[];
  /** Firmware archives that the initrd is followed by, in this order, when they are there. */
  readonly firmware?: readonly FirmwareBundle[];
  /** The iPXE script that starts the installer. */
  readonly boot: TextSource<BootView>;
  /** The answer files by name, such as `preseed.cfg`. */
  readonly automation: Readonly<Record<string, TextSource<AutomationView>>>;
  /** JSON schema of the parameters that a BootProfile may set for this plugin; without it there are none. */
  readonly parameters?: object;
  /** What of a Configuration the installer cannot do. Where a BootProfile asks for it all the same, that is a finding. */
  readonly unsupported?: readonly Unsupported[];
  /** Further findings about a Configuration for one of this plugin's distros, such as a mistake in an addition. Pure. */
  readonly check?: (configuration: CheckedConfiguration, distro: IsoFacts) => readonly Finding[];
}

/** A field of a Configuration that the installer cannot do, or not with these values, or not beside others. */
export interface Unsupported {
  /** Such as `storage.layout`; `[]` stands for each item of a list, as in `users[].shell`. */
  readonly field: string;
  /** The values that cannot be had; when left out all but null, false, and what is empty. */
  readonly values?: readonly unknown[];
  /** The values that can be had, where all others cannot; not beside `values`. */
  readonly except?: readonly unknown[];
  /** Other fields and the values that they must have for this to hold. */
  readonly when?: Readonly<Record<string, readonly unknown[]>>;
  /** The distros for which this holds, by their facts; all when left out. */
  readonly of?: Readonly<Partial<Record<'product' | 'release' | 'edition' | 'arch', readonly string[]>>>;
  /** Why, as the end of a sentence for the operator. */
  readonly because: string;
}

/**
 * What `check` sees: the whole Configuration with placeholders for its secrets, and what it adds to this plugin's answer
 * files, by their names.
 */
export interface CheckedConfiguration extends Omit<PlainConfigurationSpec, 'additions'> {
  readonly additions: Readonly<Record<string, string>>;
}

/**
 * One look of an ISO. All given conditions must hold. Patterns are JavaScript regular expressions with the flag `m`;
 * their named groups `product`, `release`, `codename`, `edition` and `arch` become facts.
 */
export interface Recognition {
  /** Pattern of the volume identifier (ECMA-119 §8.4.8, trailing blanks removed). */
  readonly volumeId?: string;
  /** Path inside the ISO → pattern of its first 4 KiB. */
  readonly files?: Readonly<Record<string, string>>;
  /** Paths that must exist. */
  readonly present?: readonly string[];
  /** Paths that must not exist. */
  readonly absent?: readonly string[];
  /** Facts that no pattern gives. `release`, `edition` and `arch` must come from somewhere. */
  readonly facts?: Partial<Record<'product' | 'release' | 'codename' | 'edition' | 'arch', string>>;
}

/** What is known of a recognised ISO. `codename` may be empty. */
export interface IsoFacts {
  /** The distribution, such as `rocky` where one plugin serves several; the plugin's id when no look names it. */
  readonly product: string;
  readonly release: string;
  readonly codename: string;
  readonly edition: string;
  readonly arch: Arch;
}

export interface Medium {
  /** The edition as recognised. */
  readonly edition: string;
  readonly arch: Arch;
  /** Absolute paths inside the ISO. `*` stands for any part of a file's name; the highest version that fits is taken. */
  readonly kernel: string;
  readonly initrd: string;
  /** An archive that follows the initrd, before the firmware, and is unpacked over it. */
  readonly overlay?: readonly OverlayEntry[];
  /**
   * The least memory with which the installer works, in MiB, not counting the overlay; with `isoTimes` where it holds
   * the ISO in memory, so many times its size besides `mib`.
   */
  readonly leastMemory?: number | { readonly mib: number; readonly isoTimes: number };
}

/** Files that an overlay puts into the initrd: out of the ISO, as a text, or made by a template or a function. */
export type OverlayEntry = OverlayCopy | OverlayText | OverlayMade;

interface OverlayTarget {
  /**
   * Absolute path in the initrd; `{release}`, `{codename}` and `{arch}` are filled in, as in all paths of an entry. Not
   * below /bin, /sbin or /lib: where these are links into /usr, their directory in the archive would replace the link.
   */
  readonly to: string;
  /** Permission bits; 0o644 when left out. */
  readonly mode?: number;
}

export interface OverlayCopy extends OverlayTarget {
  /** A file of the ISO, or a directory, whose files come below `to`. */
  readonly from: string;
  /** Which files of a directory, by patterns of their paths below it (`*`, `**`, `{a,b}`); all when left out. */
  readonly only?: readonly string[];
  /** Which of these not. */
  readonly without?: readonly string[];
  /** The largest file of a directory that is taken, in bytes. */
  readonly largest?: number;
  /** Whether the ISO may lack it. */
  readonly optional?: boolean;
  readonly text?: never;
  readonly template?: never;
  readonly render?: never;
}

export interface OverlayText extends OverlayTarget {
  readonly text: string;
  readonly from?: never;
  readonly template?: never;
  readonly render?: never;
}

export type OverlayMade = OverlayTarget &
  TextSource<OverlayView> & {
    /** Files of the ISO whose first 64 KiB the text is made of. */
    readonly reads?: readonly string[];
    readonly from?: never;
    readonly text?: never;
  };

/** What the maker of a file of an overlay sees. */
export interface OverlayView {
  readonly distro: IsoFacts;
  /** The texts of the files that `reads` names, by the path as it stands there. */
  readonly files: Readonly<Record<string, string>>;
}

export interface FirmwareBundle {
  /** Path below `firmware/ID/` of the data directory; `{release}`, `{codename}` and `{arch}` are filled in. */
  readonly file: string;
  /** Where the distribution publishes it, for the person who has to fetch it. Filled in likewise. */
  readonly from?: string;
  /** The editions whose initrd it follows; all when left out. */
  readonly editions?: readonly string[];
}

/** A text by a LiquidJS template beside the plugin, or by a pure function. */
export type TextSource<View> =
  | { readonly template: string; readonly render?: never }
  | { readonly render: (view: View) => string | Promise<string>; readonly template?: never };
