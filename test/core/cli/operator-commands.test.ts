import t from 'tap';
import { discover, mac, serve } from '../../helpers/api.js';
import { ask, tokenFile } from '../../helpers/operator-cli.js';
import { run } from '../../helpers/run-cli.js';

t.test('get lists what there is, as a table, wide and as JSON', async (t) => {
  const api = await serve(t);
  await discover(api, 'new', 2, 'web');
  const machines = await ask(api, 'get', 'machines');
  t.match(machines.out, /^NAME +PHASE +STAGE +PROFILE +SEEN +PROBLEM\nnew +Discovered +- +\(web\) +-/);
  t.match(machines.out, /^web-1 +\w+ +- +web /m);
  t.match(
    (await ask(api, 'get', 'machines', 'new', '-o', 'wide')).out,
    new RegExp(`MAC +ADDRESS.*\nnew .*${mac(2)}`, 's'),
  );
  const json = JSON.parse((await ask(api, 'get', 'machines', '--search', 'WEB', '-o', 'json')).out);
  t.match(json, { items: [{ name: 'web-1' }] });
  t.match((await ask(api, 'get', 'machines', '--phase', 'Discovered')).out, /^NAME.*\nnew .*\n$/);
  t.match((await ask(api, 'get', 'images')).out, /^odd.iso +failed +- +- +- +- +100 bytes are too few/m);
  t.match((await ask(api, 'get', 'distros')).out, /^debian-13 +ready +debian 13/im);
  t.match((await ask(api, 'get', 'plugins', '-o', 'wide')).out, /^debian +loaded .*preseed\.cfg/m);
  const nothing = await ask(api, 'get', 'machines', '--phase', 'Conflict');
  t.match(nothing, { code: 0, out: '', err: /No machine is known\. Start one/ });
});

t.test('what is not there ends with 4 and says where the names are', async (t) => {
  const api = await serve(t);
  t.match(await ask(api, 'get', 'machines', 'gone'), { code: 4, message: /serabut get machines lists them/ });
  t.match(await ask(api, 'get', 'distros', 'gone'), { code: 4, message: /there is no "gone" among the distros/ });
  t.match(await ask(api, 'describe', 'machine', 'gone'), { code: 4, message: /no Machine "gone"/ });
});

t.test('a machine is accepted, described, installed once more and forgotten', async (t) => {
  const api = await serve(t);
  const { store } = api.app;
  await discover(api, 'new', 2, 'web');
  t.match((await ask(api, 'describe', 'machine', 'new')).out, /Next: serabut accept new, which ERASES ITS DISK/);
  const accepted = await ask(api, 'accept', 'new');
  t.match(accepted, { code: 0, out: /accepted, with BootProfile web\.\nNext: start it from the network/ });
  t.match(await ask(api, 'accept', 'new'), { code: 1, message: /accepted already/ });
  const unsure = await ask(api, 'reinstall', 'new');
  t.match(unsure, { code: 2, err: /erases the disk of new\. If that is meant, add --yes/ });
  t.equal(store.get('Machine', 'new')?.spec.install.generation, 1);
  t.match(await ask(api, 'reinstall', 'new', '--yes'), { code: 0, out: /as generation 2/ });
  t.equal(store.get('Machine', 'new')?.spec.install.generation, 2);
  t.match((await ask(api, 'describe', 'machine', 'new', '--json')).out, /"wanted": 2/);
  t.match(await ask(api, 'forget', 'new'), { code: 0, out: /is forgotten/ });
  t.equal(store.get('Machine', 'new'), undefined);
  await discover(api, 'other', 3);
  t.match((await ask(api, 'describe', 'machine', 'other')).out, /serabut accept other --profile NAME/);
  t.match(await ask(api, 'accept', 'other', '--profile', 'gone'), { code: 4, message: /no BootProfile "gone"/ });
  t.match(await ask(api, 'accept', 'other'), { code: 1, message: /say which \(one of bare, lost, web\)/ });
});

t.test('a machine that is installed is described with its stages and its history', async (t) => {
  const api = await serve(t, { identify: 'query' });
  await (await fetch(`${api.app.url}/boot?mac=${mac(1)}&uuid=&serial=&arch=x86_64&platform=efi&memory=65536`)).text();
  api.app.installerLog.take('127.0.0.1', '<14>Nov 28 12:00:00 main-menu[1]: hello\u001b[2J');
  const { out } = await ask(api, 'describe', 'machine', 'web-1');
  t.match(out, /Installation web-1-1\n {2}phase +Installing\n {2}attempt +1 of 3/);
  t.match(out, /STAGE +TIME +AFTER +SENT\n {2}Offered /);
  t.match(out, /Timeline\n {2}\d{4}-.*ScriptSent/s);
  const logged = await ask(api, 'logs', 'web-1');
  t.match(logged, { code: 0, out: /main-menu: hello/ });
  t.notMatch(logged.out, '\u001b');
  const followed = run('logs', 'web-1', '--follow', '--server', api.app.url, '--token-file', tokenFile);
  await new Promise<void>((resolve) => {
    followed.out.onText = (text) => {
      if (/hello/.test(text) && !/again/.test(text))
        api.app.installerLog.take('127.0.0.1', '<14>Nov 28 12:00:00 a: again');
      if (/again/.test(text)) resolve();
    };
  });
  followed.stop.abort();
  await followed.done.catch(() => {});
  t.match(followed.out.text.match(/hello/g)?.length, 1, 'each line is printed once');
});

t.test('where nothing was logged the command says why', async (t) => {
  const api = await serve(t);
  t.match(await ask(api, 'logs', 'web-1'), { code: 0, out: '', err: /--syslog-port.*serabut describe machine web-1/s });
});

t.test('with --watch what changes is printed anew, and nothing else', async (t) => {
  const api = await serve(t);
  const watching = run('get', 'machines', '--watch', '--server', api.app.url);
  const printed = (pattern: RegExp) =>
    new Promise<void>((resolve) => {
      watching.out.onText = (text) => {
        if (pattern.test(text)) resolve();
      };
      watching.out.onText(watching.out.text);
    });
  await printed(/web-1/);
  const rows = setInterval(() => void discover(api, 'new', 2).catch(() => {}), 50);
  await printed(/new +Discovered/);
  clearInterval(rows);
  watching.stop.abort(new Error('enough'));
  await t.rejects(watching.done, /enough/);
  t.equal(watching.out.text.match(/^web-1 /gm)?.length, 1);
  t.equal(watching.out.text.match(/^NAME /gm)?.length, 1);
});
