/** Control sequences of a terminal that this knows: CSI, character sets, and the short ones. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const sequences = /\u001b\[[0-9;?=]*[A-Za-z]|\u001b[()][A-Z0-9]|\u001b[=>cDM78]|[\r\0]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const begunSequence = /\u001b(?:\[[0-9;?=]*|[()])?$/;

/**
 * Makes lines of what a terminal gets. Keeps the beginning of a control sequence until its end has come: a serial line
 * gives it byte by byte.
 */
export class LineSplitter {
  /** What has come of a line that is not at its end yet: a prompt has no line break. */
  partial = '';
  #held = '';

  /** Takes the next bytes and gives the lines that they end. */
  push(chunk: string): string[] {
    const text = this.#held + chunk;
    const cut = begunSequence.exec(text)?.index ?? text.length;
    this.#held = text.slice(cut);
    const parts = (this.partial + text.slice(0, cut).replace(sequences, '')).split('\n');
    this.partial = parts.pop() ?? '';
    return parts;
  }
}

/** What ends an unattended start or installation, because nobody is there who would read or answer. */
const troubles: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [/Press enter to continue|^Prompt: |Prompt: '\?' for help/, 'the installer asks something'],
  [/Kernel panic - not syncing/, 'the kernel panics'],
  [/Serabut: the boot script could not be loaded|Press a key for the iPXE shell/, 'the boot script gives up'],
  [/UEFI Interactive Shell|^Shell> $/, 'the firmware has nothing to boot'],
  [/Entering emergency mode|Press Enter for maintenance|^\(initramfs\) /, 'the initrd finds no system'],
  [/^grub rescue> |^grub> $/, 'the boot loader finds no system'],
];

/** Says what goes wrong in one line of a console, if it is one that cannot be followed by anything good. */
export function trouble(line: string): string | undefined {
  return troubles.find(([pattern]) => pattern.test(line))?.[1];
}
