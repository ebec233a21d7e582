import type { Lab } from './boot-server.js';
import { type CaseOptions, powerOn, type Report, untilLogin } from './cases.js';
import { requests } from './evidence.js';

/** A system that runs in memory, out of an ISO: what must be asked of the server, and said on the console. */
export interface System {
  readonly distro: string;
  readonly mac: string;
  /** MiB; the lab's usual amount when left out. */
  readonly memory?: number;
  readonly asked: Readonly<Record<string, RegExp>>;
  readonly said?: Readonly<Record<string, RegExp>>;
}

export const live: System = {
  distro: 'live',
  mac: '52:54:00:88:00:03',
  asked: {
    'its kernel is the one of the highest version': /^\/iso\/content\/live\.iso\/live\/vmlinuz-(?!5\.)[^/]*$/,
    'its initrd comes as the ISO has it': /^\/with-firmware\/live\/initrd\.gz$/,
    'its squashfs comes from inside the ISO': /^\/iso\/content\/live\.iso\/live\/filesystem\.squashfs$/,
  },
};

export const fedora: System = {
  distro: 'fedora',
  mac: '52:54:00:88:00:04',
  // As much as the plugin wants, and what firmware keeps for itself.
  memory: 3328,
  asked: {
    'its kernel comes from inside the ISO': /^\/iso\/content\/fedora\.iso\/images\/pxeboot\/vmlinuz$/,
    'the first stage looks for the tree of the ISO': /^\/iso\/content\/fedora\.iso\/\.treeinfo$/,
    'it takes stage 2 from inside the ISO': /^\/iso\/content\/fedora\.iso\/images\/install\.img$/,
    'it reads its Kickstart file': /\/automation\/fedora\/ks\.cfg(\?|$)/,
  },
  said: {
    'it understands the tree': /lab: treeinfo names images\/install\.img/,
    'it has the whole Kickstart file': /lab: kickstart has [1-9]\d* sections/,
  },
};

export const ubuntu: System = {
  distro: 'ubuntu',
  mac: '52:54:00:88:00:05',
  // The whole ISO is in memory, and the plugin wants 2 GiB besides.
  memory: 3328,
  asked: {
    'its kernel comes from inside the ISO': /^\/iso\/content\/ubuntu\.iso\/casper\/vmlinuz$/,
    'the boot script of its initrd fetches the ISO': /^\/iso\/download\/ubuntu\.iso$/,
    'cloud-init reads meta-data': /\/automation\/ubuntu\/meta-data(\?|$)/,
    'cloud-init reads user-data': /\/automation\/ubuntu\/user-data(\?|$)/,
  },
  said: {
    'the ISO is the one of the kernel': /lab: the UUID of the ISO is the initrd's/,
    'cloud-init takes the server for its source': /DataSourceNoCloudNet/,
  },
};

/** A UEFI machine from power-on to the login prompt of a system in memory. */
export function startSystem(system: System) {
  return async (lab: Lab, options: CaseOptions, report: Report): Promise<void> => {
    await lab.offer(system.distro);
    const memory = Math.max(options.memory, system.memory ?? 0);
    const { distro: name, mac } = system;
    const machine = powerOn(lab, { ...options, memory }, { name, mac, firmware: 'uefi' });
    const { asked, said = {} } = system;
    const isSaid = () => Object.values(said).every((pattern) => machine.console.matches(pattern));
    await untilLogin(machine, 'labsystem', options, report, isSaid);
    const seen = requests(lab.serabut.lines).filter(({ at }) => at >= machine.startedAt);
    const whole = seen.filter(({ status, aborted }) => status === 200 && !aborted);
    for (const [what, url] of Object.entries(asked))
      report(
        what,
        whole.some((request) => url.test(request.url)),
      );
    for (const [what, pattern] of Object.entries(said)) report(what, machine.console.matches(pattern));
  };
}
