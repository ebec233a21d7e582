import { readFileSync } from 'node:fs';
import { packetBytes } from './packets.js';
import type { Seed } from './target.js';

/** What a publisher gives, by the key in `publisher.asc`. */
export function published(name: string): Buffer {
  return readFileSync(new URL(`../../../test/fuzz/seeds/checksums/${name}`, import.meta.url));
}

/** Kinds of what is read. A detached signature follows its list. */
export const part = { list: 0, treeinfo: 1, clearSigned: 2, signed: 3, signature: 4 } as const;

const sha256 = '0123456789abcdef'.repeat(4);

const md5sums = `${sha256.slice(0, 32)}  ./install.amd/vmlinuz
${sha256.slice(32)} *./a b/c
\\${sha256.slice(32)}  a\\nb\\\\c
${sha256.slice(24)}  sha1
SHA256 (images/x.iso) = ${sha256}
MD5 (y) = ${sha256.slice(32)}
`;

const treeinfo = `[header]
type = productmd.treeinfo
[checksums]
images/install.img = sha256:${sha256}
images/efiboot.img = md5:${sha256.slice(32)}
; a comment
[general]
name = Fedora 44
`;

export function checksumSeeds(): Seed[] {
  const list = published('SHA256SUMS');
  const signed = (name: string) => [
    { kind: part.signed, bytes: list },
    { kind: part.signature, bytes: published(name) },
  ];
  const inputs = {
    md5sums: [{ kind: part.list, bytes: Buffer.from(md5sums) }],
    sha256sums: [{ kind: part.list, bytes: list }],
    treeinfo: [{ kind: part.treeinfo, bytes: Buffer.from(treeinfo) }],
    'clear-signed': [{ kind: part.clearSigned, bytes: published('SHA256SUMS.asc') }],
    armoured: signed('SHA256SUMS.sign'),
    binary: signed('SHA256SUMS.gpg'),
  };
  return Object.entries(inputs).map(([name, packets]) => ({ name, bytes: packetBytes(packets) }));
}
