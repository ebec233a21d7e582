import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { doctorFile } from '../../../core/doctor/doctor-capture.js';
import { expected } from '../../lab/captures/expected.js';

const directory = fileURLToPath(new URL('../../../../test/fixtures/captures', import.meta.url));

// Recorded by `npm run captures`.
t.test('each recorded capture has its line in the table, and is small', async (t) => {
  const files = readdirSync(directory).sort();
  t.strictSame(
    files,
    Object.keys(expected)
      .map((name) => `${name}.pcap`)
      .sort(),
  );
  for (const file of files) t.ok(statSync(join(directory, file)).size < 20_000, file);
});

for (const [name, { result, failed, findings = [] }] of Object.entries(expected)) {
  t.test(`of ${name} the doctor says what happened`, async (t) => {
    const report = await doctorFile(join(directory, `${name}.pcap`));
    t.equal(report.isCut, false);
    t.equal(report.clients.length, 1);
    const [client] = report.clients;
    t.match(client, { mac: /^52:54:00:88:02:\d\d$/, result, attempts: 1 });
    t.equal(client?.steps.find(({ state }) => state === 'FAIL')?.name, failed);
    if (result === 'booted') t.equal(client?.steps.at(-1)?.state, 'ok');
    const said = [...report.findings, ...(client?.findings ?? [])];
    t.strictSame(
      said.map(({ code }) => code),
      findings.map(([code]) => code),
    );
    for (const [index, [, cause]] of findings.entries()) t.match(said[index]?.cause, cause);
    for (const { remedy, packets } of said)
      t.ok(remedy.length > 20 && packets.every((packet) => packet <= report.packets));
    for (const { code, packets } of said) t.ok(packets.length > 0, `${code} names its packets`);
  });
}
