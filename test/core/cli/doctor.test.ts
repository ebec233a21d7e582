import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { Ended } from '../../../core/cli/terminal.js';
import { liveTools } from '../../../core/doctor/live/tools.js';
import { simulationHeader } from '../../../core/machines/identity.js';
import { run } from '../../helpers/run-cli.js';

const captures = fileURLToPath(new URL('../../../../test/fixtures/captures', import.meta.url));

t.test('doctor reads a capture, and ends with 1 if something is wrong', async (t) => {
  const good = run('doctor', '--capture', `${captures}/uefi-well.pcap`);
  await good.done;
  t.match(
    good.out.text,
    /^34 packets in .*; 1 machine .*\n\n52:54:00:88:02:01, UEFI x64 .*, came to its boot script\n/,
  );
  const bad = run('doctor', '--capture', `${captures}/no-proxy.pcap`);
  await t.rejects(bad.done, new Ended(1));
  t.match(bad.out.text, /\ncause: {2}\[no-proxy\] .* \(packets #1 .*\)\nremedy: Is the server up/);
});

t.test('doctor prints JSON for programs', async (t) => {
  const { done, out } = run('doctor', '--json', '--capture', `${captures}/tftp-blocked.pcap`);
  await t.rejects(done, new Ended(1));
  t.match(JSON.parse(out.text), {
    packets: 15,
    isCut: false,
    clients: [{ findings: [{ code: 'tftp-silent', packets: Array }] }],
  });
});

t.test('doctor says what is wrong with its file and its options', async (t) => {
  const file = `${t.testdir({ 'x.pcap': 'no capture' })}/x.pcap`;
  await t.rejects(run('doctor', '--capture', file).done, { code: 'SERABUT_ERR_CAPTURE', where: file });
  await t.rejects(run('doctor', '--capture', '/nowhere.pcap').done, { code: 'SERABUT_ERR_CAPTURE', message: /ENOENT/ });
  await t.rejects(run('doctor').done, { code: 'SERABUT_ERR_BAD_REQUEST', message: /either --interface or --capture/ });
  await t.rejects(run('doctor', '--interface', 'nowhere9').done, { code: 'SERABUT_ERR_LAN' });
});

t.test('a server is asked over HTTP for its status, its date and its first words', async (t) => {
  let isLook = false;
  const server = createServer(({ headers }, response) => {
    isLook = headers[simulationHeader] !== undefined;
    response.writeHead(503, { date: 'Sat, 28 Nov 2026 12:00:00 GMT' }).end('wait\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  const lan = { interface: 'lo', address: '127.0.0.1', netmask: '255.0.0.0', network: '127.0.0.0', prefix: 8 };
  const tools = liveTools(lan);
  t.strictSame(await tools.get(`http://127.0.0.1:${port}/readyz`), {
    status: 503,
    date: Date.UTC(2026, 10, 28, 12),
    text: 'wait\n',
  });
  t.ok(isLook, 'as by somebody who does not boot, though this host may be a machine that the server knows');
  t.ok((await tools.free('/')) > 0 && tools.now() > 0);
  await t.rejects(tools.get('http://127.0.0.1:1/'));
});
