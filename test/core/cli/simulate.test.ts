import t from 'tap';
import { buildApp } from '../../helpers/build-app.js';
import { run } from '../../helpers/run-cli.js';
import { dataFiles } from '../../helpers/simulated-data.js';

t.test('a server with nothing to boot: a step, a fault and an exit code say so', async (t) => {
  const { url, store } = await buildApp(t);
  const simulate = run('simulate', '--server', url);
  await t.rejects(simulate.done, { message: 'ended with 4' });
  const text = simulate.out.text.replaceAll(url, 'URL');
  t.match(
    text,
    /^# \S+Z, MAC address 02(:[0-9a-f]{2}){5}\n\nuefi-x64, from URL on\nstate {2}by {8}size {5}time {2}what\n/,
  );
  t.match(text, /^ok {5}HTTP {6}1 kB +\d+ ms {2}script: URL\/boot\?…$/m);
  t.match(text, /^- {31}nothing to boot yet: the menu of uefi-x64 has nothing but the machine's own disk$/m);
  t.match(text, /\nfault: nothing-to-boot\ncause: nothing to boot yet: .*\nremedy: Put an ISO .*\n$/);
  t.strictSame([...store.all('Machine')], [], 'nothing is recorded');
  const fine = run('simulate', '--server', url, '--empty-ok');
  await fine.done;
  t.match(fine.out.text, /nothing to boot yet.*\nAll that was looked at works\.\n$/);
});

t.test('all kinds of clients as JSON; the worst says how it ends', async (t) => {
  const { url } = await buildApp(t, { files: dataFiles('http://127.0.0.1:1') });
  const simulate = run(
    'simulate',
    '--server',
    url,
    '--client',
    'all',
    '--distro',
    'debian-13',
    '--json',
    '--mac',
    '02-AA-00-00-00-01',
  );
  await t.rejects(simulate.done, { message: 'ended with 1' });
  const { mac, clients } = JSON.parse(simulate.out.text);
  t.equal(mac, '02:aa:00:00:00:01');
  const faults = clients.map((one: { client: string; fault: { code: string } | null }) => [
    one.client,
    one.fault?.code,
  ]);
  t.strictSame(faults, [
    ['uefi-x64', undefined],
    ['uefi-arm64', 'kernel-wrong-architecture'],
    ['bios', undefined],
    ['http', undefined],
  ]);
  t.ok(clients[0].offered.includes('a-web'));
});

t.test('of all kinds of clients, one for which there is nothing is named, and no fault', async (t) => {
  const { 'isos/mini.iso': mini = '' } = dataFiles('http://127.0.0.1:1');
  const { url } = await buildApp(t, { files: { 'isos/mini.iso': mini } });
  const all = run('simulate', '--server', url, '--client', 'all');
  await all.done;
  t.match(all.out.text, /\n\nnothing for uefi-arm64: a fault only where it is asked for by its name \(--client\)\n$/);
  t.notMatch(all.out.text, 'fault: ');
  t.equal(all.out.text.match(/^All that was looked at works\.$/gm)?.length, 3);
  const json = run('simulate', '--server', url, '--client', 'all', '--json');
  await json.done;
  t.match(JSON.parse(json.out.text).clients[1], {
    client: 'uefi-arm64',
    fault: null,
    warnings: ['nothing for uefi-arm64'],
  });
  const named = run('simulate', '--server', url, '--client', 'uefi-arm64');
  await t.rejects(named.done, { message: 'ended with 4' });
});

t.test('where there is nothing for any kind of client it is a fault, said once', async (t) => {
  const { url } = await buildApp(t);
  const all = run('simulate', '--server', url, '--client', 'all');
  await t.rejects(all.done, { message: 'ended with 4' });
  t.equal(all.out.text.match(/^fault: nothing-to-boot$/gm)?.length, 1);
});

t.test('a warning is in the verdict, and does not change the exit code', async (t) => {
  const { 'isos/mini.iso': mini = '' } = dataFiles('http://127.0.0.1:1');
  const { url } = await buildApp(t, { files: { 'isos/mini.iso': mini, 'isos/cut.iso': mini.slice(0, 100_000) } });
  const simulate = run('simulate', '--server', url);
  await simulate.done;
  t.match(simulate.out.text, /^warn {28}distro cut cannot be used: .*truncated/m);
  t.match(simulate.out.text, /\nThe way that was gone works\. The lines "warn" say what does not\.\n$/);
});

t.test('a profile that the menu does not show is reached by the distro too', async (t) => {
  const { url } = await buildApp(t, { files: dataFiles('http://127.0.0.1:1'), settings: { unknown: 'disk' } });
  const disk = run('simulate', '--server', url);
  await disk.done;
  t.match(disk.out.text, /the machine goes on to its own disk: Serabut: This machine is not known/);
  const direct = run('simulate', '--server', url, '--distro', 'debian-13', '--profile', 'a-web');
  await t.rejects(direct.done, { message: 'ended with 1' });
  t.match(
    direct.out.text,
    /\nfault: proxy-dead\ncause: the proxy http:\/\/127\.0\.0\.1:1 takes no connection: ECONNREFUSED\n/,
  );
});

t.test('where the machine is has to be said, and an interface has to be there', async (t) => {
  await t.rejects(run('simulate').done, { message: /one of --interface and --server/ });
  await t.rejects(run('simulate', '--server', 'http://127.0.0.1:1', '--mac', '02').done, {
    message: /A MAC address is like/,
  });
  const nowhere = run('simulate', '--interface', 'nowhere9', '--wait', '0');
  await t.rejects(nowhere.done, { code: 'SERABUT_ERR_LAN', message: /^there is no interface "nowhere9"; there are / });
});
