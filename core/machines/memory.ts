import type { BootView } from '../plugin/contract.js';

/**
 * The iPXE script for a machine that has too little memory for what it wants to boot; undefined when it has enough, or
 * when nothing is known. iPXE has `${memsize}` (in MiB; unset in builds that cannot read the memory map) but no command
 * that compares numbers, so the machine says it in its request and the server compares.
 */
export function leastMemoryScript(
  { leastMemory, distro }: Pick<BootView, 'leastMemory' | 'distro'>,
  said: string | undefined,
  url: string,
): string | undefined {
  const memory = /^\d+$/.test(said ?? '') ? Number(said) : 0;
  if (memory === 0 || memory >= leastMemory) return undefined;
  const anyway = url.replace(/([?&])memory=\d+/, '$1memory=');
  return [
    '#!ipxe',
    `echo Serabut: this machine has ${memory} MiB of memory; ${distro.title} needs ${leastMemory} MiB.`,
    'echo Nothing was loaded.',
    'prompt --timeout 60000 Press a key to try it all the same, or wait for the next boot entry || exit 1',
    `chain --replace --autofree ${anyway}`,
    '',
  ].join('\n');
}
