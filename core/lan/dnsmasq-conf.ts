import { SerabutError } from '../errors.js';
import type { LanAddress } from './lan-address.js';
import type { Loader } from './loaders.js';

export interface DnsmasqOptions {
  readonly lan: LanAddress;
  readonly httpPort: number;
  /** Directory of the iPXE binaries, served by TFTP as it is. */
  readonly ipxeDirectory: string;
  readonly loaders: readonly Loader[];
  /**
   * Whether another dnsmasq on this machine, such as libvirt's, may have the same ports on other interfaces. Wants
   * root, or the capability NET_BIND_SERVICE.
   */
  readonly sharePorts: boolean;
  /** The file that it appends its log to, by itself; without it the log goes to the standard error. */
  readonly log?: string | undefined;
  /** A further configuration file of dnsmasq's. */
  readonly extra?: string | undefined;
}

/** The field `file` of a DHCP message has 128 bytes, the last of which is zero (RFC 2131 §2). */
const longestUrl = 127;

/** What iPXE tells of the machine; iPXE expands the settings of a file name that it got by DHCP. */
const machineQuery = `mac=\${mac}&uuid=\${uuid}&arch=\${buildarch}&platform=\${platform}`;

/**
 * dnsmasq as proxyDHCP and TFTP server beside a DHCP server that knows nothing of PXE. Runs with dnsmasq 2.90 as root,
 * from 2.91 on without any capability.
 */
export function dnsmasqConf(options: DnsmasqOptions): string {
  const { lan, httpPort, loaders, extra } = options;
  const server = `http://${lan.address}${httpPort === 80 ? '' : `:${httpPort}`}`;
  const script = checkedUrl(`${server}/boot?${machineQuery}`);
  return `${[
    '# Made by serabut from the address of the boot LAN; changes are lost.',
    'port=0',
    `interface=${lan.interface}`,
    'except-interface=lo',
    ...(options.sharePorts ? ['bind-dynamic'] : []),
    'log-dhcp',
    `log-facility=${options.log === undefined ? '-' : plainPath(options.log)}`,
    'pid-file=',
    'leasefile-ro',
    '# These two take the need for NET_ADMIN and NET_RAW away (dnsmasq 2.91).',
    'dhcp-broadcast',
    'no-ping',
    '',
    '# ProxyDHCP: no addresses are given out, the offer only adds what to boot.',
    `dhcp-range=${lan.network},proxy,${lan.netmask}`,
    'enable-tftp',
    `tftp-root=${plainPath(options.ipxeDirectory)}`,
    '',
    '# Who asks is iPXE: it sends option 175 (its own) and this user class.',
    'dhcp-match=set:ipxe,175',
    'dhcp-userclass=set:ipxe,iPXE',
    '',
    '# Firmware that boots by PXE gets iPXE. One service per architecture: two would make a menu, and iPXE load itself',
    '# for ever. A pxe-service line also is what makes dnsmasq answer at all in proxy mode, and on port 4011, where UEFI asks.',
    ...loaders.flatMap(({ file, services }) =>
      services.map(({ name }) => `pxe-service=tag:!ipxe,${name},"iPXE",${file}`),
    ),
    '# Firmware for which there is no loader must get no offer: some prefer an empty one to that of another server.',
    ...loaders
      .flatMap(({ services, httpCodes }) => [...services.map(({ code }) => code), ...httpCodes])
      .map((code) => `dhcp-match=set:loader,option:client-arch,${code}`),
    'dhcp-ignore=tag:!loader,tag:!ipxe',
    '',
    '# A BIOS that does not understand menus takes the file from the offer itself, if the server address is there.',
    ...loaders.flatMap((loader) => (loader.services.some(({ code }) => code === 0) ? bios(loader, lan) : [])),
    '',
    '# iPXE gets its script in the offer, with the server address without which it ignores it. One that is the boot ROM of',
    '# a BIOS machine asks on port 4011 all the same, and for ever if there is no service for it.',
    `dhcp-boot=tag:ipxe,${script},,${lan.address}`,
    `pxe-service=tag:ipxe,x86PC,"Serabut",${script}`,
    '',
    '# UEFI HTTP boot takes the URL from the offer and never asks on port 4011, so it must have no pxe-service.',
    'dhcp-pxe-vendor=PXEClient,HTTPClient',
    ...loaders.flatMap((loader) => httpBoot(loader, server, lan)),
    ...(extra === undefined ? [] : ['', `conf-file=${plainPath(extra)}`]),
  ].join('\n')}\n`;
}

function bios({ file }: Loader, lan: LanAddress): string[] {
  return ['dhcp-match=set:bios,option:client-arch,0', `dhcp-boot=tag:bios,tag:!ipxe,${file},,${lan.address}`];
}

function httpBoot({ file, httpCodes }: Loader, server: string, lan: LanAddress): string[] {
  return httpCodes.flatMap((code) => [
    `dhcp-match=set:http${code},option:client-arch,${code}`,
    `dhcp-boot=tag:http${code},tag:!ipxe,${checkedUrl(`${server}/ipxe/${file}`)},,${lan.address}`,
  ]);
}

function checkedUrl(url: string): string {
  if (url.length <= longestUrl) return url;
  throw new SerabutError('SERABUT_ERR_LAN', `the URL ${url} has more than the ${longestUrl} bytes that DHCP can carry`);
}

/** A path that cannot end its line or its field in dnsmasq's configuration. */
function plainPath(path: string): string {
  if (/^[^\s,#"\\]+$/.test(path)) return path;
  throw new SerabutError('SERABUT_ERR_LAN', `dnsmasq cannot take the path ${JSON.stringify(path)}`);
}
