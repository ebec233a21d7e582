import { join } from 'node:path';
import { SerabutError } from '../errors.js';
import type { LanAddress } from './lan-address.js';

export interface SquidOptions {
  readonly lan: LanAddress;
  readonly port: number;
  readonly cacheDirectory: string;
  readonly cacheMegabytes: number;
  /** Where the logs go; to standard output and error without it, which only works when Squid changes no user. */
  readonly logDirectory?: string | undefined;
  /** A further configuration file of Squid's, read before the rules of access. */
  readonly extra?: string | undefined;
  /** Networks besides the link-local ones that Squid reaches and machines of the LAN shall not, such as 10.96.0.0/12. */
  readonly denied?: readonly string[] | undefined;
}

/** Freshness in minutes: for ever, as far as Squid can say it. */
const forever = '129600 100% 129600';

/** Link-local networks, and the address of IPv6 where clouds tell a node its secrets (as 169.254.169.254 in IPv4). */
const linkLocal = ['169.254.0.0/16', 'fe80::/10', 'fd00:ec2::254'];

/**
 * Squid as a cache of packages for the machines of the LAN; for Squid 5 to 7. What carries its hash or version in its
 * name never changes; every index is asked for again. apt sends `max-age=0` with indexes, and by-hash files are indexes
 * too: there alone it is ignored, which is safe because the name is the hash.
 */
export function squidConf(options: SquidOptions): string {
  const { lan, port, cacheMegabytes, extra, logDirectory } = options;
  // One list for each: of two networks in one, Squid ignores the one that holds the other.
  const denied = [...linkLocal, ...(options.denied ?? [])].map((network, index) => [`denied${index}`, network]);
  const log = (name: string, standard: string) =>
    logDirectory === undefined ? standard : join(plainPath(logDirectory), name);
  const cacheDirectory = plainPath(options.cacheDirectory);
  return `# Made by serabut from the address of the boot LAN; changes are lost.
http_port ${lan.address}:${port}
visible_hostname serabut
pid_filename none
access_log stdio:${log('access.log', '/dev/stdout')}
cache_log ${log('cache.log', '/dev/stderr')}
cache_store_log none
coredump_dir none
# Squid sizes tables by the limit of open files, which is endless in some containers.
max_filedescriptors 4096
shutdown_lifetime 3 seconds
# It would ask other caches by ICMP how far they are: there are none, and it has no right to.
pinger_enable off

acl lan src ${lan.network}/${lan.prefix}
acl to_lan dst ${lan.network}/${lan.prefix}
${denied.map(([name, network]) => `acl ${name} dst ${network}\n`).join('')}acl safe_ports port 80 443 1025-65535
acl https_port port 443
acl CONNECT method CONNECT
${extra === undefined ? '' : `include ${plainPath(extra)}\n`}http_access deny !safe_ports
http_access deny CONNECT !https_port
http_access deny to_localhost
${denied.map(([name]) => `http_access deny ${name} !to_lan\n`).join('')}http_access deny manager
http_access allow lan
http_access deny all

# The largest object must be set before cache_dir, which takes it over.
maximum_object_size 8 GB
maximum_object_size_in_memory 1 MB
cache_mem 128 MB
cache_dir aufs ${cacheDirectory} ${cacheMegabytes} 16 256
# A hundred machines that ask for one package at once are one request to the mirror.
collapsed_forwarding on
# A part of a package that somebody asks for is a reason to fetch the whole; one that somebody gave up is fetched to its end.
acl packages urlpath_regex -i \\.(u?deb|rpm|drpm)$
range_offset_limit none packages
quick_abort_min -1 KB

refresh_pattern /by-hash/ ${forever} ignore-reload
refresh_pattern -i \\.(u?deb|dsc|tar\\.[a-z0-9]+|rpm|drpm)$ ${forever}
refresh_pattern -i /(InRelease|Release|Release\\.gpg|repomd\\.xml|metalink[^/]*)$ 0 0% 0
refresh_pattern -i /(Packages|Sources|Translation-[^/]*|Contents-[^/]*)(\\.[a-z0-9]+)?$ 0 0% 0
refresh_pattern -i /(cgi-bin/|\\?) 0 0% 0
refresh_pattern . 0 20% 4320
`;
}

/** A path that cannot end its line or its field in Squid's configuration. */
function plainPath(path: string): string {
  if (/^[^\s#"'\\%]+$/.test(path)) return path;
  throw new SerabutError('SERABUT_ERR_LAN', `Squid cannot take the path ${JSON.stringify(path)}`);
}
