/** `npm run captures [-- --only NAME]`: records the captures of test/fixtures/captures anew, as root. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { captureText } from '../../../core/doctor/capture-text.js';
import { doctorFile } from '../../../core/doctor/doctor-capture.js';
import { record } from './record.js';
import { situations } from './situations.js';
import { inWorld, macOfSituation } from './world.js';

const fixtures = fileURLToPath(new URL('../../../../test/fixtures/captures', import.meta.url));

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });

await inWorld(async (directory) => {
  for (const [index, situation] of situations.entries()) {
    if (!(values.only?.includes(situation.name) ?? true)) continue;
    const file = join(directory, `${situation.name}.pcap`);
    const said = await record(situation, macOfSituation(index), directory, file);
    copyFileSync(file, join(fixtures, `${situation.name}.pcap`));
    console.log(`# ${situation.name}; the machine: ${said || 'is done'}`);
    console.log([...captureText(await doctorFile(file))].join(''));
  }
});
