/** A stretch of the ISO file, in bytes. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

export interface IsoFile {
  readonly kind: 'file';
  readonly name: string;
  readonly size: number;
  /** In the order of the content; several for files of 4 GiB and more. None for an empty file. */
  readonly extents: readonly Extent[];
  readonly modified: Date;
  /** The extents hold an encoded form (zisofs, or sparse by RRIP §4.1.7), so that they cannot be served as they are. */
  readonly compressed?: 'zisofs' | 'sparse';
}

export interface IsoDirectory {
  readonly kind: 'directory';
  readonly name: string;
  readonly modified: Date;
  readonly children: ReadonlyMap<string, IsoNode>;
  /** Names are found in any letter case, as in FAT file systems. */
  readonly ignoresCase?: true;
}

export interface IsoSymlink {
  readonly kind: 'symlink';
  readonly name: string;
  readonly target: string;
  readonly modified: Date;
}

export type IsoNode = IsoFile | IsoDirectory | IsoSymlink;

/** Extents that follow each other in the image become one: fewer reads when the file is sent. */
export function appendExtent(extents: Extent[], extent: Extent): void {
  const last = extents.at(-1);
  if (last === undefined || last.offset + last.length !== extent.offset) extents.push(extent);
  else extents[extents.length - 1] = { offset: last.offset, length: last.length + extent.length };
}
