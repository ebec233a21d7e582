import { damaged, quote } from './failures.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const ucs2 = new TextDecoder('utf-16be', { ignoreBOM: true });

/** UTF-8 where the bytes are that, else one character per byte: images do not say which character set they use. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

/** ECMA-119 §7.5: upper case, with a version. Shown in lower case, as Linux does; looked up without regard to case. */
export function plainName(identifier: Uint8Array): string {
  return checkedName(withoutVersion(decodeText(identifier)).toLowerCase());
}

/** ISO 9660:1999 §7.5: any bytes, in no stated character set, without a version: `;` and `.` are letters like others. */
export function enhancedName(identifier: Uint8Array): string {
  return checkedName(decodeText(identifier));
}

/** Joliet §3.1: UCS-2, big-endian. Surrogate pairs are decoded too, because programs write them. */
export function jolietName(identifier: Uint8Array): string {
  if (identifier.length % 2 !== 0) throw damaged(`a Joliet name of ${identifier.length} bytes, which is odd`);
  return checkedName(withoutVersion(ucs2.decode(identifier)));
}

/** §7.5.1: `name.extension;version`; both separators are recorded even if what follows them is empty. */
function withoutVersion(name: string): string {
  return name.replace(/;\d*$/, '').replace(/(.)\.$/, '$1');
}

/** Every name of the tree goes through here: one that means something else as part of a path is refused. */
export function checkedName(name: string): string {
  const isPath = name === '' || name === '.' || name === '..' || /[/\0]/.test(name);
  if (isPath) throw damaged(`the name ${quote(name)} cannot be one of a file`);
  return name;
}
