import type { Decision, MenuEntry } from './menu-choice.js';

/** How long the menu waits for a key before it takes the default, in milliseconds. */
const menuTimeout = 10_000;

/**
 * The next boot entry of the firmware, which is the disk where the firmware is set so. UEFI goes on after a failing
 * exit; a BIOS starts its first disk by int 13h. `exit 0` would bring up the firmware's own menu on EDK2.
 */
const bootFromDisk = `iseq \${platform} efi && exit 1 ||
sanboot --no-describe --drive 0x80 || exit 1`;

/** What iPXE tells of the machine when it asks on; expanded by iPXE, escaped for a URL. */
const machineQuery = [
  `mac=\${mac:hexhyp}&uuid=\${uuid}&serial=\${serial:uristring}`,
  `arch=\${buildarch}&platform=\${platform}&memory=\${memsize}`,
].join('&');

/** The iPXE script of a menu. Names and titles are plain words by their schemas, so nothing needs escaping. */
export function menuScript(decision: Decision, server: string): string {
  const entries = decision.entries.map((entry, index) => ({ ...entry, label: `entry_${index}` }));
  const standard = entries.find(({ name, kind }) => isSame({ name, kind }, decision.defaultEntry));
  const items = (kind: MenuEntry['kind']) =>
    entries.filter((entry) => entry.kind === kind).map((entry) => `item ${itemOf(entry)}`);
  return [
    '#!ipxe',
    `echo Serabut: ${decision.reason}`,
    ':menu',
    'menu Serabut: what shall this machine do?',
    'item disk Boot from its own disk',
    'item --gap -- Install without a question. ERASES THE DISK.',
    ...items('profile'),
    'item --gap -- Start an installer that asks its questions',
    ...items('distro'),
    'item --gap --',
    'item shell iPXE shell',
    `choose --default ${standard?.label ?? 'disk'} --timeout ${menuTimeout} chosen && goto \${chosen} || goto disk`,
    ':disk',
    'echo Serabut: on to the own disk',
    bootFromDisk,
    ':shell',
    'shell',
    'goto menu',
    ...entries
      .filter(({ problems }) => problems.length === 0)
      .flatMap(({ label, kind, name, distro }) => [
        `:${label}`,
        `chain --replace --autofree ${server}/boot/${distro}?${kind === 'profile' ? `profile=${name}&` : ''}${machineQuery} || goto failed`,
      ]),
    ':failed',
    'echo Serabut: the boot script could not be loaded. The reason is in the log of the server.',
    'prompt --timeout 10000 Press a key for the menu, or wait for the next boot entry && goto menu || exit 1',
    '',
  ].join('\n');
}

/** An entry that cannot be installed is a heading, which cannot be chosen. */
function itemOf({ label, title, problems: [first, ...others] }: MenuEntry & { label: string }): string {
  if (first === undefined) return `${label} ${title}`;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `--gap -- ${title} cannot do ${first.replace(/[^\w.[\]-]/g, '')}${more}: see serabut render boot`;
}

function isSame(a: Pick<MenuEntry, 'name' | 'kind'>, b: MenuEntry | undefined): boolean {
  return b !== undefined && a.name === b.name && a.kind === b.kind;
}
