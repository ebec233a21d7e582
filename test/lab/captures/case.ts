import { join } from 'node:path';
import { doctorFile } from '../../../core/doctor/doctor-capture.js';
import type { Report } from '../cases.js';
import { expected } from './expected.js';
import { record } from './record.js';
import { situations } from './situations.js';
import { inWorld, macOfSituation } from './world.js';

/** Records each situation anew, and has the doctor find the same as in the captures that are kept. */
export async function checkCaptures(report: Report): Promise<void> {
  await inWorld(async (directory) => {
    for (const [index, situation] of situations.entries()) {
      const { name } = situation;
      const file = join(directory, `${name}.pcap`);
      const said = await record(situation, macOfSituation(index), directory, file);
      const { findings, clients } = await doctorFile(file);
      const found = [...findings, ...clients.flatMap((client) => client.findings)].map(({ code }) => code);
      const first = expected[name]?.findings?.[0]?.[0];
      report(`${name}: the doctor finds ${first ?? 'nothing'}`, found[0] === first, `${found.join(', ')} (${said})`);
    }
  });
}
