import { operatorToken } from './http-seeds.js';
import type { Random } from './random.js';
import type { Seed } from './target.js';
import { changeTokens, textMutator, tokensOf } from './text-mutate.js';

const paths = [
  ...[
    '..',
    '../',
    '/../../../../outside',
    '/..%2f..%2foutside',
    '%2e%2e/',
    '%2e%2e%2f',
    '..%5c',
    '%00',
    '%0d%0ax-injected:%201',
    '%',
    '%zz',
    '%25',
    '%c0%ae',
  ],
  ...[
    '//',
    '/./',
    '/etc/passwd',
    '/secrets/web/root',
    '/tokens',
    '?',
    '#',
    '&',
    '=',
    '[]',
    '[a]=b',
    '&mac=52:54:00:00:00:01',
    'mac=52:54:00:00:00:02',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'http://10.0.0.9/',
    '//evil/',
    'javascript:alert(1)',
    '\\',
    '"',
    '<script>',
    '*',
    '+',
    ';',
    ',',
    '\xff',
    '\xc3\xa9',
    'a'.repeat(300),
  ],
];

const headers = [
  ...[
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: identity, chunked',
    'Transfer-Encoding : chunked',
    'Content-Length: 5',
    'Content-Length: -1',
    'Content-Length: +5',
  ],
  ...[
    'Content-Length: 18446744073709551616',
    ' folded',
    'Expect: 100-continue',
    'Expect: x',
    'Upgrade: h2c',
    'Connection: close',
    'Connection: keep-alive',
  ],
  ...[
    'Host: ',
    'Host: b',
    'Host: a b',
    'Range: bytes=0-',
    'Range: bytes=-5',
    'Range: bytes=9-1',
    'Range: bytes=0-0,5-5',
    'Range: bytes=99999999999999999999-',
    'Range: bytes=5000-',
  ],
  ...[
    'If-Match: *',
    'If-Match: "x"',
    'If-None-Match: *',
    'If-Range: "x"',
    'If-Modified-Since: x',
    'If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT',
    'Accept: text/html',
  ],
  ...[
    'HX-Request: 1',
    'HX-Current-URL: //evil/',
    'HX-Current-URL: http://evil/a',
    `Authorization: Bearer ${operatorToken}`,
    'Authorization: Bearer x',
    'Authorization: Basic YTpi',
  ],
  ...[
    `Cookie: serabut-session=${'A'.repeat(43)}`,
    'Cookie: =;=',
    'Origin: http://evil',
    'Origin: null',
    'Sec-Fetch-Site: cross-site',
    'User-Agent: iPXE/1.21.1',
    'Serabut-Simulation: 1',
  ],
  ...[
    'Last-Event-ID: 9',
    'Content-Type: application/json',
    'Content-Type: text/plain',
    'Content-Type: a/b; c="',
    'Content-Encoding: gzip',
    'X-Forwarded-For: 10.0.0.1',
    'X: \xff',
    `X: ${'a'.repeat(9000)}`,
  ],
];

const bodies = [
  '{"__proto__":{"a":1}}',
  '{"constructor":{"prototype":{}}}',
  '{',
  '}',
  '[',
  ']',
  '"',
  'null',
  '1e999',
  '&',
  '=',
  '%',
  '../',
  '\0',
  '\xff',
  'csrf=',
  'next=//evil/',
  'generation=1',
  '\\u0000',
  '[[[[',
];

const signs = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  ' ',
  '\t',
  ':',
  '\0',
  '\x7f',
  ' HTTP/1.0',
  ' HTTP/2.0',
  ' HTTP/0.9',
  'GET ',
  'PRI * ',
  'CONNECT a:1',
  '0\r\n\r\n',
  'ffffffffffffffff\r\n',
  '5;a=b\r\nhello\r\n',
];

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'BREW', 'get'];

interface Request {
  readonly method: string;
  readonly path: string;
  readonly head: readonly string[];
  readonly body: string;
}

/** Requests of which parts are changed and which stay requests, some of them one after the other; and bytes that are none. */
export function httpMutator(seeds: readonly Seed[]): (random: Random) => Uint8Array {
  const requests = seeds.map(({ bytes }) => parsed(Buffer.from(bytes).toString('latin1')));
  const all = requests.flatMap(({ path }) => tokensOf(path));
  const raw = textMutator({ pieces: [...signs, ...paths, ...headers, ...bodies], longest: 40_000 })(seeds);
  return (random) => {
    if (random.oneIn(8)) return raw(random);
    const count = random.oneIn(6) ? 2 + random.below(4) : 1;
    const texts = Array.from({ length: count }, () => changed(random.pickOf(requests) as Request, all, random));
    return Buffer.from(texts.join(''), 'latin1');
  };
}

function parsed(text: string): Request {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [line = '', ...fields] = head.split('\r\n');
  const [method = '', path = ''] = line.split(' ');
  return { method, path, head: fields.filter((field) => !/^content-length/i.test(field)), body: rest.join('\r\n\r\n') };
}

function changed(request: Request, all: readonly string[], random: Random): string {
  const method = random.oneIn(10) ? random.pickOf(methods) : request.method;
  const path = random.oneIn(3) ? request.path : changedText(request.path, { all, pieces: paths }, random);
  const head = changedHead(request.head, random);
  const body =
    request.body === '' && !random.oneIn(10) ? '' : changedText(request.body, { all: bodies, pieces: bodies }, random);
  const isChunked = head.some((field) => /^transfer-encoding/i.test(field));
  if (body !== '' && !isChunked) head.push(`Content-Length: ${random.oneIn(8) ? random.below(100) : body.length}`);
  const line = `${method} ${random.oneIn(20) ? path : escaped(path)} HTTP/1.${random.oneIn(20) ? 0 : 1}`;
  return `${[line, ...head].join('\r\n')}\r\n\r\n${body}`;
}

function changedText(text: string, by: { all: readonly string[]; pieces: readonly string[] }, random: Random): string {
  const tokens = tokensOf(text);
  changeTokens(tokens, random, { ...by, changes: 1 + random.below(3) });
  return tokens.join('');
}

function changedHead(head: readonly string[], random: Random): string[] {
  const fields = head.filter(() => !random.oneIn(30));
  for (let left = random.below(4); left > 0; left--)
    fields.splice(random.below(fields.length + 1), 0, random.pickOf(headers) ?? '');
  return fields.map((field) =>
    random.oneIn(30) ? changedText(field, { all: headers, pieces: signs }, random) : field,
  );
}

/** As clients write a path: what may not stand in the first line is escaped. */
function escaped(path: string): string {
  const code = (sign: string) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return path.slice(0, 20_000).replaceAll(/[^!-~]/g, code);
}
