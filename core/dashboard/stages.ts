import type { InstallationView } from '../operator/installation-view.js';
import { clock } from './filters.js';

type Stage = InstallationView['stages'][number];

const titles: Readonly<Record<Stage['stage'], string>> = {
  Offered: 'Offered to boot',
  ScriptSent: 'Boot script',
  KernelSent: 'Kernel',
  InitrdSent: 'Initrd',
  AnswersSent: 'Answer files',
  Installing: 'Installer at work',
  Installed: 'Installed',
  BootedFromDisk: 'Booted from its disk',
};

/** From how many bytes on a speed is shown. */
const leastBytes = 1_000_000;

/** An installation, stage by stage, and in one sentence how it stands. `now` is in milliseconds since 1970. */
export function installationPart(installation: InstallationView, now: number) {
  const { generation, bootProfile, failures } = installation;
  const last = installation.stages.findLastIndex(({ time }) => time !== null);
  return {
    title: `Installation ${generation}, with ${bootProfile}`,
    sentence: sentenceOf(installation, installation.stages[last], now),
    stages: installation.stages.map((stage, index) => stageOf(stage, index, last, installation)),
    failures,
  };
}

function stageOf({ stage, time, seconds, bytes }: Stage, index: number, last: number, whole: InstallationView) {
  const sent = stage === 'Installing' ? whole.contentBytes || null : bytes;
  // Of what comes in one packet the time says nothing.
  const isLarge = sent !== null && sent >= leastBytes && seconds !== null && seconds > 0;
  const speed = isLarge && stage !== 'Installing' ? sent / seconds : null;
  return {
    ...{ title: titles[stage], time, seconds, bytes: sent, speed },
    ...markOf(time !== null, Math.sign(index - last), whole.phase),
  };
}

/** How a stage is marked, and the word for those who do not see it. `place`: before (-1), at (0) or after the last one. */
function markOf(isReached: boolean, place: number, phase: InstallationView['phase']): { state: string; word: string } {
  if (place > 0) return { state: 'ahead', word: 'not yet' };
  if (!isReached) return { state: 'ahead', word: 'not seen' };
  if (place < 0 || phase === 'Installed') return { state: 'done', word: 'done' };
  return phase === 'Installing' ? { state: 'current', word: 'now' } : { state: 'failed', word: 'ended after this' };
}

function sentenceOf(installation: InstallationView, stage: Stage | undefined, now: number): string {
  const { phase, attempt, attempts, progress, lastHeard, deadline } = installation;
  const which = `Attempt ${attempt} of ${attempts}`;
  if (phase === 'Pending') return attempt === 0 ? 'No attempt has begun.' : `${which} is over; the next may begin.`;
  if (phase === 'Failed') return `${which} was the last; the installation has failed.`;
  if (phase === 'Installed') return `${which} came to its end${at(stage?.time ?? null, now)}.`;
  const where = stage === undefined ? '' : `: ${titles[stage.stage]}${at(stage.time, now)}`;
  const said = progress === null ? '' : ` The installer says: ${progress}.`;
  return `${which}${where}.${said} Last heard${at(lastHeard, now)}; it has time until ${clock(deadline, now)}.`;
}

function at(instant: string | null, now: number): string {
  return instant === null ? '' : ` at ${clock(instant, now)}`;
}
