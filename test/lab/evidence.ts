import type { LogLine } from './process-log.js';

/** One request as the server logged it. */
export interface RequestLine {
  readonly at: number;
  readonly client: string;
  readonly url: string;
  readonly status: number;
  readonly bytes: number;
  readonly aborted?: true;
}

/** The requests in the server's log. */
export function requests(lines: readonly LogLine[]): RequestLine[] {
  return lines.flatMap(({ at, text }) => {
    if (!text.startsWith('{') || !text.includes('"msg":"request"')) return [];
    return [{ ...(JSON.parse(text) as Omit<RequestLine, 'at'>), at }];
  });
}

/** What dnsmasq said, of the lines that the server passes on. */
export function dnsmasqLines(lines: readonly LogLine[]): LogLine[] {
  return lines.flatMap(({ at, text }) => {
    if (!text.startsWith('{') || !text.includes('"from":"dnsmasq"')) return [];
    return [{ at, text: String((JSON.parse(text) as { msg: unknown }).msg) }];
  });
}

/** What was asked of Squid, and what of it came from its cache. */
export interface CacheCount {
  readonly requests: number;
  readonly bytes: number;
  readonly hits: number;
  readonly hitBytes: number;
}

/**
 * Counts what the machines asked of Squid from a time on, of URLs that fit a pattern. Columns as of Squid's native log
 * format.
 */
export function cacheCount(accessLog: string, since: number, url = /./): CacheCount {
  const count = { requests: 0, bytes: 0, hits: 0, hitBytes: 0 };
  for (const line of accessLog.split('\n')) {
    const [at, , , result = '', size = '0', method, asked = ''] = line.trim().split(/\s+/);
    if (method !== 'GET' || Number(at) < since || !url.test(asked)) continue;
    count.requests++;
    count.bytes += Number(size);
    if (!/HIT|UNMODIFIED/.test(result)) continue;
    count.hits++;
    count.hitBytes += Number(size);
  }
  return count;
}

/** The same for people. */
export function cacheShare(accessLog: string, since: number, url?: RegExp): string {
  const { requests, bytes, hits, hitBytes } = cacheCount(accessLog, since, url);
  const megabytes = (n: number): string => (n / 1e6).toFixed(1);
  return `Squid: ${requests} requests, ${megabytes(bytes)} MB; from the cache ${hits} requests, ${megabytes(hitBytes)} MB`;
}

/** A step of a machine's way and the pattern by which a log shows its beginning. */
interface Phase {
  readonly name: string;
  readonly log: 'console' | 'serabut' | 'syslog';
  readonly pattern: RegExp;
}

const phases: readonly Phase[] = [
  { name: 'iPXE by TFTP', log: 'serabut', pattern: /sent .*\/(snponly\.efi|undionly\.kpxe)/ },
  { name: 'boot script', log: 'serabut', pattern: /"url":"\/boot\// },
  { name: 'kernel', log: 'serabut', pattern: /"url":"\/iso\/content\/[^"]*\/(linux|vmlinuz)"/ },
  { name: 'initrd', log: 'serabut', pattern: /"url":"\/with-firmware\// },
  { name: 'answer file', log: 'serabut', pattern: /preseed\.cfg","status":200/ },
  { name: 'installer: components', log: 'syslog', pattern: /Menu item '(download-installer|load-cdrom)' selected/ },
  { name: 'installer: disks', log: 'syslog', pattern: /Menu item 'partman-base' selected/ },
  { name: 'installer: base system', log: 'syslog', pattern: /Menu item 'bootstrap-base' selected/ },
  { name: 'installer: packages', log: 'syslog', pattern: /Menu item 'pkgsel' selected/ },
  { name: 'installer: boot loader', log: 'syslog', pattern: /Menu item 'grub-installer' selected/ },
  { name: 'installer: finish', log: 'syslog', pattern: /Menu item 'finish-install' selected/ },
  { name: 'restart', log: 'console', pattern: /reboot: Restarting system/ },
  { name: 'boot loader from the disk', log: 'console', pattern: /GNU GRUB|Welcome to GRUB|Loading Linux/ },
  { name: 'login prompt', log: 'console', pattern: /login:/ },
];

/** The steps of a machine, one a line: when it began, in seconds since power-on, and how long it took. */
export function timeline(start: number, end: number, logs: Readonly<Record<Phase['log'], readonly LogLine[]>>): string {
  const steps = phases.flatMap(({ name, log, pattern }) => {
    const line = logs[log].find(({ at, text }) => at >= start && pattern.test(text));
    return line === undefined ? [] : [{ name, at: line.at }];
  });
  const all = [{ name: 'firmware', at: start }, ...steps].sort((a, b) => a.at - b.at);
  const seconds = (n: number): string => Math.round(n).toString().padStart(6);
  return all
    .map(({ name, at }, i) => `${seconds(at - start)} s ${seconds((all[i + 1]?.at ?? end) - at)} s  ${name}`)
    .join('\n');
}
