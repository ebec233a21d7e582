import { execFileSync } from 'node:child_process';
import t from 'tap';
import { parse } from 'yaml';
import { InstallTexts } from '../../../core/machines/install-texts.js';
import type { Attempt } from '../../../core/machines/outcome.js';
import { newToken } from '../../../core/machines/tokens.js';
import { checkResource } from '../../../core/resources/kinds.js';
import { resources } from '../../helpers/build-app.js';
import { serveDistros } from '../../helpers/distros.js';

const ref = (key: string) => ({ secretRef: { name: 'vault', key } });
const kept: Record<string, string> = {
  root: '$6$a$only-root',
  ada: '$6$a$only-ada',
  disk: "it's only",
  key: "o'nly $5",
};
const sealed = {
  root: { passwordHash: ref('root') },
  users: [{ name: 'ada', passwordHash: ref('ada') }],
  storage: { layout: 'lvm', passphrase: ref('disk') },
  afterInstall: ['register "$LICENSE"'],
  secrets: { LICENSE: ref('key') },
};

const files = {
  d13: ['preseed.cfg', 'before-install.sh', 'after-install.sh'],
  u24: ['user-data', 'after-install.sh', 'meta-data', 'vendor-data', 'network-config'],
  f44: ['ks.cfg'],
} as const;

/** An attempt to install a machine that has said nothing lately. */
function attemptOf(distro: string): Attempt {
  const spec = { distro, configuration: 'sealed' };
  const profile = checkResource(JSON.parse(resources({ kind: 'BootProfile', name: 'sealed', spec })), 'x');
  const machine = {
    spec: { macs: ['52:54:00:00:00:01'], uuid: null, serial: 's1', hostname: 'own', parameters: {} },
    status: { facts: { mac: null, uuid: null, serial: null, platform: 'efi' } },
  };
  return { machine, profile, generation: 1, attempt: 1, begins: false } as unknown as Attempt;
}

const machine = { mac: null, uuid: null, serial: null, platform: null };
const asking = { server: 'http://10.0.0.2:8080', proxy: null, machine };

t.test('every distribution gets its secrets, below the token', async (t) => {
  const app = await serveDistros(t, Object.keys(files), { sealed });
  const texts = new InstallTexts({ ...app, secrets: { read: async (_, key) => kept[key] ?? '' } });
  const token = newToken();
  for (const [distro, names] of Object.entries(files)) {
    const attempt = attemptOf(distro);
    const script = await texts.script(attempt, token, { ...asking, memory: '', url: 'http://10.0.0.2:8080/boot' });
    t.match(script, `http://10.0.0.2:8080/installations/${token}/automation/`, distro);
    t.notMatch(script, '/configuration/');
    t.match(script, 'mac=52-54-00-00-00-01&serial=s1&platform=efi', 'what is known where nothing is said');
    const all: string[] = [];
    for (const file of names) all.push(await texts.answers(attempt, token, { ...asking, file }));
    const text = all.join('\n');
    for (const value of ['$6$a$only-root', '$6$a$only-ada', "it's only"])
      t.ok(text.includes(value), `${distro} ${value}`);
    t.match(text, `http://10.0.0.2:8080/installations/${token}/done`);
    t.match(text, /\bown\b/, 'its own host name');
    t.match(text, 'export LICENSE=');
    t.notMatch(text, /(failed|logger|echo)[^;\n]*LICENSE/, 'no secret is logged');
    t.notMatch(text, 'placeholder');
  }
});

t.test("what Ubuntu's installer logs of its commands holds no secret", async (t) => {
  const app = await serveDistros(t, ['u24'], { sealed });
  const texts = new InstallTexts({ ...app, secrets: { read: async (_, key) => kept[key] ?? '' } });
  const token = newToken();
  const userData = parse(await texts.answers(attemptOf('u24'), token, { ...asking, file: 'user-data' }));
  const commands = JSON.stringify(userData.autoinstall['late-commands']);
  t.match(commands, `/installations/${token}/automation/after-install.sh?mac=52-54-00-00-00-01`);
  for (const value of [...Object.values(kept), 'LICENSE']) t.notOk(commands.includes(value), value);
  const script = await texts.answers(attemptOf('u24'), token, { ...asking, file: 'after-install.sh' });
  const printing = script.replace('register "$LICENSE"', 'printf %s "$LICENSE"');
  t.equal(execFileSync('sh', ['-c', printing], { encoding: 'utf8' }), kept.key);
});

t.test('Anaconda is told not to keep a Kickstart file with secrets', async (t) => {
  const app = await serveDistros(t, ['f44'], { sealed });
  const texts = new InstallTexts({ ...app, secrets: { read: async (_, key) => kept[key] ?? '' } });
  t.match(
    await texts.answers(attemptOf('f44'), newToken(), { ...asking, file: 'ks.cfg' }),
    'touch /tmp/NOSAVE_INPUT_KS',
  );
});

t.test('what is wrong whatever the secrets are is said as it is', async (t) => {
  const app = await serveDistros(t, ['u24'], { sealed: { ...sealed, hostname: 'node-{uuid}' } });
  const texts = new InstallTexts({ ...app, secrets: { read: async (_, key) => kept[key] ?? '' } });
  const attempt = attemptOf('u24');
  const nameless = { ...attempt, machine: { ...attempt.machine, spec: { ...attempt.machine.spec, hostname: null } } };
  await t.rejects(texts.answers(nameless, newToken(), { ...asking, file: 'user-data' }), {
    code: 'SERABUT_ERR_BAD_REQUEST',
    message: /needs the machine's uuid/,
  });
  await t.rejects(texts.answers(attempt, newToken(), { ...asking, file: 'ks.cfg' }), {
    code: 'SERABUT_ERR_FILE_NOT_FOUND',
  });
});
