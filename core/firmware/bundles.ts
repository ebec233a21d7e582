import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteSource, fileSource, identityOf, unreadable } from '../http/byte-source.js';
import type { DistroPlugin, FirmwareBundle, IsoFacts } from '../plugin/contract.js';

/**
 * A file of the firmware directory as it is now; undefined when there is none of that name. Throws
 * SERABUT_ERR_FILE_UNREADABLE when that cannot be told: without its firmware a machine may have no network.
 */
export async function firmwareSource(directory: string, path: string): Promise<ByteSource | undefined> {
  const file = join(directory, path);
  const stats = await stat(file, { bigint: true }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') throw unreadable(file, cause);
  });
  return stats?.isFile() ? fileSource(identityOf(file, stats)) : undefined;
}

/** The bundles that a plugin declares for ISOs of these facts. */
export function bundlesFor({ firmware = [] }: DistroPlugin, { edition }: IsoFacts): FirmwareBundle[] {
  return firmware.filter(({ editions }) => editions === undefined || editions.includes(edition));
}

/** The path of a plugin's bundle below `firmware/`, with the facts of an ISO filled in. */
export function bundlePath(pluginId: string, bundle: FirmwareBundle, facts: IsoFacts): string {
  return join(pluginId, fillIn(bundle.file, facts));
}

/** Where the distribution publishes a bundle, likewise. */
export function bundleOrigin(bundle: FirmwareBundle, facts: IsoFacts): string | undefined {
  return bundle.from === undefined ? undefined : fillIn(bundle.from, facts);
}

/** A text of a plugin with the facts of an ISO filled in. */
export function fillIn(text: string, facts: IsoFacts): string {
  return text.replace(/\{(release|codename|arch)\}/g, (_, name: 'release' | 'codename' | 'arch') => facts[name]);
}
