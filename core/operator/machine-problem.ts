import { diagnose } from '../machines/diagnose.js';
import { findProfile } from '../machines/due.js';
import type { Store, Stored } from '../resources/store.js';

/**
 * What is wrong with a machine, in a sentence or two with what to do; null when nothing is. The worst counts: that nobody can
 * tell it from another, that its installation has failed or is silent, that its BootProfile cannot be used,
 * that an attempt has failed.
 */
export function machineProblem(
  { spec, status }: Pick<Stored<'Machine'>, 'spec' | 'status'>,
  machines: Pick<Store, 'get' | 'snapshot'>,
  now: number,
): string | null {
  if (status.phase === 'Conflict') {
    const { message } = status.conditions.find(({ type }) => type === 'Conflict') ?? { message: 'It is not unique.' };
    return `${message} Correct their macs, uuid and serial, or remove one of them.`;
  }
  const installation = status.installation === null ? undefined : machines.get('Installation', status.installation);
  if (status.phase === 'Failed' && installation !== undefined)
    return diagnose(status.timeline, installation.status, now);
  if (status.phase === 'Installing') {
    return installation?.status.conditions.find(isStall)?.message ?? null;
  }
  if (status.phase !== 'Pending' || spec.bootProfile === null) return null;
  const profile = findProfile(machines.snapshot, spec.bootProfile);
  if (typeof profile === 'string') return `${profile} Add it, or give the Machine another bootProfile.`;
  return installation === undefined ? null : attemptProblem(installation, spec.install.generation);
}

/** That an attempt to install what is wanted has failed; what is over of an earlier generation is no problem. */
function attemptProblem({ spec, status }: Stored<'Installation'>, wanted: number): string | null {
  const failure = spec.generation === wanted ? status.failures.at(-1) : undefined;
  if (failure === undefined) return null;
  const [text, again] = [
    failure.message.replace(/\.$/, ''),
    'It is tried again when the machine boots from the network.',
  ];
  return `Attempt ${failure.attempt} of ${spec.attempts} failed: ${text}. ${again}`;
}

function isStall({ type, status }: { type: string; status: string }): boolean {
  return type === 'Stalled' && status === 'True';
}
