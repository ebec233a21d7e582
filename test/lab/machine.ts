import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { addTap, hosts, on } from './network.js';
import { LoggedProcess } from './process-log.js';

export interface MachineOptions {
  readonly name: string;
  readonly mac: string;
  readonly firmware: 'uefi' | 'bios';
  /** MiB. */
  readonly memory: number;
  readonly directory: string;
}

/** What the text of the installer looks like when it asks something: the end of every unattended installation. */
const asks = /Press enter to continue|^Prompt: |Prompt: '\?' for help/m;

/**
 * A virtual machine with an empty disk, which its firmware tries first, and a network card after it. The emulated
 * processor is the slow part; the disk's caches are never written through, since nothing here outlives the run.
 */
export class Machine {
  readonly console: LoggedProcess;

  constructor(readonly options: MachineOptions) {
    const { name, directory } = options;
    const disk = join(directory, `${name}.qcow2`);
    rmSync(disk, { force: true });
    spawnSync('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '4G']);
    addTap(`tap-${name}`);
    const [command, args] = on(hosts.switch, 'nice', '-n', '5', 'qemu-system-x86_64', ...this.#arguments(disk));
    this.console = new LoggedProcess(command, args, join(directory, `${name}.console`));
  }

  #arguments(disk: string): string[] {
    const { name, mac, memory, firmware } = this.options;
    // OVMF brings PXE of its own; a BIOS takes the boot ROM of the card, which is iPXE already in QEMU.
    const rom = firmware === 'uefi' ? ',romfile=' : '';
    return [
      ...['-nodefaults', '-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-vga', 'none', '-no-user-config'],
      ...['-accel', 'tcg,thread=multi', '-m', String(memory), '-smp', '2', '-device', 'virtio-rng-pci'],
      ...['-drive', `if=none,id=disk,file=${disk},format=qcow2,cache=unsafe,discard=unmap`],
      ...['-device', 'virtio-blk-pci,drive=disk,bootindex=1'],
      ...['-netdev', `tap,id=net,ifname=tap-${name},script=no,downscript=no`],
      ...['-device', `virtio-net-pci,netdev=net,mac=${mac},bootindex=2${rom}`],
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

  /** Types at the serial console. */
  type(text: string): void {
    this.console.child.stdin?.write(text);
  }

  /** Waits until a condition holds. Fails at once when the installer asks something or the machine ends. */
  async until(what: string, condition: () => boolean, seconds: number): Promise<void> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
      if (condition()) return;
      if (this.console.matches(asks)) throw new Error(`the installer asks something while waiting for ${what}`);
      if (!this.console.isRunning) throw new Error(`the machine ended while waiting for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    throw new Error(`no ${what} within ${seconds} s`);
  }

  stop(): Promise<void> {
    return this.console.stop();
  }
}
