import type { Finding } from '../check.js';
import Type, { type Static } from '../typebox.js';
import { control, fileName, oneOf, text } from './text.js';

/** A URL that the server itself fetches. No user and password: the URL stands in statuses and logs. */
const sourceUrl = () =>
  text(`^https?://[A-Za-z0-9.:\\[\\]-]+(/[^\\s#${control}]*)?$`, 'an http or https URL without a user and a "#"', 2048);

/** A list of checksums that the publisher of an image gives, such as `SHA256SUMS`, and how it is signed. */
const checksums = Type.Object(
  {
    url: sourceUrl(),
    /** Of its detached signature; left out for a list that is clear-signed. */
    signature: Type.Optional(sourceUrl()),
    /** The name of a file in `keyrings/` of the data directory, with the keys that may have signed it. */
    keyring: Type.Optional(fileName()),
  },
  { additionalProperties: false },
);

/** A file that the distribution publishes: an ISO in `isos/`, or a firmware archive in `firmware/`. */
export const imageSpec = Type.Object(
  {
    type: Type.Union([Type.Literal('iso'), Type.Literal('firmware')], { expected: '"iso" or "firmware"' }),
    /** Its name in `isos/` or `firmware/` of the data directory; the last part of `url` when left out. */
    path: Type.Optional(fileName()),
    /** Where the server downloads it from; somebody puts it there when left out. */
    url: Type.Optional(sourceUrl()),
    sha256: Type.Optional(text('^[0-9a-f]{64}$', 'a SHA-256 of 64 hexadecimal digits in lower case', 64)),
    checksums: Type.Optional(checksums),
    /** How fast it is downloaded at most, in megabytes (10^6 bytes) per second. */
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, expected: 'whole megabytes per second' })),
    /** Whether a downloaded file stays when no Distro refers to the Image any more. */
    keep: Type.Unsafe<'always' | 'referenced'>({ ...oneOf('always', 'referenced'), default: 'always' }),
  },
  { additionalProperties: false },
);

export type ImageSpec = Static<typeof imageSpec>;

/** The name of an Image's file. */
export function imageFile({ path, url = '' }: ImageSpec): string {
  return path ?? lastPart(url);
}

/** The last part of a URL's path, as it is written there. */
export function lastPart(url: string): string {
  return url.replace(/\?.*$/, '').split('/').slice(3).at(-1) ?? '';
}

/** What is wrong with an Image beyond the form of its fields. */
export function imageMeaning(spec: ImageSpec): Finding[] {
  const { path, url, checksums: list, type } = spec;
  if (url === undefined) return path === undefined ? [finding('path', 'a path or a url', 'neither')] : withoutUrl(spec);
  const findings = [url, list?.url, list?.signature]
    .filter((source) => source !== undefined && !URL.canParse(source))
    .map((source) => finding('url', 'a URL', String(source)));
  const name = imageFile(spec);
  if (!/^[A-Za-z0-9][-A-Za-z0-9._+~]*$/.test(name) || name.length > 200)
    findings.push(finding('path', 'a plain file name, as the url does not end with one', name));
  else if (type === 'iso' && !name.endsWith('.iso')) findings.push(finding('path', 'a name that ends with .iso', name));
  if (list !== undefined && spec.sha256 !== undefined)
    findings.push(finding('checksums', 'either sha256 or checksums', 'both'));
  if (list?.signature !== undefined && list.keyring === undefined)
    findings.push(finding('checksums.keyring', 'the keyring that the signature is checked with', 'nothing'));
  return findings;
}

/** What only makes sense for an image that is downloaded. */
function withoutUrl({ checksums: list, limit, keep }: ImageSpec): Finding[] {
  const given = { checksums: list, limit, keep: keep === 'referenced' ? keep : undefined };
  return Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [finding(name, 'nothing, as there is no url', 'a value')],
  );
}

function finding(path: string, expected: string, received: string): Finding {
  return { path: `spec.${path}`, expected, received };
}
