import type { Seed } from './target.js';

/** Who may act on the server that is fuzzed. */
export const operatorToken = 'correct-horse-battery';

const mac =
  'mac=52-54-00-00-00-01&uuid=&serial=R7&manufacturer=QEMU&product=Standard%20PC&arch=x86_64&platform=efi&memory=4096';
const token = 'A'.repeat(43);
const action = `Host: 10.0.0.2\r\nAuthorization: Bearer ${operatorToken}\r\nContent-Type: application/json\r\n`;
const form = 'Host: 10.0.0.2\r\nOrigin: http://10.0.0.2\r\nContent-Type: application/x-www-form-urlencoded\r\n';

/** A request, with the length of its body. */
function request(line: string, head = 'Host: 10.0.0.2\r\n', body = ''): string {
  const length = body === '' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return `${line} HTTP/1.1\r\n${head}${length}\r\n${body}`;
}

const reading = [
  '/',
  '/healthz',
  '/readyz',
  '/metrics',
  '/boot',
  `/boot?${mac}`,
  '/boot/debian-13',
  `/boot/debian-13?profile=web&${mac}`,
  '/boot/iso:mini',
  '/configuration/web/automation/debian-13/preseed.cfg',
  `/installations/${token}/automation/preseed.cfg`,
  `/installations/${token}/done`,
  '/with-firmware/debian-13/initrd.gz',
  '/iso/content/mini.iso/',
  '/iso/content/mini.iso/.disk/info',
  '/iso/content/mini.iso/linux',
  '/iso/download/mini.iso',
  '/ipxe/snponly.efi',
  '/machines',
  '/machines?phase=Waiting&search=a&sort=name&page=2',
  '/machines/web-1',
  '/machines/web-1/preview',
  '/machines/web-1/accept',
  '/images',
  '/distros',
  '/plugins',
  '/login?next=/machines',
  '/assets/a/b.css',
  '/api/v1/overview',
  '/api/v1/machines?limit=2&offset=0',
  '/api/v1/machines/web-1',
  '/api/v1/machines/web-1/log?after=1',
  '/api/v1/images',
  '/api/v1/distros',
  '/api/v1/profiles',
  '/api/v1/plugins',
  '/api/v1/openapi.json',
  '/api/v1/events',
];

/** Requests to every route, with what clients of each send. */
export function httpSeeds(): Seed[] {
  const ranges =
    'Host: a\r\nRange: bytes=10-99\r\nIf-Range: "x"\r\nIf-None-Match: W/"x", *\r\nIf-Modified-Since: Sat, 28 Nov 2026 22:00:00 GMT\r\n';
  const chunked = `POST /installations/${token}/progress HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`;
  const requests = [
    ...reading.map((path) => request(`GET ${path}`)),
    request('HEAD /iso/content/mini.iso/linux'),
    request('GET /iso/content/mini.iso/initrd.gz', ranges),
    request(`POST /installations/${token}/failed?reason=a`, undefined, '{"name":"a","event_type":"b","result":"FAIL"}'),
    request('POST /api/v1/machines/web-1/reinstall', action, '{"generation":2}'),
    request('POST /api/v1/machines/web-1/accept', action, '{"bootProfile":"web"}'),
    request('POST /api/v1/images', action, '{"name":"new","url":"http://10.0.0.9/a.iso","sha256":"00"}'),
    request('DELETE /api/v1/machines/web-1', action),
    request('POST /login', form, `token=${operatorToken}&next=%2Fmachines`),
    request('POST /machines/web-1/forget', form, 'csrf=a&generation=2'),
    chunked,
    `${request('GET /healthz')}${request('HEAD /boot')}${request('GET /iso/content/mini.iso/linux')}${request('GET /metrics')}`,
    'GET /healthz HTTP/1.0\r\n\r\n',
  ];
  return requests.map((text, at) => ({ name: `${at}`, bytes: Buffer.from(text) }));
}
