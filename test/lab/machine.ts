import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { trouble } from './console-text.js';
import { addTap, hosts, on } from './network.js';
import { LoggedProcess } from './process-log.js';

export interface MachineOptions {
  readonly name: string;
  readonly mac: string;
  readonly firmware: 'uefi' | 'bios';
  /** MiB. */
  readonly memory: number;
  /** Value of QEMU's option -accel. */
  readonly accel: string;
  readonly directory: string;
  /** The namespace of the switch it is plugged into; that of the lab's own LAN when left out. */
  readonly switch?: string;
  /** What its firmware tries first; the disk when left out. */
  readonly first?: 'disk' | 'network';
  /** Whether the disk of the machine of this name is there from before, not a new and empty one. */
  readonly keepsDisk?: boolean;
  /** Ends every wait when the run is broken off. */
  readonly stopping: AbortSignal;
}

/**
 * A virtual machine with a disk, which its firmware tries first by itself, and a network card after it. The emulated
 * processor is the slow part; the disk's caches are never written through, since nothing here outlives the run.
 *
 * A second card, without a boot ROM and on a wire that leads nowhere, is one that does not work without firmware
 * (e100: d102e_ucode.bin), so that the installer must look into the archives behind its initrd.
 */
export class Machine {
  readonly console: LoggedProcess;
  /** Power-on, in seconds since 1970. */
  readonly startedAt = Date.now() / 1000;
  /** How many lines of the console were looked through for trouble. */
  #looked = 0;

  constructor(readonly options: MachineOptions) {
    const { name, directory } = options;
    const disk = join(directory, `${name}.qcow2`);
    if (options.keepsDisk !== true) {
      rmSync(disk, { force: true });
      spawnSync('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '4G']);
    }
    const toSwitch = this.options.switch ?? hosts.switch;
    addTap(`tap-${name}`, toSwitch);
    const [command, args] = on(toSwitch, 'nice', '-n', '5', 'qemu-system-x86_64', ...this.#arguments(disk));
    this.console = new LoggedProcess(command, args, join(directory, `${name}.console`));
  }

  #arguments(disk: string): string[] {
    const { name, mac, memory, firmware, accel, first = 'disk' } = this.options;
    const [diskIndex, cardIndex] = first === 'disk' ? [1, 2] : [2, 1];
    // OVMF brings PXE of its own; a BIOS takes the boot ROM of the card, which is iPXE already in QEMU.
    const rom = firmware === 'uefi' ? ',romfile=' : '';
    return [
      ...['-nodefaults', '-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-vga', 'none', '-no-user-config'],
      ...['-accel', accel, '-m', String(memory), '-smp', '2', '-device', 'virtio-rng-pci'],
      // On a machine of QEMU by its name Debian's installer installs an agent for it, which takes minutes here.
      ...['-smbios', 'type=1,manufacturer=Lab,product=Machine'],
      ...['-drive', `if=none,id=disk,file=${disk},format=qcow2,cache=unsafe,discard=unmap`],
      ...['-device', `virtio-blk-pci,drive=disk,bootindex=${diskIndex}`],
      ...['-netdev', `tap,id=net,ifname=tap-${name},script=no,downscript=no`],
      ...['-device', `virtio-net-pci,netdev=net,mac=${mac},bootindex=${cardIndex}${rom}`],
      ...['-netdev', 'hubport,id=nowhere,hubid=0', '-device', 'i82551,netdev=nowhere,mac=52:54:00:88:01:01,romfile='],
      ...(firmware === 'uefi' ? this.#uefi() : ['-machine', 'q35,graphics=off']),
    ];
  }

  #uefi(): string[] {
    const variables = join(this.options.directory, `${this.options.name}.vars`);
    copyFileSync('/usr/share/OVMF/OVMF_VARS_4M.fd', variables);
    return [
      ...['-machine', 'q35'],
      ...['-drive', 'if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd'],
      ...['-drive', `if=pflash,format=raw,file=${variables}`],
      // Without it OVMF waits minutes for PXE over IPv6.
      ...['-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=n'],
    ];
  }

  /** Presses a key at the serial console. */
  press(key: string): void {
    this.console.child.stdin?.write(key);
  }

  /** Types a command at a prompt, each character when the one before has been echoed: a BIOS has no buffer to speak of. */
  async type(command: string): Promise<void> {
    for (let length = 1; length <= command.length; length++) {
      const typed = command.slice(0, length);
      this.press(typed.slice(-1));
      await this.until(`echo of "${typed}"`, () => this.console.textFrom(0).at(-1)?.endsWith(typed) ?? false, 20, 20);
    }
    this.press('\r');
  }

  /** Waits until a condition holds. Fails at once when the console shows trouble or the machine ends. */
  async until(what: string, condition: () => boolean, seconds: number, intervalMs = 500): Promise<void> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
      this.options.stopping.throwIfAborted();
      if (condition()) return;
      const bad = this.#trouble();
      if (bad !== undefined) throw new Error(`${bad} while waiting for ${what}`);
      if (!this.console.isRunning) throw new Error(`the machine ended while waiting for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, intervalMs));
    }
    throw new Error(`no ${what} within ${seconds} s`);
  }

  stop(): Promise<void> {
    return this.console.stop();
  }

  #trouble(): string | undefined {
    const fresh = this.console.textFrom(this.#looked);
    this.#looked = this.console.lines.length;
    return fresh.map(trouble).find((meaning) => meaning !== undefined);
  }
}
