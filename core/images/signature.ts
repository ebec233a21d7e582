import type * as OpenPgp from 'openpgp';
import { SerabutError } from '../errors.js';

/** Loaded when the first list is verified: it is large, and most servers never need it. */
const library = () => import('openpgp');

/** Who signed: the fingerprint of the key in upper-case hexadecimal digits, as people compare them. */
export interface Signer {
  readonly fingerprint: string;
}

/** A list whose signature is genuine: what exactly was signed, and by whom. */
export interface Signed extends Signer {
  readonly text: Buffer;
}

/** A keyring in use: its keys, and its name for messages. */
export interface Keyring {
  readonly name: string;
  readonly keys: OpenPgp.PublicKey[];
}

/**
 * Reads a keyring: binary as of `gpg --export`, or armoured, several blocks as well. Throws SERABUT_ERR_IMAGE_SIGNATURE
 * for what is none.
 */
export async function readKeyring(name: string, bytes: Buffer): Promise<Keyring> {
  const { readKeys } = await library();
  if (bytes.toString('latin1', 8, 12) === 'KBXf')
    throw refused(`keyrings/${name} is a keybox of GnuPG, which only that reads: write it with gpg --export`);
  const blocks = bytes.toString('latin1').match(/-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END[^\n]*/g) ?? [];
  try {
    const keys = blocks.length > 0 ? await armoured(blocks) : await readKeys({ binaryKeys: bytes });
    return { name, keys: keys as OpenPgp.PublicKey[] };
  } catch (cause) {
    throw refused(`keyrings/${name} cannot be read as a keyring: ${(cause as Error).message}`, cause);
  }
}

async function armoured(blocks: readonly string[]): Promise<OpenPgp.Key[]> {
  const { readKeys } = await library();
  return (await Promise.all(blocks.map((armoredKeys) => readKeys({ armoredKeys })))).flat();
}

/** Verifies a signature that is a file of its own, armoured or binary. Throws SERABUT_ERR_IMAGE_SIGNATURE. */
export async function verifyDetached(list: Buffer, signature: Buffer, keyring: Keyring): Promise<Signed> {
  const { createMessage, readSignature, verify } = await library();
  const text = signature.toString('latin1');
  const isArmoured = text.trimStart().startsWith('-----BEGIN PGP SIGNATURE-----');
  const read = isArmoured ? { armoredSignature: text } : { binarySignature: signature };
  const parsed = await readSignature(read as { armoredSignature: string }).catch((cause: Error) => {
    throw refused(`what should be the list's signature is none: ${cause.message}`, cause);
  });
  const message = await createMessage({ binary: new Uint8Array(list) });
  const { signatures } = await verify({ message, signature: parsed, verificationKeys: keyring.keys }).catch(unverified);
  return { ...(await signer(signatures, keyring)), text: list };
}

/** Verifies a clear-signed list; only what was signed is in the result. Throws SERABUT_ERR_IMAGE_SIGNATURE. */
export async function verifyClearSigned(list: Buffer, keyring: Keyring): Promise<Signed> {
  const { readCleartextMessage, verify } = await library();
  const message = await readCleartextMessage({ cleartextMessage: list.toString('utf8') }).catch((cause: Error) => {
    throw refused(`the clear-signed list cannot be read: ${cause.message}`, cause);
  });
  const { data, signatures } = await verify({ message, verificationKeys: keyring.keys }).catch(unverified);
  return { ...(await signer(signatures, keyring)), text: Buffer.from(data, 'utf8') };
}

type Verified = Awaited<ReturnType<typeof OpenPgp.verify>>;

/** The signer of the first signature that is genuine: a list may be signed with an old and a new key at once. */
async function signer(signatures: Verified['signatures'], keyring: Keyring): Promise<Signer> {
  const unknown: string[] = [];
  const wrong: string[] = [];
  for (const { keyID, signature, verified } of signatures) {
    const known = keyring.keys.find((key) => key.getKeys(keyID).length > 0);
    const fingerprint = known?.getFingerprint().toUpperCase();
    const reason = await verified.then(() => undefined).catch((error: Error) => error.message);
    if (fingerprint === undefined) unknown.push(await issuer(signature, keyID.toHex()));
    else if (reason === undefined) return { fingerprint };
    else wrong.push(`${fingerprint} (${reason})`);
  }
  if (wrong.length > 0) throw refused(`the list's signature is wrong: it says to be of key ${wrong.join(' and ')}`);
  if (unknown.length === 0) throw refused('the list has no signature in it');
  throw refused(`the list is signed by key ${unknown.join(' and ')}, which is not in keyrings/${keyring.name}`);
}

/** The fingerprint that a signature names, or the key id of old ones. */
async function issuer(signature: Promise<OpenPgp.Signature>, keyId: string): Promise<string> {
  const [packet] = (await signature).packets as readonly { issuerFingerprint?: Uint8Array | null }[];
  const fingerprint = packet?.issuerFingerprint;
  return fingerprint ? Buffer.from(fingerprint).toString('hex').toUpperCase() : keyId.toUpperCase();
}

/** What the library throws before it has looked at a signature: it may be of an algorithm that nobody knows. */
function unverified(cause: Error): never {
  throw refused(`the list's signature cannot be verified: ${cause.message}`, cause);
}

export function refused(message: string, cause?: unknown): SerabutError {
  return new SerabutError('SERABUT_ERR_IMAGE_SIGNATURE', message, { cause, retryAfter: 600 });
}
