import type { MachineView } from '../operator/machine-view.js';

/** What operators can do to a machine. */
export const actionNames = ['accept', 'reinstall', 'forget'] as const;

export type ActionName = (typeof actionNames)[number];

/** The question before an action: which machine it is, and what becomes of its disk. */
export function confirmPage(action: ActionName, machine: MachineView, profiles: readonly string[]) {
  const { name, bootProfile, proposal, generation } = machine;
  const back = `/machines/${encodeURIComponent(name)}`;
  const frame = { name, back, profiles: [] as readonly string[], chosen: '', generation: '', warning: '' };
  const who = [machine.macs.join(', '), machine.product].filter((part) => part).join(', ');
  if (action === 'forget') {
    const what = `${name} (${who}) is taken off the list. When it boots from the network again it is discovered again.`;
    return { ...frame, what, button: `Forget ${name}`, look: '' };
  }
  const warning = `The disk of ${name} will be erased.`;
  if (action === 'accept') {
    const what = `When ${name} (${who}) next boots from the network it is installed with the BootProfile that you choose. All that is on its disk is lost.`;
    const chosen = proposal?.bootProfile ?? '';
    return { ...frame, warning, what, profiles, chosen, button: `Accept ${name}, erase its disk`, look: 'danger' };
  }
  const next = Math.max(generation.wanted, generation.begun) + 1;
  const what = `When ${name} (${who}) next boots from the network it is installed again, as generation ${next}, with BootProfile ${bootProfile}. All that is on its disk is lost.`;
  const button = `Reinstall ${name}, erase its disk`;
  return { ...frame, warning, what, generation: String(next), button, look: 'danger' };
}
