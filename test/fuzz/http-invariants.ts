import { strict as assert } from 'node:assert';
import { type ErrorCode, errorTable } from '../../core/errors.js';
import type { Conversation } from './http-server.js';

/** All names of headers that any answer has; another one was put in by the request. */
const headers = new Set([
  ...[
    'content-type',
    'content-length',
    'transfer-encoding',
    'date',
    'connection',
    'keep-alive',
    'cache-control',
    'etag',
  ],
  ...[
    'last-modified',
    'accept-ranges',
    'content-range',
    'retry-after',
    'location',
    'vary',
    'set-cookie',
    'www-authenticate',
  ],
  ...[
    'content-security-policy',
    'x-content-type-options',
    'referrer-policy',
    'cross-origin-resource-policy',
    'allow',
    'hx-redirect',
  ],
]);

const good = [100, 200, 201, 202, 204, 206, 303, 304];

interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/**
 * The answers on a connection, each checked by itself. One may be shorter than it says where the server has cut the
 * connection off, as it does when the body of the request breaks while its answer is on its way.
 */
export function requireAnswers({ answer: bytes, methods, isCut }: Conversation): Answer[] {
  const answers: Answer[] = [];
  const left = [...methods];
  for (let rest = bytes.toString('latin1'); rest !== ''; ) {
    const [head = '', code = '', fields = ''] =
      /^HTTP\/1\.1 (\d{3}) [ -~]*\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(rest) ?? [];
    assert(head !== '', `this is no answer: ${JSON.stringify(rest.slice(0, 300))}`);
    const status = Number(code);
    const parsed = parseHeaders(fields);
    // Node answers by itself what it passes on to nobody, such as a request without a host.
    const isOfRequest = status >= 200 && (status < 400 || parsed.has('content-type'));
    const isOfHead = isOfRequest && left[0] === 'HEAD';
    const isBare = !isOfRequest && !parsed.has('content-length') && !parsed.has('transfer-encoding');
    const { body, length } = bodyOf(rest.slice(head.length), parsed, isBare || isOfHead || status === 304);
    assert(
      body.length === length || isCut || parsed.has('transfer-encoding'),
      `${body.length} of ${length} bytes came`,
    );
    if (isOfRequest) left.shift();
    const answer = { status, headers: parsed, body };
    requireAnswer(answer, head);
    answers.push(answer);
    rest = rest.slice(head.length + length);
  }
  return answers;
}

function parseHeaders(fields: string): Map<string, string> {
  const parsed = new Map<string, string>();
  for (const field of fields.split('\r\n').slice(0, -1)) {
    const [, name = '', value = ''] = /^([A-Za-z-]+): ([ -~]*)$/.exec(field) ?? [];
    const key = name.toLowerCase();
    assert(headers.has(key), `a header that no route has: ${JSON.stringify(field)}`);
    assert(!parsed.has(key), `a header comes twice: ${field}`);
    parsed.set(key, value);
  }
  return parsed;
}

function bodyOf(rest: string, fields: ReadonlyMap<string, string>, isEmpty: boolean): { body: string; length: number } {
  if (isEmpty) return { body: '', length: 0 };
  const length = fields.get('content-length');
  if (length !== undefined) {
    return { body: rest.slice(0, Number(length)), length: Number(length) };
  }
  if (fields.get('transfer-encoding') === undefined) return { body: rest, length: rest.length };
  return dechunked(rest);
}

function dechunked(rest: string): { body: string; length: number } {
  let body = '';
  for (let at = 0; ; ) {
    const [head = '', digits = ''] = /^([0-9a-f]+)\r\n/i.exec(rest.slice(at, at + 20)) ?? [];
    // What the fuzzer has broken off itself, a stream of events, is cut there.
    if (head === '') return { body, length: rest.length };
    const size = Number.parseInt(digits, 16);
    body += rest.slice(at + head.length, at + head.length + size);
    at += head.length + size + 2;
    if (size === 0) return { body, length: at };
  }
}

function requireAnswer({ status, headers: fields, body }: Answer, head: string): void {
  const type = fields.get('content-type') ?? '';
  const location = fields.get('location') ?? fields.get('hx-redirect');
  assert(location === undefined || /^\/(?![/\\])/.test(location), `it leads elsewhere: ${location}`);
  if (status < 400) {
    assert(good.includes(status), `the status ${status}`);
    return;
  }
  // What Node answers by itself has no text, nor has the answer to HEAD.
  if (body === '') return;
  const code = codeOf(body, type);
  assert(
    code !== undefined && Object.hasOwn(errorTable, code),
    `an error without a code: ${head}${body.slice(0, 300)}`,
  );
  assert(code !== 'SERABUT_ERR_INTERNAL', `an error that nobody foresaw: ${head}${body.slice(0, 300)}`);
  assert.equal(errorTable[code as ErrorCode].status, status, code);
}

/** Every error says its code: in text, as a problem of JSON, or on a page. */
function codeOf(body: string, type: string): string | undefined {
  if (type.startsWith('application/json')) {
    const problem = JSON.parse(Buffer.from(body, 'latin1').toString()) as Record<string, unknown>;
    assert.deepEqual(Object.keys(problem).sort(), ['code', 'help', 'message', 'where']);
    return String(problem.code);
  }
  if (type.startsWith('text/html')) return /SERABUT_ERR_\w+/.exec(body)?.[0] ?? 'SERABUT_ERR_OPERATOR_TOKEN';
  return /^(SERABUT_ERR_\w+): /.exec(body)?.[1];
}
