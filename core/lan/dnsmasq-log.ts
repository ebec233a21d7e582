import { isIPv4 } from 'node:net';
import { messageOf, type Saw } from '../machines/sightings.js';
import { RecentMap } from '../recent-map.js';

/** As much as dnsmasq writes of one line (src/log.c, MAX_MESSAGE). What is longer is not its own. */
const longestLine = 1024;

/** `dnsmasq-dhcp[7]: `; to a file of its own or to syslog with the time in front (src/log.c, my_syslog). */
const prefix = /^(?:\w{3} [ \d]\d \d\d:\d\d:\d\d )?dnsmasq-(dhcp|tftp)(?:\[\d{1,10}\])?: /;
/** With log-dhcp the transaction comes first (src/rfc2131.c, log_packet). `PXE` alone tells of a proxyDHCP answer. */
const pxe = /^(\d{1,10}) PXE\([^()\s]{1,16}\) (?:[\d.]{7,15} )?([0-9a-f]{2}(?::[0-9a-f]{2}){5}) (\S{1,255})$/;
const vendorClass = /^(\d{1,10}) vendor class: (?:PXE|HTTP)Client:Arch:(\d{5})/;
const userClass = /^(\d{1,10}) user class: iPXE$/;

/** Client system architectures as people call them (RFC 4578 §2.1 and IANA's list). */
const architectures: Readonly<Record<number, string>> = {
  0: 'BIOS',
  6: 'UEFI, x86, 32 bits',
  7: 'UEFI, x86_64',
  9: 'UEFI, x86_64',
  11: 'UEFI, arm64',
  16: 'UEFI HTTP boot, x86_64',
  19: 'UEFI HTTP boot, arm64',
};

/** What was said earlier of a DHCP transaction. */
interface Transaction {
  arch?: number;
  isIpxe?: boolean;
}

/**
 * Reads the log that dnsmasq writes with `log-dhcp` (2.90 to 2.93), line by line, and tells what it says of machines:
 * what they were offered, and which loader they got. A line that is of no use, or not dnsmasq's own, tells nothing.
 * Parts of it are the machines' own words.
 */
export class DnsmasqLog {
  readonly #saw: Saw;
  /** dnsmasq says what a client is in lines before that of its answer; these are the last ones. */
  readonly #transactions = new RecentMap<Transaction>(256);
  /** Clients that broke a transfer off by themselves, which dnsmasq tells as a failure in its next line. */
  readonly #broken = new RecentMap<true>(256);

  constructor(saw: Saw) {
    this.#saw = saw;
  }

  read(line: string): void {
    if (line.length > longestLine) return;
    const [head = '', program] = prefix.exec(line) ?? [];
    const said = line.slice(head.length).trimEnd();
    if (program === 'dhcp') this.#dhcp(said);
    if (program === 'tftp') this.#tftp(said);
  }

  #dhcp(said: string): void {
    const [, classed, arch] = vendorClass.exec(said) ?? [];
    if (classed !== undefined) this.#transaction(classed).arch = Number(arch);
    const [, user] = userClass.exec(said) ?? [];
    if (user !== undefined) this.#transaction(user).isIpxe = true;
    const [, transaction = '', mac, answer = ''] = pxe.exec(said) ?? [];
    if (mac === undefined) return;
    const client = clientText(this.#transaction(transaction));
    if (answer === 'proxy-ignored')
      this.#saw({ mac }, 'NotOffered', `there is no loader for it (${client}): it boots something else`);
    else if (answer === 'proxy') this.#saw({ mac }, 'Offered', `offered to boot from the network (${client})`);
    else this.#saw({ mac }, 'Offered', messageOf(`named ${answer} to it (${client})`));
  }

  #transaction(id: string): Transaction {
    return this.#transactions.take(id, () => ({}));
  }

  /** The lines of src/tftp.c. */
  #tftp(said: string): void {
    for (const [start, middle, tell] of tftpLines) {
      const end = said.lastIndexOf(middle);
      if (!said.startsWith(start) || end < start.length) continue;
      const address = said.slice(end + middle.length);
      if (isIPv4(address)) tell(this.#about(address), said.slice(start.length, end));
      return;
    }
  }

  #about(address: string): Client {
    const failed = (message: string) => this.#saw({ address }, 'LoaderFailed', messageOf(message));
    return {
      sent: (file) => {
        this.#broken.delete(address);
        this.#saw({ address }, 'LoaderSent', messageOf(`sent ${file} by TFTP`));
      },
      failed: (message) => {
        if (!this.#broken.delete(address)) failed(message);
      },
      brokeOff: (code, reason) => {
        this.#broken.set(address, true);
        // Firmware asks for the size first, and breaks that off by error 8, or by 0 (RFC 2347, RFC 1350 §5).
        if (code !== 0 && code !== 8) failed(`it refused the loader by TFTP error ${code}: ${reason}`);
      },
    };
  }
}

interface Client {
  readonly sent: (file: string) => void;
  readonly failed: (message: string) => void;
  readonly brokeOff: (code: number, reason: string) => void;
}

/** How a line starts, and what stands between the path, which may hold anything, and the address at its end. */
const tftpLines: readonly (readonly [string, string, (client: Client, text: string) => void])[] = [
  ['sent ', ' to ', (client, path) => client.sent(nameOf(path))],
  ['failed sending ', ' to ', (client, path) => client.failed(`failed sending ${nameOf(path)} by TFTP`)],
  ['timeout sending ', ' to ', (client, path) => client.failed(`it did not take all of ${nameOf(path)} by TFTP`)],
  ['file ', ' not found for ', (client, path) => client.failed(`it asked for ${path} by TFTP, which is not there`)],
  [
    'error ',
    ' received from ',
    (client, text) => client.brokeOff(Number.parseInt(text, 10), text.slice(text.indexOf(' ') + 1)),
  ],
];

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function clientText({ arch, isIpxe }: Transaction): string {
  const kind = arch === undefined ? 'of an unknown kind' : (architectures[arch] ?? `architecture ${arch}`);
  return isIpxe ? `iPXE, ${kind}` : kind;
}
