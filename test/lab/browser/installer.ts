import { setTimeout as sleep } from 'node:timers/promises';

/** iPXE names itself; what else is fetched of a medium is the installer's. */
const asIpxe = { headers: { 'user-agent': 'iPXE/1.21.1' } };

/** Plays a machine: what its firmware, iPXE and the installer ask for, by HTTP. */
export class Player {
  #token = '';

  /** `mac` with colons. */
  constructor(
    private readonly url: string,
    readonly mac: string,
  ) {}

  /** The name under which an unknown machine is discovered. */
  get discoveredName(): string {
    return `mac-${this.mac.replaceAll(':', '-')}`;
  }

  /** Asks for a boot script; the text of it. */
  async boot(): Promise<string> {
    const facts = {
      uuid: '',
      serial: `sn-${this.mac.replaceAll(':', '')}`,
      arch: 'x86_64',
      platform: 'efi',
      memory: '131072',
    };
    const made = { manufacturer: 'Maker', product: 'PowerEdge R650' };
    const query = new URLSearchParams({ mac: this.mac.replaceAll(':', '-'), ...facts, ...made });
    const script = await this.#get(`/boot?${query}`);
    this.#token = /\/installations\/([\w-]{43})\//.exec(script)?.[1] ?? '';
    return script;
  }

  /** Asks for the first time, and waits until the server has written that down. */
  async meet(): Promise<void> {
    await this.boot();
    for (let tries = 0; tries < 100; tries++) {
      const { status } = await fetch(`${this.url}/machines/${this.discoveredName}`);
      if (status === 200) return;
      await sleep(100);
    }
    throw new Error(`${this.discoveredName} was not discovered`);
  }

  /** What the installer does in its order, each with the words that the machine's page shows then. */
  get steps(): readonly { readonly shows: string; run(): Promise<unknown> }[] {
    return [
      { shows: 'KernelSent', run: () => this.#get('/iso/content/debian-13-mini.iso/linux', asIpxe) },
      { shows: 'InitrdSent', run: () => this.#get('/with-firmware/debian-13/initrd.gz') },
      { shows: 'AnswersSent', run: () => this.#get(`/installations/${this.#token}/automation/preseed.cfg`) },
      { shows: 'partitioning the disks', run: () => this.#report('progress', 'partitioning the disks') },
      { shows: 'installing <b>packages</b>', run: () => this.#report('progress', 'installing <b>packages</b>') },
      { shows: 'came to its end', run: () => this.#report('done', '') },
    ];
  }

  #report(kind: 'progress' | 'done', text: string): Promise<string> {
    return this.#get(`/installations/${this.#token}/${kind}`, { method: 'POST', body: text });
  }

  async #get(path: string, init: RequestInit = {}): Promise<string> {
    const response = await fetch(`${this.url}${path}`, init);
    const text = await response.text();
    if (response.ok) return text;
    throw new Error(`${path.replace(this.#token, 'TOKEN')} answered ${response.status}: ${text.slice(0, 200)}`);
  }
}
