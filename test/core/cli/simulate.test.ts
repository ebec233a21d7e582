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
