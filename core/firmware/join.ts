import { type ByteSource, joinSources } from '../http/byte-source.js';

/**
 * Where each archive of a joined initrd starts. Linux looks for an uncompressed cpio archive only at multiples of 4
 * (init/initramfs.c, unpack_to_rootfs) and skips zero bytes between archives; a compressed one may start anywhere.
 */
const archiveAlignment = 4;

/** An initrd followed by firmware archives: what the kernel unpacks one after the other, later files over earlier. */
export function joinInitrd(initrd: ByteSource, archives: readonly ByteSource[]): ByteSource {
  return joinSources([initrd, ...archives], archiveAlignment);
}
