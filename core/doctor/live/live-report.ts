import type { FaultSentence, LanFaultCode } from '../../lan/fault-sentence.js';
import { lanFault } from '../../lan/fault-sentence.js';

/** One thing that was looked at. */
export interface LiveStep {
  readonly name: string;
  /** `-`: it could not be looked at, and `detail` says why. */
  readonly state: 'ok' | 'FAIL' | '-';
  readonly detail: string;
}

/** What was found of a LAN by asking on it. */
export interface LiveReport {
  readonly steps: readonly LiveStep[];
  /** In the order in which a machine meets them. */
  readonly findings: readonly FaultSentence[];
}

/** Collects steps and findings. */
export class LiveNotes implements LiveReport {
  readonly steps: LiveStep[] = [];
  readonly findings: FaultSentence[] = [];

  ok(name: string, detail: string): void {
    this.steps.push({ name, state: 'ok', detail });
  }

  unknown(name: string, detail: string): void {
    this.steps.push({ name, state: '-', detail });
  }

  fail(name: string, code: LanFaultCode, cause: string): void {
    this.steps.push({ name, state: 'FAIL', detail: code });
    this.findings.push(lanFault(code, cause));
  }
}
