import t from 'tap';
import { parse } from 'yaml';
import { answerFile, serveDistros } from '../helpers/distros.js';

const report = "http://10.0.0.2:8080/installations/it's";

const files = { d13: 'preseed.cfg', u24: 'user-data', f44: 'ks.cfg' };

t.test('every installer reports its progress, and one end or the other', async (t) => {
  const app = await serveDistros(t, Object.keys(files), {}, { preview: { report } });
  for (const [distro, file] of Object.entries(files)) {
    const text = await answerFile(app, { configuration: 'plain', distro, file });
    for (const word of ['progress', 'done', 'failed']) t.match(text, `/${word}`, `${distro} ${word}`);
  }
});

t.test('no installer reports where nobody listens', async (t) => {
  const app = await serveDistros(t, Object.keys(files));
  for (const [distro, file] of Object.entries(files)) {
    const text = await answerFile(app, { configuration: 'plain', distro, file });
    t.notMatch(text, /\/(progress|done|failed)\b|reporting|error-commands/, distro);
  }
});

t.test('a report that does not arrive fails no installation, and its URL stays one word of the shell', async (t) => {
  const app = await serveDistros(t, ['d13', 'u24', 'f44'], {}, { preview: { report } });
  const quoted = (word: string) => `'http://10.0.0.2:8080/installations/it'\\''s/${word}'`;
  const of = (distro: string, file: string) => answerFile(app, { configuration: 'plain', distro, file });
  t.match(await of('d13', 'preseed.cfg'), `wget -q -T 10 -t 2 -O /dev/null ${quoted('done')} || true`);
  t.match(await of('f44', 'ks.cfg'), `curl -fsS --max-time 10 -o /dev/null ${quoted('done')} || true`);
  const { autoinstall } = parse(await of('u24', 'user-data'));
  t.equal(autoinstall['late-commands'].at(-1), `curl -fsS --max-time 10 -o /dev/null ${quoted('done')} || true`);
  t.strictSame(autoinstall['error-commands'], [`curl -fsS --max-time 10 -o /dev/null ${quoted('failed')} || true`]);
  t.strictSame(autoinstall.reporting, { serabut: { type: 'webhook', endpoint: `${report}/progress` } });
});

t.test('each installer is told where to log, in its own way, and none where nobody receives it', async (t) => {
  const script = async (app: Awaited<ReturnType<typeof serveDistros>>, distro: string) =>
    (await fetch(`${app.url}/boot/${distro}?configuration=plain`)).text();
  const app = await serveDistros(t, ['d13', 'u24', 'f44'], {}, { syslogPort: 5514 });
  t.match(await script(app, 'd13'), / log_host=10\.0\.0\.2 log_port=5514 BOOTIF=/);
  t.match(await script(app, 'f44'), / inst\.syslog=10\.0\.0\.2:5514 /);
  const { autoinstall } = parse(await answerFile(app, { configuration: 'plain', distro: 'u24', file: 'user-data' }));
  t.match(autoinstall['early-commands'], [/^systemd-run .* > \/dev\/udp\/10\.0\.0\.2\/5514' \|\| true$/]);
  const silent = await serveDistros(t, ['d13', 'u24', 'f44']);
  t.notMatch(await script(silent, 'd13'), /log_(host|port)/);
  t.notMatch(await script(silent, 'f44'), /inst\.syslog/);
  const answers = await answerFile(silent, { configuration: 'plain', distro: 'u24', file: 'user-data' });
  t.notMatch(answers, /early-commands|\/dev\/udp/);
});
