import type { SerabutError } from '../errors.js';
import Type, { type Static } from '../typebox.js';
import { instant, line, oneOf } from './text.js';

/** One thing that is, or is not, so of a resource, as Kubernetes has it (meta/v1 Condition). */
export const condition = Type.Object(
  {
    type: line(64),
    status: oneOf('True', 'False', 'Unknown'),
    /** One word in CamelCase, for programs. */
    reason: line(64),
    /** For people. */
    message: Type.String({ maxLength: 1024 }),
    /** Since when the status is what it is. */
    lastTransitionTime: instant(),
  },
  { additionalProperties: false },
);

export type Condition = Static<typeof condition>;

/** What of a condition its maker says; the time is that of the change of the status. */
export type ConditionNow = Omit<Condition, 'lastTransitionTime'>;

/** The conditions with one of them set; the others, and the time of a status that stays, are as they were. */
export function withCondition(conditions: readonly Condition[], now: ConditionNow, time: string): Condition[] {
  const before = conditions.find(({ type }) => type === now.type);
  const lastTransitionTime = before?.status === now.status ? before.lastTransitionTime : time;
  return [...conditions.filter((other) => other !== before), { ...now, lastTransitionTime }];
}

/** The reason of a condition for an error: its code, as reasons are written. */
export function reasonOf({ code }: SerabutError): string {
  const words = code.replace('SERABUT_ERR_', '').toLowerCase().split('_');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** Cause, place and remedy of an error in one text that fits a condition. */
export function messageOf({ message, where, remedy }: SerabutError): string {
  const place = where === undefined || message.includes(where) ? '' : ` (${where})`;
  return `${message.slice(0, 600)}${place.slice(0, 200)}. ${remedy}`.slice(0, 1024);
}
