import { asSerabutError, SerabutError } from '../errors.js';

/** After how many seconds a download is tried again: what passes by itself, and what somebody has to mend. */
const SOON = 5;
const LATER = 1800;

/** A download that failed by what may pass by itself. */
export function failed(message: string, where: string, cause?: unknown): SerabutError {
  return new SerabutError('SERABUT_ERR_IMAGE_DOWNLOAD', message, { where, cause, retryAfter: SOON });
}

/** A download that fails until somebody mends something; tried again now and then, since that may be elsewhere. */
export function failedForNow(message: string, where: string, cause?: unknown): SerabutError {
  return new SerabutError('SERABUT_ERR_IMAGE_DOWNLOAD', message, { where, cause, retryAfter: LATER });
}

/** What an error of a connection means; its code is of Node (errno, `tls`) or of undici. */
export function connectionFailure(thrown: unknown, url: string): SerabutError {
  if (thrown instanceof SerabutError) return thrown;
  const { host, hostname } = new URL(url);
  const { code = '', message } = deepest(thrown);
  if (code === 'ENOTFOUND') return failed(`there is no host ${hostname} in DNS`, url, thrown);
  if (code === 'EAI_AGAIN') return failed(`DNS does not answer for ${hostname}`, url, thrown);
  if (code === 'ECONNREFUSED') return failed(`${host} refuses the connection`, url, thrown);
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT')
    return failed(`${host} cannot be reached: a firewall or proxy may be in the way`, url, thrown);
  if (/^UND_ERR_(BODY|HEADERS)_TIMEOUT$/.test(code))
    return failed(`${host} stalled: it sent nothing for too long`, url, thrown);
  if (/^UND_ERR_(SOCKET|RES_CONTENT_LENGTH_MISMATCH)$|^ECONNRESET$|^EPIPE$/.test(code))
    return failed(`${host} ended the connection early`, url, thrown);
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/.test(code))
    return failedForNow(
      `the TLS certificate or connection of ${host} is not trusted (${code}: ${message}): a clock that is wrong, a proxy that opens TLS, or the wrong server`,
      url,
      thrown,
    );
  return failed(`${host}: ${message}`, url, thrown);
}

/** What a status that is no success means. */
export function statusFailure(status: number, url: string): SerabutError {
  const { host } = new URL(url);
  if (status === 404 || status === 410)
    return failedForNow(`${host} has no such file (HTTP ${status}): releases move, see where it is now`, url);
  if (status === 401 || status === 403)
    return failedForNow(`${host} does not allow the download (HTTP ${status}): use a mirror that does`, url);
  const passes = status >= 500 || status === 408 || status === 429;
  return (passes ? failed : failedForNow)(`${host} answered with HTTP ${status}`, url);
}

/** What failed while a file was written: a full disk is named as such. */
export function writeFailure(thrown: unknown, path: string): SerabutError {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return asSerabutError(thrown);
  const message = `the volume became full while the image was written (${code})`;
  return new SerabutError('SERABUT_ERR_IMAGE_SPACE', message, { where: path, cause: thrown, retryAfter: 60 });
}

/** The error below its wrappings that has a code; of several addresses of a host, the last. */
function deepest(thrown: unknown): { code?: string; message: string } {
  let error = thrown as { code?: string; message: string; cause?: unknown; errors?: unknown[] };
  for (let depth = 0; depth < 5; depth += 1) {
    const next = error.errors?.at(-1) ?? error.cause;
    if (!(next instanceof Error)) break;
    error = next as typeof error;
  }
  return error;
}
