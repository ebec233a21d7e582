/**
 * What a distro plugin is: a plain object. This module holds types only; it is published as `serabut/plugin`, and
 * nothing of the server is reachable from it. docs/plugin-authors.md explains each field by example.
 *
 * A plugin is the default export of `index.mjs` in a directory of its own, with its templates beside it. It declares;
 * the core reads ISOs, builds URLs, renders, and answers HTTP.
 */
import type { ConfigurationSpec } from '../resources/configuration.js';

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
}

/**
 * One look of an ISO. All given conditions must hold. Patterns are JavaScript regular expressions with the flag `m`;
 * their named groups `release`, `codename`, `edition` and `arch` become facts.
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
  readonly facts?: Partial<Record<'release' | 'codename' | 'edition' | 'arch', string>>;
}

/** What is known of a recognised ISO. `codename` may be empty. */
export interface IsoFacts {
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
  /** The least memory with which the installer works, in MiB, not counting the overlay. */
  readonly leastMemory?: number;
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

/** What a boot script and an answer file both know. */
export interface CommonView {
  readonly distro: IsoFacts & {
    /** The `{distro}` of the URLs. */
    readonly name: string;
    /** Name for people, such as `debian 13.1.0 netboot x86_64`. */
    readonly title: string;
  };
  readonly url: {
    /** This server, without a slash at the end. */
    readonly server: string;
    /** This server's host name or address alone. */
    readonly host: string;
    /** The whole ISO; ends in `.iso`. */
    readonly iso: string;
    /** The root of the ISO's content, without a slash at the end. */
    readonly content: string;
  };
  /** The parameters of the BootProfile, checked against the plugin's schema. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface BootView extends CommonView {
  readonly url: CommonView['url'] & {
    readonly kernel: string;
    /** The initrd with the firmware joined to it. */
    readonly initrd: string;
    /** The directory of the answer files, with a slash at the end; null when the installer is to ask its questions. */
    readonly automation: string | null;
  };
  /** The kernel arguments of Distro and BootProfile, joined by spaces. */
  readonly kernelArgs: string;
  /** The least memory in MiB that the medium declares, and twice its overlay; 0 when it declares none. */
  readonly leastMemory: number;
  /** The Configuration of the installation; null when the installer is to ask its questions. */
  readonly configuration: ConfigurationView | null;
}

export interface AutomationView extends CommonView {
  readonly configuration: ConfigurationView;
}

/** A Configuration with what is this distro's own already picked out of it. */
export interface ConfigurationView extends Omit<ConfigurationSpec, 'mirrors' | 'additions' | 'proxy'> {
  readonly name: string;
  /** The mirror for this plugin; null where the Configuration names none. */
  readonly mirror: ConfigurationSpec['mirrors'][string] | null;
  /** URL of the package proxy; null where there is none. */
  readonly proxy: string | null;
  /** Raw text to add to this answer file; may be empty. */
  readonly addition: string;
}
