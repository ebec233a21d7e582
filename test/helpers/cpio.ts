/** What a cpio archive of format newc holds: path → mode and content, or mode of a directory. Stops at its trailer. */
export function members(archive: Buffer): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; ; ) {
    const field = (index: number) =>
      Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    if (archive.toString('latin1', at, at + 6) !== '070701') throw new Error(`no member at ${at}`);
    const [mode, length, nameLength] = [field(1), field(6), field(11)];
    const path = archive.toString('utf8', at + 110, at + 110 + nameLength - 1);
    if (path === 'TRAILER!!!') return found;
    const start = upTo4(at + 110 + nameLength);
    const content = archive.toString('utf8', start, start + length);
    const permissions = (mode & 0o777).toString(8);
    found[path] = mode >> 12 === 4 ? `directory ${permissions}` : `${permissions} ${content}`;
    at = upTo4(start + length);
  }
}

function upTo4(offset: number): number {
  return Math.ceil(offset / 4) * 4;
}
