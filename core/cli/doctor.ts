import { resolve } from 'node:path';
import { Command } from 'commander';
import { captureText } from '../doctor/capture-text.js';
import { doctorFile } from '../doctor/doctor-capture.js';
import { hasFindings } from '../doctor/judge/capture-report.js';
import { Ended, type Terminal } from './terminal.js';

interface DoctorOptions {
  readonly capture: string;
  readonly json?: true;
}

/** `serabut doctor`: what is wrong with a LAN, by a packet capture of it. */
export function doctorCommand(terminal: Terminal): Command {
  return new Command('doctor')
    .description('find out why machines do not boot, by a packet capture')
    .requiredOption('--capture <file>', 'packet capture to read: pcap or pcapng')
    .option('--json', 'print the result for programs')
    .action((options: DoctorOptions) => readCaptureFile(options, terminal));
}

async function readCaptureFile({ capture, json }: DoctorOptions, { out, stopped }: Terminal): Promise<void> {
  const report = await doctorFile(resolve(capture), stopped);
  if (json) out.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else for (const line of captureText(report)) out.write(line);
  if (hasFindings(report)) throw new Ended(1);
}
