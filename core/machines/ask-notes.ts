import type { Stored } from '../resources/store.js';
import type { DiskBoots } from './disk-boots.js';
import { saidFacts } from './identity.js';
import type { LifecycleDeps } from './lifecycle.js';
import type { Client, Decision, Question, SaidFacts } from './outcome.js';
import type { Records } from './records.js';
import { strangerTo } from './stranger.js';
import type { Upkeep } from './upkeep.js';

/** What somebody asked, and what was decided. */
interface Asked {
  readonly said: SaidFacts;
  readonly client: Client;
  readonly question: Question;
  readonly decision: Decision;
}

/** Keeps in mind what machines asked and what they got. */
export class AskNotes {
  constructor(
    private readonly records: Records,
    private readonly upkeep: Upkeep,
    private readonly disks: DiskBoots,
    private readonly deps: Pick<LifecycleDeps, 'store' | 'settings' | 'now'>,
  ) {}

  /** What a stranger says of a machine is not believed. Returns the Machine that asked. */
  note(asked: Asked): string | undefined {
    const { said, client, question, decision } = asked;
    const { store, settings } = this.deps;
    this.#noteOthers(asked);
    const machine = decision.machine === undefined ? undefined : store.get('Machine', decision.machine);
    if (machine === undefined) return undefined;
    const stranger = strangerTo(machine, client, settings, said);
    if (stranger === undefined) {
      if (question.about !== 'answers') this.#noteOwn(machine, asked);
      return machine.name;
    }
    if (question.about !== 'answers' && decision.kind === 'refuse') this.upkeep.refused(machine.name, stranger);
    return undefined;
  }

  #noteOwn(machine: Stored<'Machine'>, asked: Asked): void {
    const { name } = machine;
    const { question, decision } = asked;
    if (decision.conflict === undefined) this.upkeep.conflict(name, []);
    this.#seen(machine, asked);
    if (decision.kind !== 'disk') this.disks.forget(name);
    else if (question.about === 'boot') this.upkeep.sentToDisk(name, decision.methods[0]);
  }

  /** Between which Machines nobody could tell, and of which a part was said. */
  #noteOthers(asked: Asked): void {
    const { said, client, decision } = asked;
    const { conflict = [], resembles = [], reason } = decision;
    for (const name of conflict) {
      const rival = this.deps.store.get('Machine', name);
      if (rival === undefined || strangerTo(rival, client, this.deps.settings, said) !== undefined) continue;
      this.upkeep.conflict(name, conflict);
      // Of which of them it is what is said, nobody knows.
      if (decision.machine === undefined) this.#seen(rival, { ...asked, said: saidFacts({}) });
    }
    for (const name of resembles) this.upkeep.resembled(name, client, reason);
  }

  #seen(machine: Stored<'Machine'>, { said, client, decision }: Asked): void {
    const { address } = client;
    this.records.signs.seen(machine, { said, address, decision: decision.reason, at: this.deps.now() });
  }
}
