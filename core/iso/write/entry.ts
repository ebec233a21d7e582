/** A node of the tree to be written; what is written where is filled in on the way. */
export interface Entry {
  readonly name: string;
  /** A file's length in bytes. */
  size?: number;
  /** A file's content; all zero bytes when left out. */
  bytes?: Uint8Array;
  symlink?: string;
  children?: Map<string, Entry>;
  /** Where a directory is, by the tree, and a file's content, as `data`. */
  readonly locations: Record<string, { block: number; length: number }>;
}

export function rootEntry(): Entry {
  return { name: '', children: new Map(), locations: {} };
}

/** The entry at a path, which is made if need be, as are the directories above it. */
export function entryAt(root: Entry, path: string): Entry {
  let entry = root;
  for (const name of path.split('/').filter(Boolean)) {
    entry.children ??= new Map();
    const next = entry.children.get(name) ?? { name, locations: {} };
    entry.children.set(name, next);
    entry = next;
  }
  return entry;
}

export function setContent(entry: Entry, bytes: Uint8Array): void {
  entry.bytes = bytes;
  entry.size = bytes.length;
}
