import t from 'tap';
import { lookAtLan } from '../../../core/doctor/live/look.js';
import type { HttpAnswer, LiveTools } from '../../../core/doctor/live/tools.js';
import { liveText } from '../../../core/doctor/live-text.js';
import { SerabutError } from '../../../core/errors.js';
import type { DhcpAnswer } from '../../../core/lan/dhcp-packet.js';

const lan = {
  interface: 'eth0',
  address: '192.168.88.9',
  netmask: '255.255.255.0',
  network: '192.168.88.0',
  prefix: 24,
};
const [routerAddress, boot] = ['192.168.88.1', '192.168.88.2'];
const url = `http://${boot}:8080/boot?mac=\${mac}`;
const noon = Date.UTC(2026, 10, 28, 12);

function answer(from: string, more: Partial<DhcpAnswer> = {}): DhcpAnswer {
  return {
    from,
    transaction: 1,
    yiaddr: '0.0.0.0',
    siaddr: '0.0.0.0',
    serverName: '',
    file: '',
    vendorClass: '',
    ...more,
  };
}

const router = answer(routerAddress, { yiaddr: '192.168.88.50', siaddr: routerAddress });
const proxy = answer(boot, { vendorClass: 'PXEClient', siaddr: boot });
const named = answer(boot, { vendorClass: 'PXEClient', siaddr: boot, file: 'snponly.efi' });
const scripted = answer(boot, { vendorClass: 'PXEClient', siaddr: boot, file: url });

interface Lan {
  readonly offers?: readonly DhcpAnswer[];
  readonly onPxePort?: readonly DhcpAnswer[];
  readonly toIpxe?: readonly DhcpAnswer[];
  readonly toIpxeOnPxePort?: readonly DhcpAnswer[];
  readonly tftp?: Error;
  readonly http?: HttpAnswer | Error;
  readonly free?: number | Error;
  readonly portError?: Error;
}

const asked: string[] = [];

function tools(wanted: Lan): LiveTools {
  const { offers = [router, proxy], onPxePort = [named], toIpxe = [router, scripted], toIpxeOnPxePort = [] } = wanted;
  const { http = { status: 200, date: noon + 1500, text: '#!ipxe\n' }, free = 1e12 } = wanted;
  return {
    ask: async ({ isIpxe }, server) => {
      if (wanted.portError) throw wanted.portError;
      if (server === undefined) return isIpxe ? toIpxe : offers;
      return isIpxe ? toIpxeOnPxePort : onPxePort;
    },
    readTftp: async () => {
      if (wanted.tftp) throw wanted.tftp;
      return Buffer.from('MZ');
    },
    get: async (url) => {
      asked.push(url);
      if (http instanceof Error) throw http;
      return http;
    },
    free: async () => {
      if (free instanceof Error) throw free;
      return free;
    },
    now: () => noon,
  };
}

async function look(wanted: Lan, more: { data?: string; server?: string } = {}) {
  const report = await lookAtLan({ lan, ...more }, tools(wanted));
  return {
    report,
    codes: report.findings.map(({ code }) => code),
    causes: report.findings.map(({ cause }) => cause).join('\n'),
  };
}

t.test('a LAN in order is gone through to the end', async (t) => {
  const { report, codes } = await look({}, { data: '/data' });
  t.strictSame(codes, []);
  t.strictSame(report.steps.map(({ state }) => state), Array(11).fill('ok')); // biome-ignore format: short
  t.equal(asked.at(-1), `http://${boot}:8080/boot?mac=`);
  t.match(
    [...liveText(report)].join(''),
    /^ {2}ok {4}this host is on the LAN +192\.168\.88\.9\/24 on eth0\n.*All that was looked at works/s,
  );
});

const silent = new SerabutError('SERABUT_ERR_LAN', 'nobody answered on UDP 69 within 6 s');
const missing = new SerabutError('SERABUT_ERR_LAN', 'the server says "file not found"');
const refused = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });

const faults: Readonly<Record<string, readonly [wanted: Lan, codes: readonly string[], cause: RegExp]>> = {
  'nobody answers': [{ offers: [] }, ['no-dhcp', 'no-proxy'], /^Nobody answers by DHCP/],
  'no router': [{ offers: [proxy] }, ['no-addresses'], /^192\.168\.88\.2 offers network boot, but nobody/],
  'no proxy': [{ offers: [router] }, ['no-proxy'], /^192\.168\.88\.1 gives addresses, and nobody on the LAN/],
  'two proxies': [
    { offers: [router, proxy, { ...proxy, from: '192.168.88.3' }] },
    ['two-proxies'],
    /2 and 192\.168\.88\.3/,
  ],
  'a router with PXE': [
    { offers: [{ ...router, vendorClass: 'PXEClient', serverName: 'old', file: 'pxelinux.0' }, proxy] },
    ['router-sends-pxe'],
    /sends option 60 "PXEClient", the server "old" \(66\), the file "pxelinux\.0" \(67\), the next server 192\.168\.88\.1:/,
  ],
  'port 4011 silent': [{ onPxePort: [] }, ['pxe-port-silent'], /does not answer on UDP port 4011/],
  'port 4011 without a file': [{ onPxePort: [proxy] }, ['pxe-port-no-file'], /names no boot program/],
  'TFTP silent': [{ tftp: silent }, ['tftp-silent'], /snponly\.efi does not come from 192\.168\.88\.2/],
  'another next server': [
    { onPxePort: [{ ...named, siaddr: '192.168.88.77' }], tftp: silent },
    ['wrong-next-server'],
    /does not come from 192\.168\.88\.77/,
  ],
  'no loader': [{ tftp: missing }, ['loader-missing'], /file not found/],
  'iPXE gets nothing': [{ toIpxe: [router] }, ['ipxe-no-script-url'], /Nobody offers iPXE the URL/],
  'iPXE gets the loader': [{ toIpxe: [router, named] }, ['ipxe-gets-loader'], /tells iPXE to load snponly\.efi/],
  'iPXE gets the loader on port 4011': [{ toIpxe: [proxy], toIpxeOnPxePort: [named] }, ['ipxe-gets-loader'], /snponly/],
  'server away': [
    { http: refused },
    ['address-unreachable'],
    /192\.168\.88\.2:8080 cannot be .* connect ECONNREFUSED\.$/,
  ],
  'server at fault': [
    { http: { status: 500, date: noon, text: 'SERABUT_ERR_X: no\nmore' } },
    ['server-error'],
    /500: SERABUT_ERR_X: no$/,
  ],
  'server not ready': [{ http: { status: 503, date: null, text: 'wait' } }, ['server-not-ready'], /is not ready: wait/],
  'script gone': [{ http: { status: 404, date: noon, text: '' } }, ['script-missing'], /answers 404/],
  'clock ahead': [{ http: { status: 200, date: noon + 3_600_000, text: '' } }, ['clock-off'], /is 3600 s ahead of/],
  'clock behind': [{ http: { status: 200, date: noon - 90_000, text: '' } }, ['clock-off'], /is 90 s behind the one/],
  'disk full': [{ free: 1000 }, ['space-low', 'space-low'], /^Only 0\.0 MB are free at \/data\./],
};

for (const [name, [wanted, expected, cause]] of Object.entries(faults)) {
  t.test(`${name}: it is found`, async (t) => {
    const { codes, causes, report } = await look(wanted, { data: '/data' });
    t.strictSame(codes, expected);
    t.match(causes, cause);
    t.match(
      [...liveText(report)].join(''),
      new RegExp(`FAIL .* ${expected[0]}\\n.*\\ncause:  \\[${expected[0]}\\] .*\\nremedy: `, 's'),
    );
  });
}

t.test('without the right to port 68 the rest is looked at all the same', async (t) => {
  const portError = new SerabutError('SERABUT_ERR_LAN', 'port 68 cannot be had: bind EACCES');
  const { report, codes } = await look(
    { portError, free: new Error('ENOENT') },
    { server: `http://${boot}:8080`, data: '/data' },
  );
  t.strictSame(codes, []);
  t.match(report.steps, [
    {},
    { state: '-', detail: /EACCES; run it as root/ },
    { state: 'ok' },
    {},
    { state: '-' },
    { detail: '/data/state/squid is not there' },
  ]);
  t.equal(asked.at(-1), `http://${boot}:8080/readyz`);
  t.match((await look({ portError })).report.steps.at(-1), { state: '-', detail: /--server does/ });
});

t.test('what nobody foresaw is not taken for a finding', async (t) => {
  await t.rejects(look({ portError: new RangeError('odd') }), RangeError);
  await t.rejects(look({ tftp: new RangeError('odd') }), RangeError);
});
