/** Where a part of a file lies in the ISO file, in bytes. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

export interface IsoFile {
  readonly kind: 'file';
  readonly name: string;
  /** In bytes; what all extents add up to. */
  readonly size: number;
  readonly extents: readonly Extent[];
  readonly modified: Date;
  /** The content is compressed by zisofs and cannot be served as it lies there. */
  readonly compressed?: true;
}

export interface IsoDirectory {
  readonly kind: 'directory';
  readonly name: string;
  readonly modified: Date;
  readonly children: ReadonlyMap<string, IsoNode>;
}

export interface IsoSymlink {
  readonly kind: 'symlink';
  readonly name: string;
  readonly target: string;
  readonly modified: Date;
}

export type IsoNode = IsoFile | IsoDirectory | IsoSymlink;
