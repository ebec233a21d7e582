/** The first line of a request or of a response. */
export type HttpLine =
  | { readonly kind: 'request'; readonly method: string; readonly target: string }
  | { readonly kind: 'response'; readonly status: number };

/** What a segment is looked at for its first line, in bytes. */
const longestLine = 2048;

/** RFC 9112 §3 and §4. Undefined for a segment that begins with neither, as all but the first ones do. */
export function decodeHttpLine(bytes: Buffer): HttpLine | undefined {
  const [line = ''] = bytes.toString('latin1', 0, longestLine).split('\r\n', 1);
  const request = /^([A-Z]{3,7}) (\S+)/.exec(line);
  if (request !== null) return { kind: 'request', method: request[1] ?? '', target: request[2] ?? '' };
  const response = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(line);
  return response === null ? undefined : { kind: 'response', status: Number(response[1]) };
}
