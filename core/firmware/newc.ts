import { type ByteSource, bytesSource, joinSources } from '../http/byte-source.js';

/** A file of an archive; a directory has no content. */
export interface ArchiveMember {
  /** Path without a slash at the start. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly content: ByteSource | undefined;
}

/** Header, name and content each start at a multiple of 4 (Linux, Documentation/driver-api/early-userspace/buffer-format). */
const alignment = 4;

const headerLength = 110;

/** The type bits of a mode (POSIX sys/stat.h). */
const regularFile = 0o100_000;
const directory = 0o040_000;

/** The largest content whose length a header can tell, in bytes. */
export const largestContent = 0xff_ff_ff_ff;

/**
 * An uncompressed cpio archive in the format "newc", as the kernel unpacks it into its root file system. Contents are
 * referred to, not read, so that the length and every range of the archive are known at once. All is owned by root and
 * dated 1970, so that equal members give equal bytes.
 */
export function newcArchive(members: readonly ArchiveMember[]): ByteSource {
  const parts = members.flatMap(({ path, mode, content }, index) => {
    const type = content === undefined ? directory : regularFile;
    const header = memberHeader(path, { inode: index + 1, mode: type | mode, length: content?.length ?? 0 });
    return content === undefined ? [header] : [header, content];
  });
  return joinSources([...parts, memberHeader('TRAILER!!!', { inode: 0, mode: 0, length: 0 })], alignment);
}

function memberHeader(path: string, { inode, mode, length }: Record<'inode' | 'mode' | 'length', number>): ByteSource {
  const name = Buffer.from(`${path}\0`);
  const padding = Buffer.alloc((alignment - ((headerLength + name.length) % alignment)) % alignment);
  const [uid, gid, links, mtime, device, check] = [0, 0, 1, 0, 0, 0];
  const fields = [inode, mode, uid, gid, links, mtime, length, device, device, device, device, name.length, check];
  const digits = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  return bytesSource(Buffer.concat([Buffer.from(`070701${digits}`), name, padding]));
}
