import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { checkAndFill } from '../../core/check.js';
import { configurationSpec } from '../../core/resources/configuration.js';
import { preseedAnswers } from '../../plugins/debian/check-preseed.js';
import { answerFile, serveDistros } from '../helpers/distros.js';
import { pythonOf, without } from '../helpers/programs.js';

/** What somebody might write into a field of free text. */
const texts = [
  `it's "quoted"`,
  "'''",
  '%end',
  '100 % %s %d%%',
  `$HOME $(id) \`id\` \${x} $$ $1`,
  '{{ c.name }} {% raw %} {# x #}',
  '--- # no comment',
  '# first',
  '- list: of, things',
  'back\\slash \\n \\" \\\\ end\\',
  'ünïcödé 日本語 😀 \u00a0 \ufeff \u200b',
  '!bang *star [a-z] ~user <in >out |pipe ; & && ||',
  'tab\tinside',
  ' leading',
  'trailing ',
  'two  blanks   inside',
  '\\',
  'null',
  '0x10',
  '@file',
  'EOF',
  'SERABUT',
  'x'.repeat(10_000),
  'first\nsecond',
  'a\n%end\n\n  %post\n%include /etc/passwd',
  'a\r\nb',
  '\n\n',
  'a\u0000b',
  'a\u2028%end',
  'a\u0085b',
  'a\u001b[31mb',
];

/** The fields of free text. A value that the schema refuses is left out: that is a finding. */
const fields = {
  fullName: (value: string) => ({ users: [{ name: 'ada', fullName: value }] }),
  sshKey: (value: string) => ({ users: [{ name: 'ada', sshKeys: [value] }] }),
  command: (value: string) => ({ afterInstall: [value] }),
  passphrase: (value: string) => ({ storage: { passphrase: value } }),
};
type Field = keyof typeof fields;
type Carried = Partial<Record<Field, string>>;

const accepted = (field: Field, value: string) =>
  checkAndFill(configurationSpec, fields[field](value)).findings.length === 0;
const carried = texts.map((text): Carried => {
  const names = (Object.keys(fields) as Field[]).filter((field) => accepted(field, text));
  return Object.fromEntries(names.map((name) => [name, text]));
});

const configurations = Object.fromEntries(
  carried.map((values, index) => [
    `h${index}`,
    {
      users: [
        {
          name: 'ada',
          fullName: values.fullName ?? 'Ada',
          passwordHash: '$6$a$b',
          sshKeys: [values.sshKey ?? 'ssh-ed25519 A'],
        },
      ],
      root: { sshKeys: [values.sshKey ?? 'ssh-ed25519 A'] },
      afterInstall: [values.command ?? 'true'],
      storage: { layout: 'lvm', passphrase: values.passphrase ?? 'secret' },
    },
  ]),
);
const each = Object.keys(configurations).map((configuration, index) => ({
  configuration,
  values: carried[index] ?? {},
}));

t.test('most of it is taken, and what no format can carry is a finding', async (t) => {
  const taken = (field: Field) => carried.filter((values) => field in values).length;
  const least = { fullName: 12, sshKey: 12, command: 22, passphrase: 10 };
  for (const field of Object.keys(fields) as Field[]) t.ok(taken(field) >= least[field], `${field}: ${taken(field)}`);
  for (const field of Object.keys(fields) as Field[]) {
    for (const text of ['a\u0000b', 'a\u001b[31mb', 'a\r\nb', 'a\u2028%end', 'a\u0085b'])
      t.notOk(accepted(field, text), field);
    if (field !== 'command') t.notOk(accepted(field, 'first\nsecond'), field);
  }
});

/** What comes out of a format's own parser. */
interface Read {
  readonly fullName: unknown;
  readonly sshKey: unknown;
  readonly rootKey: unknown;
  readonly command: unknown;
  readonly passphrase: unknown;
}

function compare(t: Test, read: Read, values: Carried): void {
  t.equal(read.fullName, values.fullName ?? 'Ada', 'fullName');
  t.equal(read.sshKey, values.sshKey ?? 'ssh-ed25519 A', 'sshKey');
  t.equal(read.rootKey, values.sshKey ?? 'ssh-ed25519 A', 'rootKey');
  t.equal(read.command, values.command ?? 'true', 'command');
  t.equal(read.passphrase, values.passphrase ?? 'secret', 'passphrase');
}

function fromUserData({ autoinstall }: ReturnType<typeof parse>): Read {
  const [root, ada] = autoinstall['user-data'].users;
  return {
    fullName: ada.gecos,
    sshKey: ada.ssh_authorized_keys[0],
    rootKey: root.ssh_authorized_keys[0],
    command: autoinstall['late-commands'][0].at(-1),
    passphrase: autoinstall.storage.layout.password,
  };
}

t.test('YAML gives every value back', async (t) => {
  const app = await serveDistros(t, ['u24'], configurations);
  const all = await Promise.all(
    each.map(({ configuration }) => answerFile(app, { configuration, distro: 'u24', file: 'user-data' })),
  );
  for (const [index, { values }] of each.entries()) {
    for (const version of ['1.1', '1.2'] as const)
      compare(t, fromUserData(parse(all[index] ?? '', { version })), values);
  }
  const python = ['python3', '/usr/bin/python3'].find((name) => spawnSync(name, ['-c', 'import yaml']).status === 0);
  const skip = python === undefined && 'PyYAML not installed';
  await t.test('PyYAML, which cloud-init and subiquity use', { skip }, async (t) => {
    const script = 'import json, sys, yaml; print(json.dumps([yaml.safe_load(x) for x in json.load(sys.stdin)]))';
    const { stdout } = spawnSync(python ?? '', ['-c', script], { input: JSON.stringify(all), encoding: 'utf8' });
    for (const [index, value] of JSON.parse(stdout).entries())
      compare(t, fromUserData(value), each[index]?.values ?? {});
  });
});

t.test("Debian's files give every value back", async (t) => {
  const app = await serveDistros(t, ['d13'], configurations);
  for (const { configuration, values } of each) {
    const preseed = await answerFile(app, { configuration, distro: 'd13', file: 'preseed.cfg' });
    const script = await answerFile(app, { configuration, distro: 'd13', file: 'after-install.sh' });
    const passphrase = answerTo(preseed, 'partman-crypto/passphrase');
    const { useradd, ada, root, command } = runScript(t, script);
    const fullName = useradd[useradd.indexOf('--comment') + 1];
    compare(t, { fullName, sshKey: ada, rootKey: root, command, passphrase }, values);
  }
});

t.test(
  'debconf itself gives the passphrase back',
  { skip: without('debconf-set-selections', 'debconf-communicate') },
  async (t) => {
    const app = await serveDistros(t, ['d13'], configurations);
    const asked = each.filter(({ values }) => 'passphrase' in values);
    // Each of them as an answer to a question of its own, because Perl is slow to start.
    const lines = await Promise.all(
      asked.map(async ({ configuration }, index) => {
        const preseed = await answerFile(app, { configuration, distro: 'd13', file: 'preseed.cfg' });
        const line = /^d-i partman-crypto\/passphrase .*$/m.exec(preseed)?.[0] ?? '';
        return line.replace('/passphrase', `/passphrase-${index}`);
      }),
    );
    const questions = asked.map((_, index) => `partman-crypto/passphrase-${index}`);
    t.strictSame(
      askDebconf(t, lines.join('\n'), questions),
      asked.map(({ values }) => values.passphrase),
    );
  },
);

function answerTo(preseed: string, question: string): string | undefined {
  const answers = preseedAnswers(preseed).filter((answer) => typeof answer !== 'number');
  return answers.find((answer) => answer.question === question)?.value;
}

/** What debconf holds after it has read a preseed file into a database of its own. */
function askDebconf(t: Test, preseed: string, questions: readonly string[]): string[] {
  const dir = scratch(t);
  const database = (name: string, file: string) => `Name: ${name}\nDriver: File\nFilename: ${join(dir, file)}\n`;
  const conf = `Config: c\nTemplates: t\n\n${database('c', 'config.dat')}\n${database('t', 'templates.dat')}`;
  writeFileSync(join(dir, 'debconf.conf'), conf);
  const env = { PATH: process.env.PATH, DEBCONF_SYSTEMRC: join(dir, 'debconf.conf'), DEBIAN_FRONTEND: 'noninteractive', DEBCONF_NOWARNINGS: 'yes', LC_ALL: 'C.UTF-8' }; // biome-ignore format: one list
  const set = spawnSync('debconf-set-selections', [], { input: preseed, env, encoding: 'utf8' });
  t.equal(set.status, 0, set.stderr);
  const input = questions.map((question) => `GET ${question}\n`).join('');
  const { stdout } = spawnSync('debconf-communicate', [], { input, env, encoding: 'utf8' });
  const lines = stdout.replace(/\n$/, '').split('\n');
  return lines.map((line) => line.replace(/^0 /, ''));
}

t.test('pykickstart gives every value back', { skip: without('ksvalidator') }, async (t) => {
  const app = await serveDistros(t, ['f44'], configurations);
  const all = await Promise.all(
    each.map(({ configuration }) => answerFile(app, { configuration, distro: 'f44', file: 'ks.cfg' })),
  );
  const included = all.map((text) =>
    text.replace(/^%include .*$/m, /^part pv.*$/m.exec(text)?.[0].replaceAll('$', '$$$$') ?? ''),
  );
  const { stdout, stderr } = spawnSync(pythonOf('ksvalidator'), ['-c', readKickstart], { input: JSON.stringify(included), encoding: 'utf8', maxBuffer: 2 ** 26 }); // biome-ignore format: one command
  t.equal(stderr, '');
  for (const [index, { post, ...read }] of JSON.parse(stdout).entries()) {
    const { command } = runScript(t, post);
    compare(t, { ...read, command }, each[index]?.values ?? {});
  }
});

const readKickstart = `
import json, sys
from pykickstart.parser import KickstartParser
from pykickstart.version import makeVersion
def read(text):
    handler = makeVersion('F44')
    KickstartParser(handler).readKickstartFromString(text)
    keys = {k.username: k.key for k in handler.sshkey.sshUserList}
    post = [s.script for s in handler.scripts if s.type == 1]
    return {'fullName': handler.user.userList[0].gecos, 'sshKey': keys['ada'], 'rootKey': keys['root'],
            'passphrase': handler.partition.partitions[0].passphrase, 'post': post[0]}
print(json.dumps([read(text) for text in json.load(sys.stdin)]))
`;

/** Programs that only note how they were called, in the directory that they are run in. */
const stubs = mkdtempSync(join(tmpdir(), 'stubs-'));
t.teardown(() => rmSync(stubs, { recursive: true }));
const quiet = ['usermod', 'install', 'chown', 'systemctl', 'apt', 'dnf', 'sed'].map((name) => [name, 'exit 0']);
const noting = [
  ['useradd', `printf '%s\\0' "$@" > useradd`],
  ['getent', 'echo "ada:x:1000:1000::$PWD/home/ada:/bin/sh"'],
  ['sh', `printf '%s' "$2" > command`],
];
for (const [name = '', text] of [...quiet, ...noting]) {
  writeFileSync(join(stubs, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(stubs, name), 0o755);
}

/** Runs a script of an installed system below a directory. */
function runScript(t: Test, script: string): { useradd: string[]; ada: string; root: string; command: string } {
  const dir = scratch(t);
  const parts = ['etc/ssh/sshd_config.d', 'home/ada/.ssh', 'root/.ssh'];
  for (const part of parts) mkdirSync(join(dir, part), { recursive: true });
  // A text above that names one of these directories would be changed too, and is changed back.
  const moved = script.replace(/(?<=[\s>])\/(etc|root)(?=[/ ])/g, `${dir}/$1`);
  const env = { PATH: `${stubs}:/usr/bin:/bin` };
  const { stderr } = spawnSync('/bin/sh', ['-s'], { input: moved, cwd: dir, env, encoding: 'utf8' });
  t.equal(stderr, '');
  const read = (name: string) => readFileSync(join(dir, name), 'utf8');
  const isDebian = script.startsWith('#!');
  const keys = (home: string) => (isDebian ? read(`${home}/.ssh/authorized_keys`).replace(/\n$/, '') : '');
  const command = read('command').replaceAll(`${dir}/`, '/');
  return { useradd: isDebian ? read('useradd').split('\0') : [], ada: keys('home/ada'), root: keys('root'), command };
}

function scratch(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'hostile-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
