import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
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

/** The commands by which each installer tells of its end, as its shell gets them. */
async function endings(t: Test): Promise<Record<string, string>> {
  const app = await serveDistros(t, ['d13', 'u24', 'f44'], {}, { preview: { report } });
  const of = (distro: string, file: string) => answerFile(app, { configuration: 'plain', distro, file });
  const preseed = await of('d13', 'preseed.cfg');
  const [, tell = ''] = /late_command string (tell\(\) \{.*?; \};)/.exec(preseed) ?? [];
  const [debian = ''] = /tell \S+done'$/m.exec(preseed) ?? [];
  const kickstart = await of('f44', 'ks.cfg');
  const { autoinstall } = parse(await of('u24', 'user-data'));
  t.strictSame(autoinstall.reporting, { serabut: { type: 'webhook', endpoint: `${report}/progress` } });
  const [fedora = '', fedoraFailed = ''] = kickstart.match(/^n=30.*$/gm) ?? [];
  return {
    debian: `${tell} ${debian}`,
    debianFailed: `${tell} ${/tell \S+failed'/.exec(preseed)?.[0]}`,
    ubuntu: autoinstall['late-commands'].at(-1),
    ubuntuFailed: autoinstall['error-commands'].at(-1),
    fedora,
    fedoraFailed,
  };
}

/** Runs a command where each wget and curl notes its arguments, and fails until there were so many. */
async function play(t: Test, command: string, failures: number): Promise<{ code: number | null; asked: string[] }> {
  const directory = t.testdir({ bin: {} });
  const asked = join(directory, 'asked');
  const client = `#!/bin/sh\nfor last; do :; done; echo "$last" >> ${asked}\n[ $(wc -l < ${asked}) -gt ${failures} ]\n`;
  for (const [name, text] of Object.entries({ wget: client, curl: client, sleep: '#!/bin/sh\n' })) {
    await writeFile(join(directory, 'bin', name), text, { mode: 0o755 });
  }
  const { status } = spawnSync('sh', ['-e', '-c', command], { env: { PATH: `${directory}/bin:/usr/bin:/bin` } });
  return { code: status, asked: (await readFile(asked, 'utf8')).trim().split('\n') };
}

t.test('each end is told until the server has heard it', async (t) => {
  for (const [installer, command] of Object.entries(await endings(t))) {
    const word = installer.endsWith('Failed') ? 'failed' : 'done';
    const { code, asked } = await play(t, command, 3);
    t.equal(code, 0, installer);
    t.strictSame(asked, Array(4).fill(`${report}/${word}`), 'the URL stays one word of the shell');
  }
});

t.test('a report that never arrives fails no installation, and ends after five minutes of waiting', async (t) => {
  for (const [installer, command] of Object.entries(await endings(t))) {
    const { code, asked } = await play(t, command, 1_000);
    t.match({ code, tries: asked.length }, { code: 0, tries: 30 }, installer);
    t.match(command, /sleep 10/);
  }
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

t.test('an installer that finds no disk says so at once, and has touched none', async (t) => {
  const app = await serveDistros(t, ['d13'], {}, { preview: { report } });
  const text = await answerFile(app, { configuration: 'plain', distro: 'd13', file: 'before-install.sh' });
  const [line = ''] = /^disks=.*$/m.exec(text) ?? [];
  const none = 'pick_disks() { return 1; }; logger() { :; };';
  const { code, asked } = await play(t, `${none} ${line}`, 0);
  t.equal(code, 1);
  t.strictSame(asked, [`${report}/failed?message=no+disk+fits+what+the+configuration+says`]);
});
