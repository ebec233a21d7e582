import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import t from 'tap';
import type { ClientName } from '../../../core/simulate/client-kinds.js';
import { type FaultCode, faultTable } from '../../../core/simulate/faults.js';
import { arm64, efiProgram, initrd, kernel } from '../../helpers/boot-programs.js';
import { type Between, type Plant, World } from '../../helpers/simulated-world.js';

/** A fault, how it is planted, and what must be said of it. */
interface Row {
  readonly name: string;
  readonly client?: ClientName;
  readonly plant: Plant;
  readonly code: FaultCode;
  readonly cause: RegExp;
}

/** Answers every request for a path in place of the server. */
const at =
  (path: RegExp, answer: (response: ServerResponse, method: string) => void): Between =>
  (url, { method = '' }, response) => {
    if (!path.test(url)) return false;
    answer(response, method);
    return true;
  };
const status = (code: number, text: string) => (response: ServerResponse) => void response.writeHead(code).end(text);
const bytes = (content: Buffer) => (response: ServerResponse) =>
  void response.writeHead(200, { 'content-length': content.length }).end(content);
const script = (...lines: string[]) => bytes(Buffer.from(['#!ipxe', ...lines, ''].join('\n')));

const json = (content: object) => bytes(Buffer.from(JSON.stringify(content)));
/** The first of these that has an answer. */
const either =
  (...all: Between[]): Between =>
  (...asked) =>
    all.some((one) => one(...asked) === true);

const emptyMenu = at(/^\/boot\?.*product=/, script('menu Serabut', 'item disk Disk', 'choose it', 'exit 1'));
const distros = (...items: object[]) => at(/^\/api\/v1\/distros$/, json({ items }));
const first = /^\/boot\?/;
const kernelPath = /\/linux$/;
const initrdPath = /\/initrd\.gz$/;
const answers = /\/preseed\.cfg/;

const rows: readonly Row[] = [
  {
    name: 'no proxy at all',
    plant: { offers: ([router]) => [router ?? {}] },
    code: 'no-proxy',
    cause: /^127\.0\.0\.1 gives addresses, and nobody on the LAN offers network boot$/,
  },
  {
    name: 'no DHCP addresses',
    plant: { offers: ([, proxy]) => [proxy ?? {}] },
    code: 'no-addresses',
    cause: /^no DHCP server of the LAN gives addresses; 127\.0\.0\.1 offers network boot$/,
  },
  {
    name: 'nobody answers by DHCP',
    plant: { offers: () => [] },
    code: 'no-addresses',
    cause: /neither with an address nor with network boot$/,
  },
  {
    name: 'no loader for this kind of machine',
    client: 'uefi-arm64',
    plant: { offers: (good, { arch }) => (arch === 11 ? good.slice(0, 1) : good) },
    code: 'no-loader-for-client',
    cause: /^127\.0\.0\.1 offers network boot to other machines, and none to uefi-arm64/,
  },
  {
    name: 'two proxies',
    plant: { offers: (good) => [...good, { vendorClass: 'PXEClient', next: '127.0.0.7', from: '127.0.0.7' }] },
    code: 'two-proxies',
    cause: /^127\.0\.0\.1 and 127\.0\.0\.7 offer network boot/,
  },
  {
    name: 'the router sends option 60',
    plant: { offers: ([, proxy]) => [{ address: '127.0.0.50', vendorClass: 'PXEClient' }, proxy ?? {}] },
    code: 'router-sends-pxe',
    cause: /^the DHCP server 127\.0\.0\.1 offers network boot itself \(option 60 "PXEClient"\)/,
  },
  {
    name: 'the router sends a file name as option 67',
    client: 'bios',
    plant: { offers: ([, proxy]) => [{ address: '127.0.0.50', bootFile: 'pxelinux.0' }, proxy ?? {}] },
    code: 'router-sends-pxe',
    cause: /\(the file name "pxelinux\.0"\)/,
  },
  {
    name: 'port 4011 silent',
    plant: { again: () => undefined },
    code: 'pxe-port-silent',
    cause: /nobody answered on UDP port 4011$/,
  },
  {
    name: 'no boot program on port 4011',
    plant: { again: (good) => ({ ...good, file: '' }) },
    code: 'pxe-port-no-file',
    cause: /answers on UDP port 4011, and names no boot program$/,
  },
  {
    name: 'wrong next-server',
    plant: { again: (good) => ({ ...good, next: '127.0.0.8' }) },
    code: 'wrong-next-server',
    cause: /^127\.0\.0\.1 sends machines to 127\.0\.0\.8 for snponly\.efi, where nobody has it$/,
  },
  {
    name: 'TFTP silent',
    plant: { tftp: () => undefined },
    code: 'tftp-silent',
    cause: /^snponly\.efi does not come from 127\.0\.0\.1: nobody answered on UDP \d+/,
  },
  {
    name: 'missing loader',
    plant: { tftp: () => 'missing' },
    code: 'loader-missing',
    cause: /^127\.0\.0\.1 has no snponly\.efi: the server says "file not found"$/,
  },
  {
    name: 'missing loader by HTTP',
    client: 'http',
    plant: { between: at(/^\/ipxe\//, status(404, 'SERABUT_ERR_FILE_NOT_FOUND: none')) },
    code: 'loader-missing',
    cause: /\/ipxe\/snponly\.efi answers 404: SERABUT_ERR_FILE_NOT_FOUND: none$/,
  },
  {
    name: 'wrong-architecture loader',
    plant: { tftp: () => efiProgram(arm64) },
    code: 'loader-wrong-architecture',
    cause: /^snponly\.efi is a program for arm64, which uefi-x64 cannot start$/,
  },
  {
    name: 'an EFI program for BIOS',
    client: 'bios',
    plant: { tftp: () => efiProgram(arm64) },
    code: 'loader-wrong-architecture',
    cause: /^undionly\.kpxe is an EFI program, which a BIOS cannot start$/,
  },
  {
    name: 'loader truncated',
    plant: { tftp: (_, good) => good.subarray(0, 20_000) },
    code: 'loader-cut-short',
    cause: /^snponly\.efi has 20000 bytes, and by its headers it has 40000$/,
  },
  {
    name: 'loader for BIOS truncated',
    client: 'bios',
    plant: { tftp: (_, good) => good.subarray(0, 2_000) },
    code: 'loader-cut-short',
    cause: /^undionly\.kpxe has 2000 bytes, which is less than any iPXE$/,
  },
  {
    name: 'a page in place of the loader',
    client: 'http',
    plant: { between: at(/^\/ipxe\//, bytes(Buffer.from(`<html>${' '.repeat(99)}`))) },
    code: 'loader-no-program',
    cause: /is no EFI program: it begins with "<html>/,
  },
  {
    name: 'offer without a URL to HTTP boot',
    client: 'http',
    plant: {
      offers: ([router, proxy], { isIpxe }) => [router ?? {}, { ...proxy, ...(!isIpxe && { file: 'snponly.efi' }) }],
    },
    code: 'offer-without-url',
    cause: /has "snponly\.efi", no URL$/,
  },
  {
    name: 'offer without script URL',
    plant: { offers: ([router, proxy], { isIpxe }) => [router ?? {}, { ...proxy, ...(isIpxe && { file: '' }) }] },
    code: 'ipxe-no-script-url',
    cause: /^127\.0\.0\.1 offers iPXE no URL of a boot script$/,
  },
  {
    name: 'iPXE gets iPXE again',
    plant: {
      offers: ([router, proxy], { isIpxe }) => [router ?? {}, { ...proxy, ...(isIpxe && { file: 'snponly.efi' }) }],
    },
    code: 'ipxe-gets-loader',
    cause: /^127\.0\.0\.1 offers iPXE snponly\.efi in place of a script/,
  },
  {
    name: 'address advertised not reachable',
    plant: {
      offers: ([router, proxy], { isIpxe }) => [
        router ?? {},
        { ...proxy, ...(isIpxe && { file: 'http://127.0.0.1:1/boot' }) },
      ],
    },
    code: 'address-unreachable',
    cause: /^nobody answers at 127\.0\.0\.1:1 \(ECONNREFUSED\)/,
  },
  {
    name: 'script 404',
    plant: { between: at(first, status(404, 'none')) },
    code: 'script-missing',
    cause: /\/boot\?… answers 404: none$/,
  },
  {
    name: 'script 500',
    plant: { between: at(first, status(500, 'SERABUT_ERR_TEMPLATE: undefined variable\n  more')) },
    code: 'server-error',
    cause: /answers 500: SERABUT_ERR_TEMPLATE: undefined variable$/,
  },
  {
    name: 'script 503 for ever',
    plant: { between: at(first, status(503, 'SERABUT_ERR_ISO_PREPARING: wait')) },
    code: 'server-not-ready',
    cause: /answers 503: SERABUT_ERR_ISO_PREPARING: wait \(again and again\)$/,
  },
  {
    name: 'a machine that is told to wait for ever',
    plant: { between: (url, asked, response) => at(first, script('echo Not yet', 'sleep 1', `chain --replace http://${asked.headers.host}${url}`))(url, asked, response) }, // biome-ignore format: one line
    code: 'server-not-ready',
    cause: /tells the machine to wait: Not yet$/,
  },
  {
    name: 'script no iPXE script',
    plant: { between: at(first, bytes(Buffer.from('<html>welcome'))) },
    code: 'script-no-ipxe',
    cause: /is no iPXE script: it begins with "<html>welcome"$/,
  },
  {
    name: 'script chains in a circle',
    plant: { between: (url, asked, response) => at(first, script('set x y', `chain http://${asked.headers.host}${url}`))(url, asked, response) }, // biome-ignore format: one line
    code: 'script-circle',
    cause: /leads back to itself, again and again$/,
  },
  {
    name: 'a loop in a script without end',
    plant: { between: at(first, script(':a', 'goto a')) },
    code: 'script-circle',
    cause: /comes to no end/,
  },
  {
    name: 'a script that fails',
    plant: { between: at(first, script('boot')) },
    code: 'script-fails',
    cause: /^line 2 of http\S+: boot: no kernel was loaded$/,
  },
  {
    name: 'an empty menu',
    plant: { between: emptyMenu },
    code: 'nothing-to-boot',
    cause: /^nothing to boot yet/,
  },
  {
    name: 'an empty menu, and an ISO that is cut short',
    plant: {
      between: either(
        emptyMenu,
        distros({ name: 'web', state: 'failed', problem: { message: 'it is truncated', where: 'isos/web.iso' } }),
      ),
    },
    code: 'nothing-usable',
    cause: /^nothing to boot: distro web cannot be used: it is truncated \(isos\/web\.iso\)$/,
  },
  {
    name: 'an empty menu, and an Image that no Distro speaks of',
    plant: {
      between: either(
        emptyMenu,
        at(/^\/api\/v1\/distros$/, status(404, 'none')),
        at(
          /^\/api\/v1\/images$/,
          json({ items: [{ file: 'web.iso', type: 'iso', problem: 'its checksum is another' }] }),
        ),
      ),
    },
    code: 'nothing-usable',
    cause: /^nothing to boot: ISO web\.iso cannot be used: its checksum is another$/,
  },
  {
    name: 'an empty menu, and an ISO that is still being read',
    plant: {
      between: either(
        emptyMenu,
        distros({ name: 'web', state: 'preparing', problem: { message: 'it is being copied' } }),
      ),
    },
    code: 'server-not-ready',
    cause: /^nothing to boot: distro web cannot be used yet: it is being copied$/,
  },
  {
    name: 'a BootProfile whose distro is not there, asked for by its name',
    plant: {
      between: at(
        /^\/api\/v1\/profiles$/,
        json({ items: [{ name: 'web', ready: false, problem: 'no distro "debain"' }] }),
      ),
      simulation: { profile: 'web' },
    },
    code: 'not-offered',
    cause: /^the menu of uefi-x64 does not offer web: no distro "debain"$/,
  },
  {
    name: 'the MAC address of a Machine, asked for by another computer',
    plant: {
      between: at(
        first,
        script('echo Serabut: Who asks is not Machine a: 127.0.0.1 is this server itself. More.', 'exit 1'),
      ),
    },
    code: 'not-this-machine',
    cause: /^the server does not take this computer for Machine a: 127\.0\.0\.1 is this server itself$/,
  },
  {
    name: 'a profile that is not offered',
    plant: { simulation: { profile: 'nix' } },
    code: 'not-offered',
    cause: /^the menu of uefi-x64 does not offer nix; it offers a-web \(on debian-13\), /,
  },
  {
    name: 'clock far off',
    plant: { simulation: { now: () => Date.now() + 3 * 3_600_000 } },
    code: 'clock-off',
    cause: /^the clock of 127\.0\.0\.1:\d+ says \S+Z, and that of this host \S+Z: one of them is wrong$/,
  },
  {
    name: 'kernel path gone',
    plant: { between: at(kernelPath, status(404, 'SERABUT_ERR_FILE_NOT_FOUND: no /linux')) },
    code: 'kernel-missing',
    cause: /\/iso\/content\/mini\.iso\/linux answers 404/,
  },
  {
    name: 'kernel no kernel',
    plant: { between: at(kernelPath, bytes(Buffer.alloc(300_000, 'x'))) },
    code: 'kernel-no-kernel',
    cause: /\/linux is no kernel: it begins with "xxx/,
  },
  {
    name: 'kernel much too small',
    plant: { between: at(kernelPath, bytes(kernel(0x8664).subarray(0, 5_000))) },
    code: 'kernel-no-kernel',
    cause: /\/linux has 5000 bytes, less than any kernel$/,
  },
  {
    name: 'kernel of another architecture',
    plant: { between: at(kernelPath, bytes(kernel(arm64))) },
    code: 'kernel-wrong-architecture',
    cause: /\/linux is for arm64, and the machine is uefi-x64$/,
  },
  {
    name: 'initrd gone',
    plant: { between: at(initrdPath, status(404, 'none')) },
    code: 'initrd-missing',
    cause: /initrd\.gz answers 404: none$/,
  },
  {
    name: 'initrd cut short',
    plant: { simulation: { profile: 'cut' } },
    code: 'initrd-cut-short',
    cause: /archive 1, which begins at byte 0, is not whole/,
  },
  {
    name: 'initrd without the end of its firmware archive',
    plant: { simulation: { profile: 'cut-firmware' } },
    code: 'firmware-without-end',
    cause: /archive 2, which begins at byte \d+, has no end \(TRAILER!!!\)$/,
  },
  {
    name: 'initrd no archive',
    plant: { between: at(initrdPath, bytes(Buffer.alloc(5_000, 'z'))) },
    code: 'initrd-no-archive',
    cause: /at byte 0 no archive begins, but "zzz/,
  },
  {
    name: 'Content-Length lies',
    plant: {
      between: at(initrdPath, (response, method) => {
        response.writeHead(200, { 'content-length': initrd.length + 100 });
        if (method === 'HEAD') response.end();
        else response.write(initrd, () => response.destroy());
      }),
    },
    code: 'length-wrong',
    cause: /initrd\.gz breaks off after \d+ bytes, before its Content-Length/,
  },
  {
    name: 'Content-Length of HEAD is another',
    plant: {
      between: at(kernelPath, (response, method) =>
        bytes(kernel(0x8664).subarray(0, method === 'HEAD' ? 9 : 300_000))(response),
      ),
    },
    code: 'length-wrong',
    cause: /\/linux has 9 bytes by HEAD and 300000 by GET$/,
  },
  {
    name: 'ranges are not passed on',
    plant: { between: at(kernelPath, bytes(kernel(0x8664))) },
    code: 'ranges-broken',
    cause: /asked for bytes=0-15, the answer is 200 with "no Content-Range"$/,
  },
  {
    name: 'answer file gone',
    plant: { between: at(answers, status(404, 'none')) },
    code: 'answers-missing',
    cause: /preseed\.cfg\?… answers 404: none$/,
  },
  {
    name: 'answer file refused',
    plant: { between: at(answers, status(403, 'SERABUT_ERR_NEEDS_INSTALLATION: has secrets')) },
    code: 'answers-refused',
    cause: /answers 403: SERABUT_ERR_NEEDS_INSTALLATION: has secrets$/,
  },
  {
    name: 'answer file invalid',
    plant: { between: at(answers, bytes(Buffer.from('#_preseed_V1\nnonsense\n'))) },
    code: 'answers-invalid',
    cause: /^preseed\.cfg: expected "owner question type value", received "nonsense"$/,
  },
  {
    name: 'mirror unreachable',
    plant: { simulation: { profile: 'no-mirror' } },
    code: 'mirror-unreachable',
    cause: /^the mirror 127\.0\.0\.1:1 does not answer: ECONNREFUSED$/,
  },
  {
    name: 'mirror not reachable for the proxy',
    plant: { proxy: at(/./, status(503, 'no way')) },
    code: 'mirror-unreachable',
    cause: /^the proxy http:\S+ cannot reach the mirror mirror\.example: 503$/,
  },
  {
    name: 'mirror without the suite',
    plant: { simulation: { profile: 'other-suite' } },
    code: 'mirror-without-suite',
    cause: /^the mirror mirror\.example answers 404 for http:\/\/mirror\.example\/debian\/dists\/sarge\/Release$/,
  },
  {
    name: 'the proxy refuses',
    plant: { proxy: at(/./, status(403, 'denied')) },
    code: 'proxy-refuses',
    cause: /^the proxy http:\S+ refuses http:\/\/mirror\.example/,
  },
  {
    name: 'no Squid where one must be',
    plant: { simulation: { proxyPort: 1 } },
    code: 'proxy-dead',
    cause: /^the proxy http:\/\/127\.0\.0\.1:1 takes no connection: ECONNREFUSED$/,
  },
];

t.test('each fault is named, and each row fails without what it plants', async (t) => {
  const world = await World.make(t);
  const unplanted = new Map<string, string | undefined>();
  for (const client of new Set(rows.map(({ client = 'uefi-x64' }) => client)))
    unplanted.set(client, (await world.play(t, client)).fault?.cause);
  for (const { name, client = 'uefi-x64', plant, code, cause } of rows) {
    const { fault, steps } = await world.play(t, client, plant);
    t.match(fault, { code, cause, remedy: faultTable[code] }, name);
    t.equal(unplanted.get(client), undefined, `${name}: nothing is broken without it`);
    t.equal(
      steps.filter(({ state }) => state === 'FAIL').length,
      code === 'nothing-to-boot' ? 0 : 1,
      `${name}: one line`,
    );
  }
});

t.test('each fault is planted, here or in the test of what finds it', async (t) => {
  const planted = new Set<string>(rows.map(({ code }) => code));
  const others = Object.keys(faultTable).filter((code) => !planted.has(code));
  t.strictSame(others, ['cannot-ask', 'installer-file-missing'], 'simulate.test.ts and installer.test.ts have these');
});

t.test('the document has a line for each fault, with its remedy', async (t) => {
  const text = readFileSync(new URL('../../../../docs/simulate.md', import.meta.url), 'utf8');
  const faults = text.split('\n## Faults\n')[1] ?? '';
  const lines = [...faults.matchAll(/^\| `([a-z-]+)` \| .* \| (.*) \|$/gm)].map(([, code, remedy]) => [code, remedy]);
  t.strictSame(Object.fromEntries(lines), { ...faultTable });
});
