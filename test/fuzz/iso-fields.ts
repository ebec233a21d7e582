export const SECTOR = 2048;

/** How many bytes a field of a kind has; for `text` it depends on the field. */
const SIZES = {
  both32: 8,
  both16: 4,
  le32: 4,
  be32: 4,
  le16: 2,
  byte: 1,
  flags: 1,
  text: 0,
  signature: 2,
};

export type Kind = keyof typeof SIZES;

export interface Field {
  readonly kind: Kind;
  readonly offset: number;
  readonly length: number;
}

/** A stretch that can change places with others of its kind. */
export interface Region {
  readonly offset: number;
  readonly length: number;
}

/** Fields of one part of the format, added one after the other. What lies outside of the image is left out. */
export class FieldList {
  readonly all: Field[] = [];

  constructor(private readonly end: number) {}

  add(kind: Kind, offset: number, length: number = SIZES[kind]): this {
    if (length > 0 && offset + length <= this.end) this.all.push({ kind, offset, length });
    return this;
  }

  addMany(kind: Kind, offsets: readonly number[]): this {
    for (const offset of offsets) this.add(kind, offset);
    return this;
  }
}
