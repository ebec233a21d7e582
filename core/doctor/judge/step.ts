import { type FaultSentence, type LanFaultCode, lanFault } from '../../lan/fault-sentence.js';

/** A fault with the packets that show it. */
export interface Finding extends FaultSentence {
  readonly packets: readonly number[];
}

/** One step of a machine on its way. */
export interface Step {
  readonly name: string;
  /** `-`: it did not come to it, or it is not in the capture. */
  readonly state: 'ok' | 'FAIL' | '-';
  readonly detail: string;
  readonly packets: readonly number[];
}

/** What was seen of a step that went well. */
export interface Passed {
  readonly detail: string;
  readonly packets: readonly number[];
}

/** What is found of a step; `unseen` where nothing is to be seen of it, `ended` where the capture ends before its answer. */
export type Outcome = Passed | Finding | 'unseen' | 'ended';

export function finding(code: LanFaultCode, cause: string, packets: readonly number[]): Finding {
  return { ...lanFault(code, cause), packets: [...new Set(packets)].sort((a, b) => a - b).slice(0, mostPackets) };
}

/** Packets that are named for one thing. */
const mostPackets = 8;

export function isFinding(outcome: Outcome): outcome is Finding {
  return typeof outcome === 'object' && 'code' in outcome;
}
