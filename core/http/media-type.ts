import { extname } from 'node:path/posix';

/**
 * Types that some client depends on. UEFI HTTP boot tells an EFI program from a disk image by them (EDK2
 * NetworkPkg/HttpBootDxe/HttpBootSupport.c); cloud-init and Anaconda read anything.
 */
const types: Readonly<Record<string, string>> = {
  '.cfg': 'text/plain; charset=utf-8',
  '.efi': 'application/efi',
  '.img': 'application/octet-stream',
  '.iso': 'application/vnd.efi-iso',
  '.ipxe': 'text/plain; charset=utf-8',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.xml': 'application/xml',
};

/** The content type by the ending of a name; bytes of no known kind by default. */
export function mediaType(name: string, otherwise = 'application/octet-stream'): string {
  return types[extname(name).toLowerCase()] ?? otherwise;
}
