import { askedOfIpxe } from './identity.js';
import { type Decision, type DiskMethods, hasSecrets, type MenuEntry, noConfiguration } from './outcome.js';

/** How long the menu waits for a key before it takes the default, in milliseconds. */
const menuTimeout = 10_000;

/** What scripts refer to. */
interface Place {
  /** This server as the machine reaches it, without a slash at the end. */
  readonly server: string;
  /** The URL that the machine asked for. */
  readonly url: string;
}

type Scripted = Exclude<Decision, { kind: 'install' | 'allow' }>;

/** The iPXE script of a decision that needs no distro. */
export function decisionScript(decision: Scripted, { server, url }: Place): string {
  const said = ['#!ipxe', `echo Serabut: ${plain(decision.reason)}`];
  switch (decision.kind) {
    case 'menu':
      return menuScript(decision, server);
    case 'disk':
      return script(...said, toDisk(decision.methods));
    case 'identify':
      return script('#!ipxe', `chain --replace --autofree ${server}/boot?${askedOfIpxe} || exit 1`);
    case 'wait':
      return script(...said, `sleep ${decision.seconds}`, `chain --replace --autofree ${url} || exit 1`);
    case 'refuse':
      return script(...said, 'sleep 10', 'exit 1');
  }
}

function script(...lines: string[]): string {
  return `${lines.join('\n')}\n`;
}

/** The way to the disk. `exit 1` ends the script; `exit 0` would bring up the firmware's own menu on EDK2. */
function toDisk([first]: DiskMethods): string {
  return first === 'exit' ? 'exit 1' : 'sanboot --no-describe --drive 0x80 || exit 1';
}

/**
 * Text of anybody as words of an iPXE command: without what iPXE expands, and what begins a comment or another command
 * (iPXE core/exec.c).
 */
function plain(text: string): string {
  return text
    .replace(/[^\w .,:()/=@+-]/g, ' ')
    .replace(/ +/g, ' ')
    .trim()
    .slice(0, 400);
}

/** The iPXE script of a menu. Names and titles are plain words by their schemas, so nothing needs escaping. */
function menuScript(decision: Extract<Decision, { kind: 'menu' }>, server: string): string {
  const entries = decision.entries.map((entry, index) => ({ ...entry, label: `entry_${index}` }));
  const standard = entries.find(({ name, kind }) => isSame({ name, kind }, decision.defaultEntry));
  const items = (kind: MenuEntry['kind']) =>
    entries.filter((entry) => entry.kind === kind).map((entry) => `item ${itemOf(entry)}`);
  return script(
    '#!ipxe',
    `echo Serabut: ${plain(decision.reason)}`,
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
    toDisk(decision.methods),
    ':shell',
    'shell',
    'goto menu',
    ...entries
      .filter(({ problems }) => problems.length === 0)
      .flatMap(({ label, kind, name, distro }) => [
        `:${label}`,
        `chain --replace --autofree ${server}/boot/${distro}?${kind === 'profile' ? `profile=${name}&` : ''}${askedOfIpxe} || goto failed`,
      ]),
    ':failed',
    'echo Serabut: the boot script could not be loaded. The reason is in the log of the server.',
    'prompt --timeout 10000 Press a key for the menu, or wait for the next boot entry && goto menu || exit 1',
  );
}

/** An entry that cannot be installed is a heading, which cannot be chosen. */
function itemOf({ label, title, problems: [first, ...others] }: MenuEntry & { label: string }): string {
  if (first === undefined) return `${label} ${title}`;
  if (first === hasSecrets) return `--gap -- ${title} has secrets, which known machines alone get`;
  if (first === noConfiguration) return `--gap -- ${title} has no Configuration that can be used: see the log`;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `--gap -- ${title} cannot do ${first.replace(/[^\w.[\]-]/g, '')}${more}: see serabut render boot`;
}

function isSame(a: Pick<MenuEntry, 'name' | 'kind'>, b: MenuEntry | undefined): boolean {
  return b !== undefined && a.name === b.name && a.kind === b.kind;
}
