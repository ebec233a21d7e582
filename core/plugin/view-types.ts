/** What a plugin's texts see; part of the contract. */
import type { PlainConfigurationSpec } from '../resources/secrets.js';
import type { IsoFacts } from './contract.js';

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
    /** What is said of the machine when an answer file is asked for, from `?` on; empty when nothing is known. */
    readonly query: string;
    /**
     * Below which the installer reports how it goes, by GET or POST of `/progress`, and in the end of `/done` or
     * `/failed`; null where nobody listens. It is a secret of the machine's, as is `automation`: neither may be logged.
     */
    readonly report: string | null;
    /** Where this server receives syslog, as `HOST:PORT`, by UDP and by TCP; null where it does not. */
    readonly syslog: string | null;
  };
  /** What the machine said of itself when it asked; null where it said nothing. */
  readonly machine: MachineView;
  /** The parameters of the BootProfile, the machine's own in their place, checked against the plugin's schema. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface MachineView {
  /** Six pairs of hexadecimal digits with colons between them. */
  readonly mac: string | null;
  readonly uuid: string | null;
  /** In lower case, what a host name cannot hold as dashes. */
  readonly serial: string | null;
  /** The kind of its firmware. */
  readonly platform: 'efi' | 'pcbios' | null;
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
  readonly url: CommonView['url'] & {
    /** The directory of the answer files, with a slash at the end. */
    readonly automation: string;
  };
  readonly configuration: ConfigurationView;
}

/** A Configuration with what is this distro's own already picked out of it, and worked out for the machine. */
export interface ConfigurationView
  extends Omit<
    PlainConfigurationSpec,
    'mirrors' | 'additions' | 'proxy' | 'network' | 'storage' | 'secrets' | 'afterInstall'
  > {
  readonly name: string;
  /** The host name with the machine's own in place of what stands in braces; null where DHCP gives it. */
  readonly hostname: string | null;
  readonly network: NetworkView;
  readonly storage: Omit<PlainConfigurationSpec['storage'], 'disk' | 'otherDisk'> & {
    /** The rule of each disk to take: one, or two for raid1. */
    readonly disks: readonly PlainConfigurationSpec['storage']['disk'][];
    /** POSIX shell: the function `pick_disks`, which prints the disks that the rules pick, or fails and says why. */
    readonly pickDisks: string;
  };
  /**
   * Shell commands or scripts, each to be run by a `sh -c` of its own. Where the Configuration has secrets each begins
   * with them: no text of it may be logged.
   */
  readonly afterInstall: readonly string[];
  /** The names of the variables that each of them begins by setting. */
  readonly secretNames: readonly string[];
  /** The mirror for this distribution; null where the Configuration names none. */
  readonly mirror: PlainConfigurationSpec['mirrors'][string] | null;
  /** URL of the package proxy; null where there is none. */
  readonly proxy: string | null;
  /** Raw text to add to this answer file; may be empty. */
  readonly addition: string;
}

export interface NetworkView extends Omit<PlainConfigurationSpec['network'], 'interface'> {
  /** MAC address of the network card: the one that is set, else the one that asked; null when neither is known. */
  readonly mac: string | null;
  /** Whether a network card is set. */
  readonly isSet: boolean;
  /** The address taken apart; null when it comes by DHCP. */
  readonly static: { readonly ip: string; readonly prefix: number; readonly netmask: string } | null;
}
