/** A plain name: ";version" and the dot of an empty extension say nothing (ECMA-119 §7.5.1). */
export function plainName(identifier: Buffer): string {
  return withoutVersion(identifier.toString('latin1'));
}

/** A Joliet name: UCS-2, big-endian (Joliet specification, "SVD Directory Records"). */
export function utf16Name(identifier: Buffer): string {
  const even = Buffer.from(identifier.subarray(0, identifier.length & ~1));
  return withoutVersion(even.swap16().toString('utf16le'));
}

function withoutVersion(name: string): string {
  return name.replace(/;\d*$/, '').replace(/(.)\.$/, '$1');
}

/** Names that could be taken for something else than a name must not reach the tree. */
export function usableName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}
