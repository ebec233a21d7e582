import { SerabutError } from '../errors.js';
import type { Resource } from './kinds.js';
import type { Snapshot } from './snapshot.js';

/** The Configuration of this name. Throws SERABUT_ERR_CONFIGURATION_NOT_FOUND, or what is wrong with it. */
export function findConfiguration(snapshot: Snapshot, name: string): Resource<'Configuration'> {
  const found = snapshot.get('Configuration', name);
  if (found !== undefined) return found;
  throw new SerabutError('SERABUT_ERR_CONFIGURATION_NOT_FOUND', `there is no Configuration "${name}"`);
}

/** The BootProfile of this name. Throws SERABUT_ERR_PROFILE_NOT_FOUND where there is none of this distro. */
export function findProfileOf(snapshot: Snapshot, distro: string, name: string): Resource<'BootProfile'> {
  const found = snapshot.get('BootProfile', name);
  if (found?.spec.distro === distro) return found;
  throw new SerabutError('SERABUT_ERR_PROFILE_NOT_FOUND', `there is no BootProfile "${name}" of distro "${distro}"`);
}
