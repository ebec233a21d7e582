/**
 * `npm run captures [-- --only NAME] [-- --out DIR]`: records the captures of test/fixtures/captures anew, as root.
 * docs/doctor.md tells what is in each.
 */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { captureText } from '../../../core/doctor/capture-text.js';
import { doctorFile } from '../../../core/doctor/doctor-capture.js';
import { claimLab } from '../claim.js';
import { on } from '../network.js';
import { LoggedProcess } from '../process-log.js';
import { hosts, makeNetwork, removeAll } from './network.js';
import { record } from './record.js';
import { situations } from './situations.js';

const fixtures = fileURLToPath(new URL('../../../../test/fixtures/captures', import.meta.url));
const program = fileURLToPath(new URL('../../../core/main.js', import.meta.url));

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, out: { type: 'string', default: fixtures } },
});

await claimLab('serabut-captures');
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const directory = mkdtempSync(join(tmpdir(), 'serabut-captures-'));
// dnsmasq reads it as a user of its own.
chmodSync(directory, 0o755);
const wanted = situations.filter(({ name }) => values.only?.includes(name) ?? true);
const ipxe = join(directory, 'ipxe');
mkdirSync(ipxe);
writeFileSync(join(ipxe, 'snponly.efi'), `MZ${'x'.repeat(2998)}`);
try {
  await makeNetwork();
  const serve = ['serve', '--data', join(directory, 'data'), '--port', '8080', '--ipxe', ipxe];
  const server = new LoggedProcess(
    ...on(hosts.boot, process.execPath, '--enable-source-maps', program, ...serve),
    join(directory, 'serabut.log'),
  );
  await sleep(100);
  for (let tries = 0; tries < 100 && !server.matches(/8080/); tries++) await sleep(200);
  for (const situation of wanted) {
    const mac = `52:54:00:88:02:${String(situations.indexOf(situation) + 1).padStart(2, '0')}`;
    const file = join(directory, `${situation.name}.pcap`);
    const said = await record(situation, mac, directory, file);
    copyFileSync(file, join(out, `${situation.name}.pcap`));
    console.log(`# ${situation.name}: ${statSync(file).size} bytes; the machine: ${said || 'is done'}`);
    console.log([...captureText(await doctorFile(file))].join(''));
  }
  await server.stop();
} finally {
  await removeAll();
  rmSync(directory, { recursive: true, force: true });
}
