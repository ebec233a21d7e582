import { asSerabutError, SerabutError } from '../errors.js';
import { isUnclaimed } from '../machines/claims.js';
import { again } from '../machines/records.js';
import type { MachineSpec } from '../resources/machine.js';
import type { Store, Stored } from '../resources/store.js';

export interface ActionParts {
  readonly store: Store;
  readonly log: (level: 'info' | 'warn', details: object, message: string) => void;
}

/** Who asks for an action, for the log and the Event. */
export interface Actor {
  readonly operator: string;
}

export interface AcceptOptions {
  /** That of the proposal when left out. */
  readonly bootProfile?: string | undefined;
}

export interface ReinstallOptions {
  /**
   * The generation to come to, which makes that asking twice is asking once; one more than the present one when left out.
   */
  readonly generation?: number | undefined;
}

/**
 * What operators do to machines. Each changes the spec of a Machine, or takes a discovered one away; what follows from
 * that is decided where it always is, when the machine asks.
 */
export class Actions {
  constructor(private readonly parts: ActionParts) {}

  /**
   * A discovered machine becomes one that is installed when it next boots from the network, which ERASES ITS DISK. Throws
   * SERABUT_ERR_MACHINE_NOT_FOUND, SERABUT_ERR_MACHINE_STATE when somebody, or a rule, has accepted it,
   * SERABUT_ERR_BAD_REQUEST without a BootProfile and SERABUT_ERR_PROFILE_NOT_FOUND.
   */
  accept(name: string, { bootProfile }: AcceptOptions, actor: Actor): Promise<Stored<'Machine'>> {
    return again(async () => {
      const machine = this.#machine(name);
      const { spec, status } = machine;
      if (!isUnclaimed(machine)) throw alreadyAccepted(machine);
      const profile = bootProfile ?? status.proposal?.bootProfile;
      if (profile === undefined) throw this.#noProfile(name);
      this.#requireProfile(profile);
      const install = { ...spec.install, generation: 1 };
      const written = await this.#write(machine, { ...spec, bootProfile: profile, install });
      this.#tell(name, 'Accepted', `${actor.operator} accepted it to be installed with BootProfile ${profile}.`);
      return written;
    });
  }

  /**
   * The machine is installed once more when it next boots from the network, which ERASES ITS DISK. Throws
   * SERABUT_ERR_READ_ONLY for a Machine in a file, which says what to change there.
   */
  reinstall(name: string, { generation }: ReinstallOptions, actor: Actor): Promise<Stored<'Machine'>> {
    return again(async () => {
      const machine = this.#machine(name);
      const { spec } = machine;
      if (spec.bootProfile === null) {
        const message = `Machine "${name}" has no bootProfile, so nobody knows what to install`;
        throw new SerabutError('SERABUT_ERR_MACHINE_STATE', message, { where: machine.where });
      }
      const present = Math.max(spec.install.generation, machine.status.generation);
      const next = generation ?? present + 1;
      if (next === spec.install.generation) return machine;
      if (next <= present) throw tooLow(name, present, next);
      const written = await this.#write(machine, { ...spec, install: { ...spec.install, generation: next } });
      this.#tell(name, 'Reinstall', `${actor.operator} asked to install it once more, as generation ${next}.`);
      return written;
    });
  }

  /** Takes a discovered machine away; when it asks again it is discovered again. Throws SERABUT_ERR_MACHINE_STATE. */
  forget(name: string, actor: Actor): Promise<void> {
    return again(async () => {
      const machine = this.#machine(name);
      const { status } = machine;
      if (!status.discovered || status.phase === 'Installing') {
        const why = status.discovered ? 'is being installed' : 'was not discovered, but made by a person';
        const message = `Machine "${name}" ${why}, and cannot be forgotten`;
        throw new SerabutError('SERABUT_ERR_MACHINE_STATE', message, { where: machine.where });
      }
      await this.parts.store.remove(machine);
      this.parts.log('info', { machine: name, operator: actor.operator }, 'a discovered machine is forgotten');
    });
  }

  #machine(name: string): Stored<'Machine'> {
    const machine = this.parts.store.get('Machine', name);
    if (machine !== undefined) return machine;
    throw machineNotFound(name);
  }

  #noProfile(name: string): SerabutError {
    const profiles = this.parts.store.snapshot.list('BootProfile').map((profile) => profile.name);
    const choice = profiles.length === 0 ? 'there is none yet' : `one of ${profiles.slice(0, 20).join(', ')}`;
    const message = `no MachineRule proposes a BootProfile for "${name}": say which (${choice})`;
    return new SerabutError('SERABUT_ERR_BAD_REQUEST', message);
  }

  /** One that is broken throws what is wrong with it. */
  #requireProfile(name: string): void {
    if (this.parts.store.snapshot.get('BootProfile', name) !== undefined) return;
    throw new SerabutError('SERABUT_ERR_PROFILE_NOT_FOUND', `there is no BootProfile "${name}"`);
  }

  /** A Machine in a file of a person is that person's to change: the error says which number becomes which. */
  async #write(machine: Stored<'Machine'>, spec: MachineSpec): Promise<Stored<'Machine'>> {
    try {
      return await this.parts.store.writeSpec(machine, spec);
    } catch (thrown) {
      const error = asSerabutError(thrown);
      if (error.code !== 'SERABUT_ERR_READ_ONLY') throw thrown;
      const { generation } = spec.install;
      const change = `set spec.install.generation to ${generation} there (now ${machine.spec.install.generation})`;
      const where = error.where === undefined ? {} : { where: error.where };
      throw new SerabutError(error.code, `${error.message}: ${change}`, { ...where, cause: error });
    }
  }

  #tell(name: string, reason: string, message: string): void {
    this.parts.store.tell('Machine', name, { type: 'Normal', reason, message });
  }
}

export function machineNotFound(name: string): SerabutError {
  return new SerabutError('SERABUT_ERR_MACHINE_NOT_FOUND', `there is no Machine "${name}"`);
}

function alreadyAccepted({ name, spec, status, where }: Stored<'Machine'>): SerabutError {
  const why = status.discovered
    ? `has been accepted already, with BootProfile ${spec.bootProfile ?? 'none'} and generation ${spec.install.generation}`
    : 'was not discovered, but made by a person';
  return new SerabutError('SERABUT_ERR_MACHINE_STATE', `Machine "${name}" ${why}`, { where });
}

function tooLow(name: string, present: number, wanted: number): SerabutError {
  const message = `generation ${wanted} is not above ${present}, to which Machine "${name}" has come`;
  return new SerabutError('SERABUT_ERR_MACHINE_STATE', message);
}
