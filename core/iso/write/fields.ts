/** A place that was left open because it was not yet known where something comes to lie. */
export interface LocationGap {
  readonly gaps: readonly { bytes: Buffer; offset: number }[];
}

export function roundUp(length: number, unit: number): number {
  return Math.ceil(length / unit) * unit;
}

export function text(value: string): Buffer {
  return Buffer.from(value);
}

/** ECMA-119 §7.3.3. */
export function both32(bytes: Buffer, offset: number, value: number): void {
  bytes.writeUInt32LE(value, offset);
  bytes.writeUInt32BE(value, offset + 4);
}

/** ECMA-119 §7.2.3. */
export function both16(bytes: Buffer, offset: number, value: number): void {
  bytes.writeUInt16LE(value, offset);
  bytes.writeUInt16BE(value, offset + 2);
}

export function writeLocation({ gaps }: LocationGap, block: number): void {
  for (const { bytes, offset } of gaps) both32(bytes, offset, block);
}

/** ECMA-119 §9.1.5, in UTC. */
export function shortDate(date: Date): Buffer {
  const [year, month, day] = [date.getUTCFullYear() - 1900, date.getUTCMonth() + 1, date.getUTCDate()];
  return Buffer.from([year, month, day, date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), 0]);
}
