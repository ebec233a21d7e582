import { fromLan } from './boot-services.js';

/** What a spy knows of the machine that it wants the secrets of: everything that is not secret itself. */
export interface Victim {
  readonly machine: string;
  readonly mac: string;
  readonly distro: string;
  readonly profile: string;
  readonly configuration: string;
}

/** Everything that the spy was told, and what of it had not been for its ears. */
export interface Spied {
  readonly asked: number;
  readonly answered: number;
  readonly leaks: readonly string[];
}

/**
 * Another host on the LAN, which asks on every route again and again with the name of the machine, as long as it is not
 * stopped. It has a network card of its own, and so another MAC address.
 */
export class Spy {
  readonly #leaks = new Set<string>();
  #asked = 0;
  #answered = 0;
  #stopped = false;
  readonly #done: Promise<void>;

  /** `secrets` are texts that must be in no answer. */
  constructor(
    private readonly server: string,
    private readonly victim: Victim,
    private readonly secrets: readonly string[],
  ) {
    this.#done = this.#spy();
  }

  async stop(): Promise<Spied> {
    this.#stopped = true;
    await this.#done;
    return { asked: this.#asked, answered: this.#answered, leaks: [...this.#leaks] };
  }

  async #spy(): Promise<void> {
    while (!this.#stopped) {
      for (const path of paths(this.victim)) await this.#ask(path);
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }

  async #ask(path: string): Promise<void> {
    this.#asked++;
    const answer = await fromLan('curl', '-s', '-i', '--max-time', '10', '--path-as-is', `${this.server}${path}`);
    if (answer !== '') this.#answered++;
    const leak = leakIn(answer, this.secrets);
    if (leak !== undefined) this.#leaks.add(`${path}: ${leak}`);
  }
}

/** What an answer holds that is for one machine alone. */
export function leakIn(answer: string, secrets: readonly string[]): string | undefined {
  if (secrets.some((text) => answer.includes(text))) return 'a secret';
  return /\/installations\/[\w-]{20,}/.test(answer) ? 'a token' : undefined;
}

function paths({ machine, mac, distro, profile, configuration }: Victim): string[] {
  const said = `mac=${mac}&arch=x86_64&platform=efi`;
  const files = ['preseed.cfg', 'after-install.sh', 'late-command.sh'];
  const guess = 'A'.repeat(43);
  return [
    `/boot?${said}`,
    `/boot?${said}&serial=&memory=1024`,
    `/boot/${distro}?profile=${profile}&${said}`,
    `/boot/${distro}?profile=${profile}&configuration=${configuration}&${said}`,
    `/boot/${distro}?configuration=${configuration}`,
    ...files.flatMap((file) => [
      `/configuration/${configuration}/automation/${distro}/${file}?${said}`,
      `/configuration/${configuration}/automation/${distro}/${file}`,
      `/installations/${guess}/automation/${file}`,
      `/installations/${machine}/automation/${file}`,
      `/installations/${machine}-1/automation/${file}`,
      `/installations/%2e%2e/configuration/${configuration}/automation/${distro}/${file}`,
    ]),
    `/installations/${guess}/done`,
    `/iso/content/../secrets/lab/hash`,
    `/iso/download/..%2f..%2fsecrets%2flab%2fhash`,
    '/metrics',
    '/readyz',
    '/api/v1/machines',
    `/api/v1/machines/${machine}`,
    '/',
  ];
}
