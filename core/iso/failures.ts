import { SerabutError } from '../errors.js';
import { printable } from './printable.js';

/** The image breaks the standard, or a part of it is missing. */
export function damaged(message: string, cause?: unknown): SerabutError {
  return new SerabutError('SERABUT_ERR_ISO_DAMAGED', message, { cause });
}

/** The image is sound as far as one can tell, but it uses what this reader does not support, or is larger than it accepts. */
export function unsupported(message: string): SerabutError {
  return new SerabutError('SERABUT_ERR_ISO_UNSUPPORTED', message);
}

/** The image may be sound, but its files are in UDF, which this reader does not read. */
export function udfOnly(message: string): SerabutError {
  return new SerabutError('SERABUT_ERR_ISO_UDF_ONLY', message);
}

/** A name out of an image, safe to print: quoted, with all that would mislead escaped. */
export function quote(name: string): string {
  return `"${printable(name).replaceAll('"', '\\"')}"`;
}
