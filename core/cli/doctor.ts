import { resolve } from 'node:path';
import { Command } from 'commander';
import { captureText } from '../doctor/capture-text.js';
import { doctorFile } from '../doctor/doctor-capture.js';
import { hasFindings } from '../doctor/judge/capture-report.js';
import { lookAtLan } from '../doctor/live/look.js';
import { liveTools } from '../doctor/live/tools.js';
import { liveText } from '../doctor/live-text.js';
import { SerabutError } from '../errors.js';
import { awaitAddress } from '../lan/await-address.js';
import { absolute, parseUrl } from './options.js';
import { Ended, type Terminal } from './terminal.js';

interface DoctorOptions {
  readonly capture?: string;
  readonly interface?: string;
  readonly data?: string;
  readonly server?: string;
  readonly json?: true;
}

/** `serabut doctor`: why machines do not boot, by asking on the LAN or by a packet capture of it. */
export function doctorCommand(terminal: Terminal): Command {
  return new Command('doctor')
    .description('find out why machines do not boot, by asking on the LAN or by a packet capture')
    .option('--interface <name>', 'interface on the boot LAN to ask on; wants port 68 for itself')
    .option('--data <dir>', "the server's data directory, where it is on this host: its space is looked at")
    .option('--server <url>', 'URL of the server; by default where the LAN says that it is', parseUrl)
    .option('--capture <file>', 'packet capture to read instead: pcap or pcapng')
    .option('--json', 'print the result for programs')
    .addHelpText(
      'after',
      `
Ends with 0 if nothing is wrong, with 1 if something is.

Examples:
  # serabut doctor --interface eth0
  $ serabut doctor --capture boot.pcap`,
    )
    .action((options: DoctorOptions) => doctor(options, terminal));
}

async function doctor(options: DoctorOptions, terminal: Terminal): Promise<void> {
  const { capture, interface: name } = options;
  if ((capture === undefined) === (name === undefined)) {
    throw new SerabutError('SERABUT_ERR_BAD_REQUEST', 'name either --interface or --capture');
  }
  if (capture !== undefined) await readCapture(capture, options, terminal);
  else if (name !== undefined) await look(name, options, terminal);
}

async function readCapture(file: string, { json }: DoctorOptions, { out, stopped }: Terminal): Promise<void> {
  const report = await doctorFile(resolve(file), stopped);
  print(out, json ? asJson(report) : captureText(report));
  if (hasFindings(report)) throw new Ended(1);
}

async function look(name: string, { json, data, server }: DoctorOptions, { out, stopped }: Terminal): Promise<void> {
  const lan = await awaitAddress(name, { ms: 0, signal: stopped });
  const report = await lookAtLan({ lan, data: absolute(data), server }, liveTools(lan));
  print(out, json ? asJson(report) : liveText(report));
  if (report.findings.length > 0) throw new Ended(1);
}

function print(out: NodeJS.WritableStream, lines: Iterable<string>): void {
  for (const line of lines) out.write(line);
}

/** Texts out of packets have been made harmless where they were taken up. */
function asJson(report: object): string[] {
  return [`${JSON.stringify(report, undefined, 2)}\n`];
}
