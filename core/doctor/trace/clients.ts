import { RecentMap } from '../../recent-map.js';
import { add, type Client, newAttempt, type Question } from './client.js';

/** Machines and addresses that are kept; a capture of more is looked at without those that come later. */
const mostClients = 1024;
const mostAddresses = 16_384;

/** The machines of a capture, by MAC address and by the address that each was given. */
export class Clients {
  readonly #byMac = new Map<string, Client>();
  readonly #macs = new RecentMap<string>(mostAddresses);

  all(): Client[] {
    return [...this.#byMac.values()];
  }

  get(mac: string): Client | undefined {
    return this.#byMac.get(mac);
  }

  /** Whose packet it is: by its MAC address or, behind a router, by the address that it was given. */
  find(mac: string, address: string): Client | undefined {
    return this.#byMac.get(mac) ?? this.#byMac.get(this.#macs.get(address) ?? '');
  }

  /** The same; a machine that asked by DHCP before the capture began is new here. */
  findOrAdd(mac: string, address: string): Client | undefined {
    return this.find(mac, address) ?? this.#add(mac);
  }

  noteAddress(address: string, mac: string): void {
    this.#macs.set(address, mac);
  }

  ask(mac: string, question: Question): void {
    const client = this.#byMac.get(mac) ?? this.#add(mac);
    if (client === undefined) return;
    if (isNewBeginning(client, question)) {
      client.attempts++;
      client.attempt = newAttempt();
    }
    add(client.attempt.questions, question);
  }

  #add(mac: string): Client | undefined {
    if (mac === '' || this.#byMac.size >= mostClients) return undefined;
    const client = { mac, attempts: 1, attempt: newAttempt() };
    this.#byMac.set(mac, client);
    return client;
  }
}

/** Firmware that asks everybody after it, or iPXE, had got further: the machine was started again. */
function isNewBeginning({ attempt }: Client, question: Question): boolean {
  if (!question.isDiscover || question.isIpxe) return false;
  const { questions, transfers, connections, missed } = attempt;
  if (transfers.length > 0 || connections.length > 0 || missed.size > 0) return true;
  return questions.some(({ isDiscover, isIpxe }) => isIpxe || !isDiscover);
}
