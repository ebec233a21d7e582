import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { doctorFile } from '../../../core/doctor/doctor-capture.js';
import { addTap, on } from '../network.js';
import { LoggedProcess } from '../process-log.js';
import { hosts } from './network.js';

/** The machine's port of the switch. */
export const tap = 'tap-vm';

/** The loader that it gets is the real one, whose blocks of TFTP would make a capture large; some of them are enough. */
export const fewBlocks = 'not (udp[8:2] = 3 and greater 1000) and not (udp[8:2] = 4 and udp[10:2] & 31 != 0)';

/** How long firmware and iPXE may take on an emulated processor, in seconds. */
const patience = 180;

export function addPort(): void {
  addTap(tap, hosts.switch);
}

/** A virtual machine with UEFI boots from the network, with the PXE of its firmware, until the capture has its script. */
export async function bootVirtualMachine(mac: string, directory: string, capture: string): Promise<string> {
  const variables = join(directory, 'vars.fd');
  copyFileSync('/usr/share/OVMF/OVMF_VARS_4M.fd', variables);
  const flash = 'if=pflash,format=raw';
  const machine = new LoggedProcess(
    ...on(
      hosts.switch,
      'qemu-system-x86_64',
      ...['-M', 'q35', '-m', '512', '-accel', 'tcg,thread=multi', '-display', 'none', '-serial', 'stdio'],
      ...[
        '-drive',
        `${flash},readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd`,
        '-drive',
        `${flash},file=${variables}`,
      ],
      ...['-netdev', `tap,id=lan,ifname=${tap},script=no,downscript=no`],
      ...['-device', `virtio-net-pci,netdev=lan,mac=${mac},romfile=`],
    ),
    join(directory, 'vm.console'),
  );
  try {
    for (let tries = 0; tries < patience && machine.isRunning; tries++) {
      await sleep(1000);
      if ((await doctorFile(capture)).clients.some(({ result }) => result === 'booted')) return '';
    }
    return 'it did not come to its script';
  } finally {
    await machine.stop();
  }
}
