import { SerabutError } from '../errors.js';
import { quote } from '../iso/failures.js';

/** ISOs by the name under which each is offered without a resource, and why others are not. */
export interface IsoNames {
  readonly offered: ReadonlyMap<string, string>;
  /** By the name that several would have, or by the name of the file. */
  readonly refused: ReadonlyMap<string, SerabutError>;
}

/** What the ISO files that no Distro refers to are called; `taken` are the names of the Distros. */
export function isoNames(files: readonly string[], taken: ReadonlySet<string>): IsoNames {
  const offered = new Map<string, string>();
  const refused = new Map<string, SerabutError>();
  for (const [name, [file = '', ...others]] of Map.groupBy(files, implicitName)) {
    if (name === '') for (const nameless of [file, ...others]) refused.set(nameless, withoutName(nameless));
    else if (taken.has(name)) for (const hidden of [file, ...others]) refused.set(hidden, behindDistro(hidden, name));
    else if (others.length > 0) refused.set(name, alike([file, ...others], name));
    else offered.set(name, file);
  }
  return { offered, refused };
}

/** What an ISO is called when no resource names it: its file name in the letters that a resource's name may have. */
export function implicitName(iso: string): string {
  const name = iso.toLowerCase().replace(/\.iso$/, '');
  return name.replace(/[^a-z0-9.-]+/g, '-').replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
}

const ADVICE = 'rename the file, or name it by an Image and a Distro';

function withoutName(file: string): SerabutError {
  return refusal(`of the file name ${quote(file)} no letter or digit can be part of a name: ${ADVICE}`);
}

function behindDistro(file: string, name: string): SerabutError {
  return refusal(`${quote(file)} would be called ${quote(name)}, as a Distro with another image is: ${ADVICE}`);
}

function alike(files: readonly string[], name: string): SerabutError {
  const list = [...files].sort().map(quote).join(' and ');
  return refusal(`${list} would both be called ${quote(name)}, so neither is offered: ${ADVICE}`);
}

function refusal(message: string): SerabutError {
  return new SerabutError('SERABUT_ERR_DISTRO_NOT_READY', message);
}
