import { strict as assert } from 'node:assert';
import { parseChecksumFile } from '../../core/checksums/checksum-file.js';
import { type ChecksumList, MAX_PROBLEMS } from '../../core/checksums/checksum-list.js';
import { isClearSigned } from '../../core/checksums/cleartext.js';
import { parseTreeinfo } from '../../core/checksums/treeinfo.js';
import { readKeyring, verifyClearSigned, verifyDetached } from '../../core/images/signature.js';
import { part, published } from './checksums-seeds.js';
import { type Packet, packetBytes, packetsIn } from './packets.js';
import type { Random } from './random.js';
import type { FuzzTarget, Outcome, Seed } from './target.js';
import { textMutator } from './text-mutate.js';
import { refusable } from './texts.js';

const pieces = [
  ...[
    '-----BEGIN PGP SIGNED MESSAGE-----\n',
    '-----BEGIN PGP SIGNATURE-----\n',
    '-----END PGP SIGNATURE-----\n',
    'Hash: SHA512\n',
  ],
  ...[
    'Hash: MD5\n',
    'Comment: a\n',
    '\n\n',
    '- ',
    '-',
    '\r\n',
    '\r',
    ' ',
    '\t',
    '\0',
    '\x1b',
    '\xff',
    '\xe2\x80\xa8',
    '=AAAA\n',
    '=',
  ],
  ...[
    'a'.repeat(32),
    'b'.repeat(40),
    'c'.repeat(64),
    'd'.repeat(128),
    '  evil.iso',
    ' *evil.iso',
    '../',
    '/',
    './',
    '\\',
    '\\n',
    '..',
  ],
  ...[
    'SHA256 (',
    ') = ',
    'MD5 (',
    '[checksums]\n',
    '[',
    ']\n',
    'sha256:',
    ' = ',
    ';',
    '#',
    `${'e'.repeat(64)}  deb.iso\n`,
  ],
] as const;

/** Lists of checksums, signed ones too: no line that the publisher has not signed may count as signed. */
export const target: FuzzTarget = { mutator, attempt, maxSeconds: 1, maxHeapMib: 192 };

const keyring = readKeyring('publisher.asc', published('publisher.asc'));
const genuine = published('SHA256SUMS');
const listed = parseChecksumFile(genuine).entries;

const lengths = { md5: 32, sha1: 40, sha256: 64, sha512: 128 } as const;

async function attempt(input: Uint8Array): Promise<Outcome> {
  const [first, second] = packetsIn(input);
  const done = first && (await readers[first.kind]?.(first.bytes, second?.bytes ?? Buffer.alloc(0)));
  return done ? 'read' : 'refused';
}

/** By the kind of what is read: whether it was taken. */
const readers: Readonly<Record<number, (bytes: Buffer, more: Buffer) => Promise<boolean>>> = {
  [part.list]: async (bytes) => isSound(await refusable(['SERABUT_ERR_CHECKSUM_LIST'], () => parseChecksumFile(bytes))),
  [part.treeinfo]: async (bytes) => isSound(await refusable(['SERABUT_ERR_CHECKSUM_LIST'], () => parseTreeinfo(bytes))),
  [part.clearSigned]: clearSigned,
  [part.signed]: detached,
};

function isSound(list: ChecksumList | undefined): boolean {
  if (list === undefined) return false;
  for (const { name, digest, algorithm } of list.entries) {
    assert(
      !/^\/|\0/.test(name) && name !== '' && !name.split('/').some((part) => ['', '.', '..'].includes(part)),
      name,
    );
    assert(/^[0-9a-f]+$/.test(digest) && digest.length === lengths[algorithm], digest);
  }
  assert(list.problems.length <= MAX_PROBLEMS && list.problems.length <= list.problemCount);
  return list.entries.length > 0;
}

async function clearSigned(bytes: Buffer): Promise<boolean> {
  isSound(await refusable(['SERABUT_ERR_CHECKSUM_LIST'], () => parseChecksumFile(bytes)));
  if (!isClearSigned(bytes)) return false;
  const signed = await refusable(['SERABUT_ERR_IMAGE_SIGNATURE'], async () => verifyClearSigned(bytes, await keyring));
  if (signed === undefined) return false;
  assert.equal(plain(signed.text), plain(genuine), 'a text counts as signed that is not');
  assert.deepEqual(parseChecksumFile(signed.text).entries, listed);
  return true;
}

/** Blanks at the ends of lines, and which way lines end, are not signed (RFC 9580 §7.2). */
function plain(text: Buffer): string {
  return text
    .toString('latin1')
    .replace(/[ \t\r]*\n/g, '\n')
    .trimEnd();
}

async function detached(list: Buffer, signature: Buffer): Promise<boolean> {
  const verified = async () => verifyDetached(list, signature, await keyring);
  const signed = await refusable(['SERABUT_ERR_IMAGE_SIGNATURE'], verified);
  if (signed === undefined) return false;
  assert(list.equals(genuine) && signed.text.equals(genuine), 'a list counts as signed that is not');
  return true;
}

/** One of the parts is changed; of a signed list now and then none, so that the right one is seen to pass. */
function mutator(seeds: readonly Seed[]): (random: Random) => Uint8Array {
  const inputs = seeds.map(({ bytes }) => packetsIn(bytes));
  const changers = new Map(
    Object.values(part).map((kind) => {
      const same = inputs.flat().filter((packet) => packet.kind === kind);
      return [kind as number, textMutator({ pieces })(same.map(({ bytes }) => ({ name: '', bytes })))];
    }),
  );
  return (random) => {
    const packets = random.pickOf(inputs) ?? [];
    const changing = random.below(packets.length);
    return packetBytes(packets.map((packet, at) => changed(packet, at === changing && !random.oneIn(100))));

    function changed({ kind, bytes }: Packet, isChanged: boolean): Packet {
      return { kind, bytes: isChanged ? (changers.get(kind)?.(random) ?? bytes) : bytes };
    }
  };
}
