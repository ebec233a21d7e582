/** ECMA-119 §6.1.2: a logical sector. Larger ones are allowed by the standard and used by nobody. */
export const SECTOR = 2048;

/** Sectors searched for volume descriptors. Real images have fewer than ten; a terminator may be missing. */
export const MAX_DESCRIPTORS = 64;

/**
 * Directory records in one image, those included that make no file of their own: `.`, `..`, further extents, associated
 * files. The largest published install media hold about a hundred thousand.
 */
export const MAX_RECORDS = 500_000;

/** Directories within directories. ECMA-119 §6.8.2.1 allows 8, Rock Ridge any number. */
export const MAX_DEPTH = 128;

/** Bytes of one directory: some hundred thousand records. */
export const MAX_DIRECTORY_BYTES = 32 * 1024 * 1024;

/** Bytes and calls of all reads while one image is indexed: bounds both the time and the memory of an index. */
export const MAX_READ_BYTES = 256 * 1024 * 1024;
export const MAX_READS = 1_000_000;

/**
 * Bytes that these reads may fetch from the file, a window at a time: where what is asked for is scattered, that is far
 * more. Mastering programs write directories one after the other, so that each byte of them is fetched about once.
 */
export const MAX_FETCHED_BYTES = 512 * 1024 * 1024;

/** Continuation areas (SUSP §5.1) that the system use field of one record may lead through. */
export const MAX_CONTINUATIONS = 64;

/** As NAME_MAX and PATH_MAX of Linux, since that is where the images are made and used. */
export const MAX_NAME_BYTES = 255;
export const MAX_SYMLINK_BYTES = 4096;

/** Symbolic links followed in one look-up, as Linux does. */
export const MAX_SYMLINK_HOPS = 40;

/**
 * Bytes at the end of a volume that may be absent from the file while every extent is inside it. Mastering programs pad
 * with 150 sectors (300 KiB), or to a whole megabyte for hybrid images, and some downloads were cut by exactly that.
 */
export const MAX_MISSING_PADDING = 1024 * 1024;

/** Boot images of one ISO; more than two are rare. */
export const MAX_BOOT_IMAGES = 8;

/** Bytes of the allocation table of a FAT file system: half a million clusters. EFI system partitions have thousands. */
export const MAX_FAT_BYTES = 2 * 1024 * 1024;

/** Pieces in which the files of a FAT file system lie. Those of images are written in one go, each in one piece. */
export const MAX_FAT_EXTENTS = 65_536;
