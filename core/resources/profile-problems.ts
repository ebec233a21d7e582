import type { Finding } from '../check.js';
import { asSerabutError } from '../errors.js';
import { unsupportedBy } from '../plugin/supported.js';
import type { BootableDistro, DistroEntry } from './catalogue.js';
import type { Resource } from './kinds.js';
import type { Snapshot } from './snapshot.js';

/** What the distros of BootProfiles cannot do of their Configurations, by the name of the profile. */
export async function profileProblems(
  snapshot: Snapshot,
  distros: readonly DistroEntry[],
): Promise<Map<string, Finding[]>> {
  const problems = new Map<string, Finding[]>();
  for (const { name, spec } of snapshot.list('BootProfile')) {
    const entry = distros.find((candidate) => candidate.name === spec.distro);
    const configuration = snapshot.list('Configuration').find((candidate) => candidate.name === spec.configuration);
    if (entry === undefined || !('distro' in entry) || configuration === undefined) continue;
    problems.set(name, await problemsOf(entry.distro, configuration));
  }
  return problems;
}

/** A check that fails is a problem of that profile, not of the menu. */
async function problemsOf(distro: BootableDistro, configuration: Resource<'Configuration'>): Promise<Finding[]> {
  try {
    return [...(await unsupportedBy(distro, configuration))];
  } catch (error) {
    return [{ path: 'spec', expected: 'a check that ends', received: asSerabutError(error).message }];
  }
}
