import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { SerabutError } from '../errors.js';

/** An iPXE binary and the firmware that gets it, by the codes of DHCP option 93 (RFC 4578 §2.1). */
export interface Loader {
  readonly file: string;
  /** Whose loader it is, for people. */
  readonly firmware: string;
  /** Firmware that boots by PXE: its code, and dnsmasq's name for it. One pxe-service each. */
  readonly services: readonly { readonly code: number; readonly name: string }[];
  /** Codes of firmware that boots by HTTP. */
  readonly httpCodes: readonly number[];
}

/**
 * snponly.efi and undionly.kpxe use the firmware's own network driver, which works on more machines than iPXE's
 * drivers. Code 9 is x64 on some firmware, whatever the registry says. Files as in Debian's package ipxe; the one for
 * arm64 is in Debian 13.
 */
export const loaders: readonly Loader[] = [
  {
    file: 'snponly.efi',
    firmware: 'UEFI x64',
    services: [
      { code: 7, name: 'X86-64_EFI' },
      { code: 9, name: 'BC_EFI' },
    ],
    httpCodes: [16],
  },
  {
    file: 'ipxe-arm64.efi',
    firmware: 'UEFI arm64',
    services: [{ code: 11, name: 'ARM64_EFI' }],
    httpCodes: [19],
  },
  { file: 'undionly.kpxe', firmware: 'BIOS', services: [{ code: 0, name: 'x86PC' }], httpCodes: [] },
];

/** The loaders that are in a directory, and those that are not. Throws SERABUT_ERR_LAN when none is. */
export async function findLoaders(directory: string): Promise<{ found: Loader[]; absent: Loader[] }> {
  const present = await Promise.all(
    loaders.map(({ file }) =>
      access(join(directory, file)).then(
        () => true,
        () => false,
      ),
    ),
  );
  const found = loaders.filter((_, index) => present[index]);
  if (found.length > 0) return { found, absent: loaders.filter((_, index) => !present[index]) };
  const names = loaders.map(({ file }) => file).join(', ');
  const message = `${directory} has no iPXE binary (${names}); install the package ipxe, or name another directory by --ipxe`;
  throw new SerabutError('SERABUT_ERR_LAN', message);
}
