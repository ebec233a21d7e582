import { type ConditionNow, withCondition } from '../resources/condition.js';
import type { MachineStatus } from '../resources/machine.js';
import type { Stored } from '../resources/store.js';
import { is, not } from './attempts.js';
import { instantOf } from './instant.js';

/** What the standing of a machine is made of. */
export interface Circumstances {
  /** The Installation of the generation that was begun last; undefined when it is not there. */
  readonly installation: Stored<'Installation'> | undefined;
  /** Other Machines between which and this one nobody can tell. */
  readonly rivals: readonly string[];
}

/** The status of a machine with its phase, its generation and its conditions as they follow from what is known. Pure. */
export function standing(
  { spec, status }: Pick<Stored<'Machine'>, 'spec' | 'status'>,
  { installation, rivals }: Circumstances,
  now: number,
): MachineStatus {
  const isInstalled = installation?.status.phase === 'Installed';
  const installedGeneration = isInstalled ? installation.spec.generation : status.installedGeneration;
  const phase = phaseOf({ spec, status }, installation, rivals);
  const time = instantOf(now);
  let { conditions } = status;
  for (const condition of [conflict(status, rivals), installed(installation)]) {
    if (condition !== undefined) conditions = withCondition(conditions, condition, time);
  }
  return { ...status, phase, installedGeneration, conditions };
}

function phaseOf(
  { spec, status }: Pick<Stored<'Machine'>, 'spec' | 'status'>,
  installation: Stored<'Installation'> | undefined,
  rivals: readonly string[],
): MachineStatus['phase'] {
  if (rivals.length > 0) return 'Conflict';
  if (installation?.status.phase === 'Installing') return 'Installing';
  if (spec.bootProfile !== null && spec.install.generation > status.generation) return 'Pending';
  if (installation !== undefined) return installation.status.phase;
  if (status.installedGeneration > 0) return 'Installed';
  return status.discovered && spec.bootProfile === null ? 'Discovered' : 'Ready';
}

function conflict({ conditions }: MachineStatus, rivals: readonly string[]): ConditionNow | undefined {
  if (rivals.length > 0) {
    return is(
      'Conflict',
      'SameIdentity',
      `Nobody can tell it from ${rivals.slice(0, 5).join(', ')}. None is installed.`,
    );
  }
  const isKnown = conditions.some(({ type }) => type === 'Conflict');
  return isKnown ? not('Conflict', 'Unique', 'No other Machine is meant where this one is.') : undefined;
}

function installed(installation: Stored<'Installation'> | undefined): ConditionNow | undefined {
  if (installation === undefined) return undefined;
  const { spec, status } = installation;
  const which = `Generation ${spec.generation}`;
  if (status.phase === 'Installed') return is('Installed', 'Installed', `${which} is installed.`);
  const failure = status.failures.at(-1);
  if (status.phase === 'Failed') {
    return not('Installed', failure?.reason ?? 'Failed', `${which} has failed: ${failure?.message ?? ''}`);
  }
  const attempts = `${which}: ${status.attempt} of ${spec.attempts} attempts ${status.attempt === 1 ? 'has' : 'have'} begun.`;
  return not('Installed', status.phase, attempts);
}
