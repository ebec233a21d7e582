import type { InstallationStatus } from '../resources/installation.js';
import type { TimelineEntry } from '../resources/machine.js';
import { endsStart } from './timeline.js';

/** Where a machine can be stuck: behind what, before what, why that is so most of the time, and what to do. */
interface Place {
  readonly after: string;
  readonly before: string;
  readonly likely: string;
}

const places: Readonly<Record<string, Place>> = {
  Offered: {
    after: 'it was offered to boot from the network',
    before: 'it had its loader',
    likely:
      'another server on the LAN may have answered before, or UDP port 69 (TFTP) of this one is not reached. Look at its console, and for other DHCP or PXE servers.',
  },
  LoaderSent: {
    after: 'its loader was sent',
    before: 'iPXE asked for the boot script',
    likely:
      'Secure Boot may have refused the loader, iPXE may not know its network card, or the switch port forwards nothing for the first half minute (spanning tree: enable PortFast). Its console shows which.',
  },
  ScriptSent: {
    after: 'its boot script was sent',
    before: 'it had the kernel',
    likely:
      'it may have too little memory, or TCP to this server is held up on the way (MTU, firewall). iPXE says on its console what it waits for.',
  },
  KernelSent: {
    after: 'the kernel was sent',
    before: 'it had the initrd',
    likely: 'the line may be slow, or the memory too small for the initrd. iPXE shows the progress on its console.',
  },
  InitrdSent: {
    after: 'the initrd was sent',
    before: 'an answer file was asked for',
    likely:
      'the kernel may have stopped, or the installer has no driver or firmware for the network card, or no address by DHCP. Look at its console; a firmware archive can be joined to the initrd.',
  },
  AnswersSent: {
    after: 'its answer files were sent',
    before: 'anything more was heard',
    likely:
      'the installer may be asking a question on its console, find no disk that fits the Configuration, or not reach its mirror.',
  },
  ContentSent: {
    after: 'parts of the medium were sent',
    before: 'the installer said how it goes on',
    likely:
      'it may be unpacking them, or asking a question on its console. Where memory is short, the kernel ends programs: see there too.',
  },
  Progress: {
    after: 'the installer reported',
    before: 'its next report',
    likely:
      'it may be waiting for a mirror or the proxy of packages, or asking a question. Look at its console and at the log of the proxy.',
  },
};

/** What says by itself why nothing follows. */
const problems: Readonly<Record<string, (message: string) => string>> = {
  NotOffered: (message) =>
    `${message}. Put a loader for it into the directory of the iPXE binaries, or change the boot mode of its firmware.`,
  LoaderFailed: (message) =>
    `${message}. See that UDP passes between it and this server, in both directions and with whole packets (MTU).`,
  TransferFailed: (message) =>
    `it ${message}. Where it was refused, the log of the server says why; where it was broken off, see to its memory, its cable and its power.`,
  Syslog: (message) => `its installer logged "${message}". What it logged before says more.`,
  Refused: (message) =>
    `it was refused: ${message}. Correct the macs of the Machine, or find out who asks in its name.`,
};

/**
 * Says in one sentence or two where a machine is on its way to an installed system, since when, why it probably does not go
 * on, and what to do. `now` is in milliseconds since 1970. Pure; for people who look at a machine that is stuck.
 */
export function diagnose(timeline: readonly TimelineEntry[], installation: InstallationStatus, now: number): string {
  const { phase, failures, attempt } = installation;
  const failure = failures.at(-1);
  if (phase === 'Failed')
    return `Failed after ${attempt} ${attempt === 1 ? 'attempt' : 'attempts'}: ${failure?.message ?? 'no reason is known.'} Mend that, then raise spec.install.generation.`;
  if (phase === 'Installed') return afterInstallation(timeline, installation, now);
  const start = timeline.findLastIndex(({ stage }) => endsStart(stage)) + 1;
  const entry = timeline.slice(start).findLast(({ stage }) => stage in places || stage in problems);
  if (entry === undefined) return notStarted(installation, now);
  const problem = problems[entry.stage]?.(entry.message);
  const since = spanText(now - Date.parse(entry.time));
  if (problem !== undefined) return `Stuck for ${since}: ${problem}`;
  const { after, before, likely } = places[entry.stage] as Place;
  const what = entry.stage === 'Progress' ? `${after} "${entry.message}"` : after;
  return `Stuck for ${since} after ${what}, before ${before}: ${likely}`;
}

/** Nothing was seen of it since it was asked to install. */
function notStarted({ attempt, failures, attemptStarted }: InstallationStatus, now: number): string {
  const remedy =
    'Switch it on, or start it anew, with the network first in its boot order; its switch port must be on the boot LAN.';
  const failure = failures.at(-1);
  if (failure !== undefined)
    return `Nothing was seen of it since attempt ${failure.attempt} failed (${failure.message}), ${spanText(now - Date.parse(failure.time))} ago. ${remedy}`;
  const since =
    attemptStarted === null ? '' : ` since attempt ${attempt} began, ${spanText(now - Date.parse(attemptStarted))} ago`;
  return `Nothing was seen of it${since}. ${remedy}`;
}

/** The installer is done; the machine must still come to its disk. */
function afterInstallation(
  timeline: readonly TimelineEntry[],
  { conditions }: InstallationStatus,
  now: number,
): string {
  const condition = (name: string) => conditions.find(({ type }) => type === name);
  if (condition('BootedFromDisk')?.status === 'True') return 'Installed, and booted from its disk.';
  const installed = condition('Installed')?.lastTransitionTime;
  const since = installed === undefined ? '' : ` ${spanText(now - Date.parse(installed))} ago`;
  if (timeline.at(-1)?.stage === 'CameBack')
    return `Installed${since}, but it came straight back from its disk: its firmware cannot start what is there. Put the disk first in its boot order, or set spec.bootFromDisk to the other method.`;
  return `Installed${since}, and not heard of since: it boots its disk, or its firmware does not come to the network. Its console shows which.`;
}

/** A span of time for people; a clock that was set back makes it none. */
function spanText(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
}
