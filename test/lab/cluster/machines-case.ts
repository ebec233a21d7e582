import { spawnSync } from 'node:child_process';
import type { Report } from '../cases.js';
import { Machine } from '../machine.js';
import type { BootLan } from './boot-lan.js';
import type { Cluster } from './cluster.js';
import { makeMachineResources, secretName } from './machine-resources.js';
import { hosts } from './network.js';
import type { ClusterOptions } from './phases.js';
import { PodLogs } from './pod-logs.js';
import { chart, namespace, name as release } from './release.js';
import { Spy } from './spy.js';
import { comesTrue } from './until.js';

const mac = '52:54:00:88:00:13';
const machineName = 'mac-52-54-00-88-00-13';
const password = 'of-a-Secret-7';

/** A Machine as far as it is looked at. */
interface MachineObject {
  readonly status?: { readonly phase?: string; readonly installedGeneration?: number; readonly discovered?: boolean };
}

/**
 * The life of one machine by kubectl alone: unknown and left alone, accepted, installed with a password out of a Secret,
 * started from its disk, installed again, and failed by a profile that is broken. Another host on the LAN spies all the
 * time.
 */
export async function checkMachines(
  cluster: Cluster,
  lan: BootLan,
  options: ClusterOptions,
  report: Report,
): Promise<void> {
  const hash = crypt(password);
  await keepInCluster(cluster, hash);
  await checkRights(cluster, report);
  const victim = { machine: machineName, mac, distro: 'debian-13', profile: 'secret', configuration: 'secret' };
  const spy = new Spy(lan.release.server, victim, [hash, password]);
  const life = new Life(cluster, options, report);
  try {
    await life.run();
  } catch (error) {
    report('the life of the machine goes on to its end', false, String(error));
  } finally {
    await life.end();
  }
  const { asked, answered, leaks } = await spy.stop();
  const detail = [`${answered} of ${asked} questions were answered`, ...leaks].join('; ');
  report('a second host is never told a secret or a token', answered > asked / 2 && leaks.length === 0, detail);
  report('nor is one in the logs of the pod', !life.logsHold([hash, password]));
}

/** From now on resources and state are objects of the cluster. */
async function keepInCluster({ kubectl, directory }: Cluster, hash: string): Promise<void> {
  const values = ['store=kubernetes', `secrets={${secretName}}`, 'server.unknown=disk', 'bootDefault='];
  const set = values.flatMap((value) => ['--set', value]);
  await kubectl.helm('upgrade', release, chart, '-n', namespace, '--reuse-values', ...set, '--wait', '--timeout', '3m');
  await kubectl.apply(...makeMachineResources(directory, hash));
}

/** What the account of the pod may do. */
async function checkRights({ kubectl }: Cluster, report: Report): Promise<void> {
  const may = async (...what: string[]): Promise<boolean> => {
    const as = `--as=system:serviceaccount:${namespace}:${release}`;
    const said = await kubectl.run('auth', 'can-i', ...what, '-n', namespace, as).catch(String);
    return said.trim() === 'yes';
  };
  report('the pod may read the Secret that its values name', await may('get', `secret/${secretName}`));
  const others = [
    ['get', 'secret/other'],
    ['list', 'secrets'],
    ['watch', 'secrets'],
    ['get', 'secrets'],
    ['get', 'configmaps'],
    ['get', 'pods'],
    ['create', 'pods'],
    ['update', 'configurations.serabut.io'],
    ['get', 'secrets', '--all-namespaces'],
  ];
  const allowed: string[] = [];
  for (const what of others) if (await may(...what)) allowed.push(what.join(' '));
  report('and no other, nor anything else of others', allowed.length === 0, allowed.join(', '));
}

class Life {
  readonly #logs: PodLogs;
  #machine: Machine | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly options: ClusterOptions,
    private readonly report: Report,
  ) {
    this.#logs = new PodLogs(cluster.kubectl);
  }

  async run(): Promise<void> {
    const { phases } = this.options;
    await phases.during('unknown', { within: 20 }, () => this.#isLeftAlone());
    await phases.during('installed', { within: 900 }, () => this.#isInstalled(1));
    await phases.during('from its disk', { within: 20 }, () => this.#startsFromItsDisk());
    await phases.during('installed again', { within: 900 }, () => this.#isInstalled(2));
    await phases.during('broken', { within: 30 }, () => this.#fails(3));
  }

  async end(): Promise<void> {
    await this.#machine?.stop();
    await this.#logs.stop(this.cluster.directory, 'machines');
  }

  logsHold(secrets: readonly string[]): boolean {
    const { server, dnsmasq, squid } = this.#logs;
    const lines = [...server.lines, ...dnsmasq.lines, ...squid.lines];
    return lines.length === 0 || lines.some(({ text }) => secrets.some((secret) => text.includes(secret)));
  }

  /** Its disk is empty, so that its firmware finds nothing after it was sent there. */
  async #isLeftAlone(): Promise<void> {
    const { startedAt } = await this.#powerOn(false);
    const isKnown = async () => (await this.#object()).status?.discovered === true;
    this.report('an unknown machine is recorded', await this.#comesTrue(isKnown, 600), await this.#columns());
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    this.report('and left alone', this.#count(/^\/(with-firmware|iso)\//, startedAt) === 0);
  }

  async #isInstalled(generation: number): Promise<void> {
    await this.#patch({ bootProfile: 'secret', install: { generation } });
    const machine = await this.#powerOn();
    const isInstalled = async () => (await this.#object()).status?.installedGeneration === generation;
    const done = await this.#comesTrue(isInstalled, this.options.timeout);
    const seconds = (Date.now() / 1000 - machine.startedAt).toFixed(0);
    this.report(`generation ${generation} is installed`, done, `after ${seconds} s: ${await this.#columns()}`);
    if (!done) throw new Error(await this.#described());
    const before = this.#count(/^\/boot\?/, machine.startedAt);
    await this.#logIn(machine);
    const after = this.#count(/^\/boot\?/, machine.startedAt);
    this.report('its firmware asked the network first, and was sent to the disk', after > before);
  }

  async #logIn(machine: Machine): Promise<void> {
    await machine.until('login prompt', () => machine.console.matches(/labnode login:/), 900);
    machine.press('lab\r');
    await machine.until('question for the password', () => machine.console.matches(/Password:/), 120);
    machine.press(`${password}\r`);
    await machine.until('prompt of the shell', () => machine.console.matches(/lab@labnode:/), 180);
    this.report('the password is the one of the Secret', true);
  }

  async #startsFromItsDisk(): Promise<void> {
    const machine = await this.#powerOn();
    await machine.until('login prompt', () => machine.console.matches(/labnode login:/), 900);
    const installs = this.#count(/^\/with-firmware\//, machine.startedAt);
    this.report('switched off and on, it starts from its disk', installs === 0);
  }

  async #fails(generation: number): Promise<void> {
    await this.#patch({ bootProfile: 'broken', install: { generation, attempts: 2 } });
    const machine = await this.#powerOn();
    const hasFailed = async () => (await this.#object()).status?.phase === 'Failed';
    this.report('a broken profile fails its attempts', await this.#comesTrue(hasFailed, 900), await this.#columns());
    const described = await this.#described();
    const reason = /.*Secret "[\w-]+", key "nowhere".*/.exec(described)?.[0].trim();
    this.report('kubectl describe has the reason', reason !== undefined, reason ?? described);
    await machine.until('login prompt', () => machine.console.matches(/labnode login:/), 900);
    this.report('and the machine starts what it had before', true);
  }

  /** Switches the machine off and on again; the first time with an empty disk. */
  async #powerOn(keepsDisk = true): Promise<Machine> {
    await this.#machine?.stop();
    const { memory, accel, stopping } = this.options;
    const { directory } = this.cluster;
    this.#machine = new Machine({
      ...{ name: 'life', mac, firmware: 'uefi', switch: hosts.switch, first: 'network', keepsDisk },
      ...{ memory, accel, directory, stopping },
    });
    return this.#machine;
  }

  #count(url: RegExp, since: number): number {
    return this.#logs.sent(url, since).length;
  }

  #patch(spec: object): Promise<string> {
    const patch = ['--type', 'merge', '-p', JSON.stringify({ spec })];
    return this.cluster.kubectl.run('patch', 'machine', machineName, '-n', namespace, ...patch);
  }

  #object(): Promise<MachineObject> {
    return this.cluster.kubectl.get<MachineObject>('machine', machineName, '-n', namespace).catch(() => ({}));
  }

  async #columns(): Promise<string> {
    const line = await this.cluster.kubectl.run('get', 'machine', machineName, '-n', namespace, '--no-headers');
    return line.trim().replace(/ +/g, ' ');
  }

  #described(): Promise<string> {
    return this.cluster.kubectl.run('describe', 'machine', machineName, '-n', namespace);
  }

  #comesTrue(condition: () => Promise<boolean>, seconds: number): Promise<boolean> {
    return comesTrue(condition, { seconds, stopping: this.cluster.stopping });
  }
}

function crypt(text: string): string {
  const { stdout } = spawnSync('openssl', ['passwd', '-6', text], { encoding: 'utf8' });
  return stdout.trim();
}
