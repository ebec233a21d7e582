import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCleartextMessage, createMessage, generateKey, type PrivateKey, sign } from 'openpgp';
import t, { type Test } from 'tap';
import { Agent } from 'undici';
import { expectedOf } from '../../../core/images/published.js';
import type { ImageSpec } from '../../../core/resources/image.js';
import { resource, sha256, sha512 } from '../../helpers/images.js';
import { pattern } from '../../helpers/isos.js';
import { type Mirror, startMirror, status } from '../../helpers/mirror.js';
import { without } from '../../helpers/programs.js';

const bytes = pattern(3000);
const other = sha256(pattern(3000, 9));
const coreutils = `${other}  other.iso\n${sha256(bytes)} *deb.iso\n`;
const bsd = `# deb.iso: 3000 bytes\nSHA256 (deb.iso) = ${sha256(bytes)}\n`;

interface Key {
  readonly privateKey: PrivateKey;
  readonly armored: string;
  readonly fingerprint: string;
}

async function newKey(name: string): Promise<Key> {
  const userIDs = { name, email: `${name}@example.org` };
  const { privateKey, publicKey } = await generateKey({ userIDs, type: 'curve25519', format: 'object' });
  return { privateKey, armored: publicKey.armor(), fingerprint: publicKey.getFingerprint().toUpperCase() };
}

async function detached(text: string, ...keys: Key[]): Promise<{ armored: string; binary: Uint8Array }> {
  const message = await createMessage({ binary: Buffer.from(text) });
  const options = { message, signingKeys: keys.map(({ privateKey }) => privateKey), detached: true } as const;
  return {
    armored: String(await sign({ ...options, format: 'armored' })),
    binary: (await sign({ ...options, format: 'binary' })) as Uint8Array,
  };
}

async function clearSigned(text: string, { privateKey }: Key): Promise<string> {
  return sign({ message: await createCleartextMessage({ text }), signingKeys: privateKey });
}

interface Publisher {
  readonly mirror: Mirror;
  readonly keyrings: string;
  expected(checksums: object): Promise<unknown>;
}

/** A mirror with a list, and a directory with keyrings. */
async function publish(
  t: Test,
  files: Record<string, string | Uint8Array>,
  rings: Record<string, string | Uint8Array> = {},
): Promise<Publisher> {
  const mirror = await startMirror(t);
  for (const [path, content] of Object.entries(files)) mirror.files.set(path, Buffer.from(content));
  const keyrings = join(t.testdir({}), 'keyrings');
  mkdirSync(keyrings);
  for (const [name, content] of Object.entries(rings)) writeFileSync(join(keyrings, name), content);
  const dispatcher = new Agent();
  t.teardown(() => dispatcher.destroy());
  const fetching = { dispatcher, stallMs: 1000, signal: AbortSignal.timeout(20_000) };
  const expected = (checksums: { url: string; signature?: string }) => {
    const absolute = Object.fromEntries(
      Object.entries(checksums).map(([key, value]) => [key, value.startsWith('/') ? mirror.url + value : value]),
    );
    const image = resource('Image', 'deb', { type: 'iso', url: `${mirror.url}/deb.iso`, checksums: absolute });
    return expectedOf(image.spec as ImageSpec, keyrings, fetching);
  };
  return { mirror, keyrings, expected: expected as Publisher['expected'] };
}

const found = { algorithm: 'sha256', digest: sha256(bytes) };

t.test('lists of each form are read; that their signature is not checked is said', async (t) => {
  const key = await newKey('fedora');
  const tree = `${sha256(bytes)}  ./images/deb.iso\n`;
  const lists = { '/coreutils': coreutils, '/bsd': bsd, '/clear': await clearSigned(bsd, key), '/tree': tree };
  const { expected, mirror } = await publish(t, lists);
  for (const url of Object.keys(lists)) {
    t.same(await expected({ url }), { ...found, by: `${mirror.url}${url}, whose signature is not checked` });
  }
});

t.test('SHA-512 is taken where there is no SHA-256, and weaker ones never are', async (t) => {
  const md5 = 'd41d8cd98f00b204e9800998ecf8427e  deb.iso\n';
  const twice = `${sha256(bytes)}  a/deb.iso\n${other}  b/deb.iso\n`;
  const lists = {
    '/512': `${md5}${sha512(bytes)}  deb.iso\n`,
    '/md5': md5,
    '/none': `${other}  other.iso\n`,
    '/twice': twice,
  };
  const { expected } = await publish(t, lists);
  t.match(await expected({ url: '/512' }), { algorithm: 'sha512', digest: sha512(bytes) });
  const code = 'SERABUT_ERR_IMAGE_NOT_LISTED';
  await t.rejects(expected({ url: '/md5' }), { code, message: 'the list has only md5 of deb.iso (it has 1 lines)' });
  await t.rejects(expected({ url: '/none' }), { code, message: /does not name deb.iso/ });
  await t.rejects(expected({ url: '/twice' }), { code, message: /does not name deb.iso/ });
});

t.test('a detached signature is verified, armoured or binary, with a keyring in either form', async (t) => {
  const [debian, ubuntu] = [await newKey('debian'), await newKey('ubuntu')];
  const { armored, binary } = await detached(coreutils, debian);
  const both = await detached(coreutils, ubuntu, debian);
  const files = { '/SUMS': coreutils, '/SUMS.sign': armored, '/SUMS.gpg': binary, '/SUMS.both': both.binary };
  const { expected, mirror } = await publish(t, files, {
    'binary.gpg': Buffer.concat([ubuntu, debian].map(({ privateKey }) => privateKey.toPublic().write())),
    'armoured.asc': `Keys:\n${ubuntu.armored}\n${debian.armored}`,
    'debian.asc': debian.armored,
  });
  const by = `${mirror.url}/SUMS, signed by key ${debian.fingerprint}`;
  for (const signature of ['/SUMS.sign', '/SUMS.gpg']) {
    for (const keyring of ['binary.gpg', 'armoured.asc']) {
      t.same(await expected({ url: '/SUMS', signature, keyring }), { ...found, by });
    }
  }
  t.same(await expected({ url: '/SUMS', signature: '/SUMS.both', keyring: 'debian.asc' }), { ...found, by });
});

t.test('a clear-signed list is verified, and nothing counts that stands beside the signed text', async (t) => {
  const key = await newKey('fedora');
  const clear = await clearSigned(bsd, key);
  const files = {
    '/CHECKSUM': clear,
    '/before': `SHA256 (deb.iso) = ${other}\n${clear}`,
    '/changed': clear.replace(sha256(bytes), other),
    '/cut': clear.slice(0, -60),
  };
  const { expected, mirror } = await publish(t, files, { 'fedora.asc': key.armored });
  const keyring = 'fedora.asc';
  const by = `${mirror.url}/CHECKSUM, signed by key ${key.fingerprint}`;
  t.same(await expected({ url: '/CHECKSUM', keyring }), { ...found, by });
  const code = 'SERABUT_ERR_IMAGE_SIGNATURE';
  await t.rejects(expected({ url: '/before', keyring }), { code });
  await t.rejects(expected({ url: '/changed', keyring }), {
    code,
    message: /the list's signature is wrong: .*Signed digest did not match/,
  });
  await t.rejects(expected({ url: '/cut', keyring }), { code, message: /the clear-signed list cannot be read/ });
});

t.test('each way in which a list may not be genuine is named', async (t) => {
  const [debian, stranger] = [await newKey('debian'), await newKey('stranger')];
  const files = {
    '/SUMS': coreutils,
    '/wrong': (await detached(`${coreutils} `, debian)).armored,
    '/strange': (await detached(coreutils, stranger)).binary,
    '/none': 'no signature at all',
  };
  const box = Buffer.from('\0\0\0\x20\x01\x01\0\x02KBXf\0\0\0\0', 'latin1');
  const rings = {
    'debian.asc': debian.armored,
    'pubring.kbx': box,
    'torn.gpg': 'torn',
    'huge.gpg': Buffer.alloc(8 * 1024 * 1024 + 1),
  };
  const { expected, mirror } = await publish(t, files, rings);
  const refusal = (more: object, message: RegExp) =>
    t.rejects(expected({ url: '/SUMS', ...more }), { code: 'SERABUT_ERR_IMAGE_SIGNATURE', message });
  const keyring = 'debian.asc';
  await refusal(
    { signature: '/wrong', keyring },
    new RegExp(`the list's signature is wrong: it says to be of key ${debian.fingerprint}`),
  );
  await refusal(
    { signature: '/strange', keyring },
    new RegExp(`by key ${stranger.fingerprint}, which is not in keyrings/debian.asc`),
  );
  await refusal({ signature: '/none', keyring }, /what should be the list's signature is none/);
  await refusal({ keyring }, /SUMS is not clear-signed: name its signature by checksums.signature/);
  await refusal({ signature: '/wrong', keyring: 'absent.gpg' }, /keyrings\/absent.gpg is not there: put the keys/);
  await refusal({ signature: '/wrong', keyring: 'pubring.kbx' }, /a keybox of GnuPG, which only that reads/);
  await refusal({ signature: '/wrong', keyring: 'torn.gpg' }, /keyrings\/torn.gpg cannot be read as a keyring/);
  await refusal({ signature: '/wrong', keyring: 'huge.gpg' }, /keyrings\/huge.gpg is longer than/);
  mirror.wrong.set('/SUMS.sign', status(404));
  await t.rejects(expected({ url: '/SUMS', signature: '/SUMS.sign', keyring }), {
    code: 'SERABUT_ERR_IMAGE_DOWNLOAD',
    message: /has no such file/,
  });
});

t.test('a signature and a keyring of GnuPG are understood', { skip: without('gpg', 'gpg-agent') }, async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'gpg-')); // gpg-agent's socket must have a short path.
  const run = (...args: string[]) =>
    execFileSync('gpg', ['--homedir', home, '--batch', '--pinentry-mode', 'loopback', '--passphrase', '', ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  t.teardown(() => {
    spawnSync('gpgconf', ['--homedir', home, '--kill', 'all']);
    rmSync(home, { recursive: true, force: true });
  });
  run('--quick-generate-key', 'Publisher <cd@example.org>', 'rsa2048', 'sign');
  writeFileSync(join(home, 'SUMS'), coreutils);
  run('--output', join(home, 'SUMS.sign'), '--armor', '--detach-sign', join(home, 'SUMS'));
  run('--output', join(home, 'CLEAR'), '--clear-sign', join(home, 'SUMS'));
  const files = {
    '/SUMS': coreutils,
    '/SUMS.sign': readFileSync(join(home, 'SUMS.sign')),
    '/CLEAR': readFileSync(join(home, 'CLEAR')),
  };
  const keys = run('--export');
  const { expected } = await publish(t, files, { 'cd.gpg': keys });
  t.match(await expected({ url: '/SUMS', signature: '/SUMS.sign', keyring: 'cd.gpg' }), {
    ...found,
    by: /signed by key [0-9A-F]{40}$/,
  });
  t.match(await expected({ url: '/CLEAR', keyring: 'cd.gpg' }), { ...found, by: /signed by key [0-9A-F]{40}$/ });
});

t.test('in a list of a whole tree the path below the list counts', async (t) => {
  const tree = `${other}  ./deb.iso\n${sha256(bytes)}  ./netboot/deb.iso\n${other}  ./netboot/gtk/deb.iso\n`;
  const { mirror, keyrings } = await publish(t, { '/images/SUMS': tree });
  const checksums = { url: `${mirror.url}/images/SUMS` };
  const url = `${mirror.url}/images/netboot/deb.iso?x=/deb.iso`;
  const { spec } = resource('Image', 'deb', { type: 'iso', url, checksums });
  const dispatcher = new Agent();
  t.teardown(() => dispatcher.destroy());
  const fetching = { dispatcher, stallMs: 1000, signal: AbortSignal.timeout(20_000) };
  t.match(await expectedOf(spec as ImageSpec, keyrings, fetching), found);
});
