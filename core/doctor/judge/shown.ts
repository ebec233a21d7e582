import { printable } from '../../iso/printable.js';

/** The longest text out of a packet that is shown. */
const longest = 160;

/** A text out of a packet, of any bytes, on one line and harmless to a terminal. */
export function shown(text: string): string {
  return printable(text.length > longest ? `${text.slice(0, longest)}…` : text);
}
