import { resolve } from 'node:path';
import { Command } from 'commander';
import { awaitAddress } from '../lan/await-address.js';
import { checkCacheSpace } from '../lan/cache-space.js';
import { lanConfs, logPath, makeLog, saveSettings, writeConfs } from '../lan/lan-files.js';
import { checkPorts, wantedPorts } from '../lan/taken-ports.js';
import { absolute, ipxePackage, parseMegabytes, parseNetworks, parsePort, parseSeconds, squidPort } from './options.js';
import type { Terminal } from './terminal.js';

interface PrepareOptions {
  readonly interface: string;
  readonly out: string;
  readonly wait: number;
  readonly httpPort: number;
  readonly ipxe: string;
  readonly dnsmasqExtra?: string;
  readonly squidDir?: string;
  readonly squidCache: number;
  readonly squidPort: number;
  readonly squidExtra?: string;
  readonly squidDeny?: readonly string[];
  readonly checkPorts?: true;
}

/** `serabut lan …`: what stands between the server and the boot LAN. */
export function lanCommand(terminal: Terminal): Command {
  const command = new Command('lan').description('the boot LAN: its address, dnsmasq and Squid');
  command
    .command('prepare')
    .description('write the configuration of dnsmasq and Squid for the address of an interface')
    .requiredOption('--interface <name>', 'interface on the boot LAN')
    .requiredOption('--out <dir>', 'directory for dnsmasq.conf and squid.conf')
    .option('--wait <seconds>', 'how long to wait for the interface and its address', parseSeconds, 60)
    .option('--http-port <n>', 'TCP port of the HTTP server', parsePort, 8080)
    .option('--ipxe <dir>', 'directory with the iPXE binaries', ipxePackage)
    .option('--dnsmasq-extra <file>', 'further configuration of dnsmasq')
    .option('--squid-dir <dir>', "directory of Squid's cache; without it no squid.conf is written")
    .option('--squid-cache <mb>', 'size of the cache in MB', parseMegabytes, 10_000)
    .option('--squid-port <n>', 'TCP port of Squid', parsePort, squidPort)
    .option('--squid-extra <file>', 'further configuration of Squid, read before the rules of access')
    .option(
      '--squid-deny <networks>',
      'networks that Squid must not lead to, such as 10.96.0.0/12,fd00::/8',
      parseNetworks,
    )
    .option('--check-ports', 'fail if another program of this machine has a port that is needed')
    .addHelpText(
      'after',
      '\nExample:\n  $ serabut lan prepare --interface net1 --out /run/serabut --squid-dir /var/spool/squid',
    )
    .action((options: PrepareOptions) => prepare(options, terminal));
  return command;
}

async function prepare(options: PrepareOptions, { out, stopped }: Terminal): Promise<void> {
  const directory = resolve(options.out);
  const cacheDirectory = absolute(options.squidDir);
  const { httpPort, squidCache: cacheMegabytes } = options;
  const squid =
    cacheDirectory === undefined
      ? undefined
      : {
          port: options.squidPort,
          cacheDirectory,
          cacheMegabytes,
          extra: absolute(options.squidExtra),
          denied: options.squidDeny,
        };
  if (options.checkPorts) await checkPorts(wantedPorts(httpPort, squid?.port));
  if (squid !== undefined) await checkCacheSpace(squid.cacheDirectory, cacheMegabytes);
  const lan = await awaitAddress(options.interface, { ms: options.wait * 1000, signal: stopped });
  const dnsmasqExtra = absolute(options.dnsmasqExtra);
  const dnsmasqLog = logPath(directory);
  const ipxeDirectory = resolve(options.ipxe);
  const settings = { httpPort, ipxeDirectory, sharePorts: false, dnsmasqExtra, dnsmasqLog, squid };
  const confs = await lanConfs(lan, settings);
  await writeConfs(directory, confs);
  await saveSettings(directory, settings);
  await makeLog(dnsmasqLog);
  const names = [...confs.keys()].map((program) => `${program}.conf`).join(' and ');
  out.write(`${names} in ${directory} for ${lan.address}/${lan.prefix} on ${lan.interface}\n`);
}
