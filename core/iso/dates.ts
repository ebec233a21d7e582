/** What a date that is absent or makes no sense becomes. */
const UNKNOWN = new Date(0);

/** Offset from Greenwich in quarters of an hour, ECMA-119 §8.4.26.1 and §9.1.5. */
const QUARTER = 15 * 60 * 1000;

/** ECMA-119 §9.1.5: seven bytes: years since 1900, month, day, hour, minute, second, offset. */
export function shortDate(bytes: Buffer, offset: number): Date {
  if (bytes.subarray(offset, offset + 6).every((byte) => byte === 0)) return UNKNOWN;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = bytes.subarray(offset, offset + 6);
  return local(1900 + year, month, day, hour, minute, second, bytes.readInt8(offset + 6));
}

/** ECMA-119 §8.4.26.1: sixteen digits `YYYYMMDDHHMMSSCC`, then the offset. */
export function longDate(bytes: Buffer, offset: number): Date {
  const digits = bytes.toString('latin1', offset, offset + 16);
  if (!/^\d{16}$/.test(digits) || /^0+$/.test(digits)) return UNKNOWN;
  const part = (start: number, end: number) => Number(digits.slice(start, end));
  const quarters = bytes.readInt8(offset + 16);
  return local(part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12), part(12, 14), quarters);
}

/** Microsoft, "FAT Directory Structure", date and time: years since 1980, seconds in twos. Taken for UTC, since no zone is recorded. */
export function dosDate(date: number, time: number): Date {
  const [year, month, day] = [1980 + (date >> 9), (date >> 5) & 15, date & 31];
  return local(year, month, day, time >> 11, (time >> 5) & 63, (time & 31) * 2, 0);
}

function local(y: number, month: number, d: number, h: number, min: number, s: number, quarters: number): Date {
  if (month < 1 || month > 12 || d < 1 || d > 31) return UNKNOWN;
  return new Date(Date.UTC(y, month - 1, d, h, min, s) - quarters * QUARTER);
}
