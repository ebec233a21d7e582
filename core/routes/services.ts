import type { FastifyRequest } from 'fastify';
import type { SerabutError } from '../errors.js';
import type { OperatorAccess } from '../http/operator-access.js';
import type { IsoLibrary } from '../iso/library.js';
import type { Neighbours } from '../lan/neighbours.js';
import type { InstallTexts } from '../machines/install-texts.js';
import type { InstallerLog } from '../machines/installer-log.js';
import type { Lifecycle } from '../machines/lifecycle.js';
import type { MachineSettings } from '../machines/outcome.js';
import type { Saw } from '../machines/sightings.js';
import type { Actions } from '../operator/actions.js';
import type { ChangeFeed } from '../operator/change-feed.js';
import type { PluginRegistry } from '../plugin/registry.js';
import type { Catalogue } from '../resources/catalogue.js';
import type { NewImages } from '../resources/new-images.js';
import type { Store } from '../resources/store.js';

/** What the routes stand on. */
export interface Services {
  readonly library: IsoLibrary;
  readonly store: Store;
  readonly plugins: PluginRegistry;
  readonly catalogue: Catalogue;
  readonly settings: ServerSettings;
  readonly machines: Lifecycle;
  readonly installTexts: InstallTexts;
  readonly neighbours: Pick<Neighbours, 'find'>;
  /** What operators do, and who is one. */
  readonly actions: Actions;
  readonly access: OperatorAccess;
  readonly newImages: NewImages;
  readonly feed: ChangeFeed;
  readonly installerLog: InstallerLog;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Takes what is seen of machines. */
  readonly saw: Saw;
  /** Whether everything that was there at the start has been read. */
  readonly isReady: () => boolean;
}

export interface ServerSettings extends MachineSettings {
  /** This server's URL for clients, without a slash at the end; by default the address that a client reached. */
  readonly url: string | undefined;
  /** URL of the package proxy that runs beside the server. */
  readonly proxy: string | null;
  /**
   * Set where people look at what a machine would get: placeholders stand in place of secrets, and installers report below
   * this URL, or to nobody.
   */
  readonly preview?: { readonly report: string | null } | undefined;
  /** The port at which this server receives syslog; it does not when it is left out. */
  readonly syslogPort?: number | undefined;
  /** Why no machine can boot from the LAN now; undefined while they can, or while nobody watches it. */
  readonly lanProblem?: (() => SerabutError | undefined) | undefined;
  /** Directory of the iPXE binaries that UEFI HTTP boot fetches. */
  readonly ipxeDirectory: string;
  /** The file with the tokens of operators; without one nobody can act by the API and the dashboard. */
  readonly operatorTokenFile?: string | undefined;
  /** Whether reading the API and the dashboard wants a token, too. */
  readonly closed?: boolean | undefined;
  /** For how long a client may take nothing of a body before it is cut off; five minutes by default. */
  readonly stallMs?: number | undefined;
}

/**
 * This server's URL for the client of a request. Not from the Host header, which the client makes up, but from the
 * address at which it reached this machine: on a pod with several networks only that one is sure to be the boot LAN's.
 */
export function serverUrl(request: FastifyRequest, settings: ServerSettings): string {
  if (settings.url !== undefined) return settings.url;
  const { localAddress = '127.0.0.1', localPort } = request.socket;
  const address = localAddress.replace(/^::ffff:/, '');
  const host = address.includes(':') ? `[${address}]` : address;
  return `http://${host}${localPort === undefined || localPort === 80 ? '' : `:${localPort}`}`;
}
