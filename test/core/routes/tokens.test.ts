import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { installing, type Player, secretValues, vaultFiles, web1, web2 } from '../../helpers/installing.js';
import { makeIso } from '../../helpers/make-iso.js';

const settings = { identify: 'neighbour' } as const;
const answers = (token: string, file = 'preseed.cfg') => `/installations/${token}/automation/${file}`;
const refusal = /^SERABUT_ERR_TOKEN: there is no installation for this token, or not for this machine\n/;

t.test('a machine gets its own answers, with its secrets, below its token', async (t) => {
  const { ask, boot } = await installing(t, { settings });
  const { body: script } = await ask(web1, `/boot?mac=${web1.mac}&platform=efi`);
  const [, token = ''] =
    /installations\/([\w-]{43})\/automation\/preseed\.cfg\?mac=52-54-00-00-00-0a/.exec(script) ?? [];
  t.equal(token.length, 43);
  t.match(script, ' hostname=web-1 ', "the machine's own in place of the Configuration's");
  const { body: preseed } = await ask(web1, answers(token));
  t.match(preseed, `d-i passwd/root-password-crypted password ${secretValues['vault/root']}\n`);
  t.match(preseed, `d-i partman-crypto/passphrase password ${secretValues['vault/disk']}\n`);
  t.match(preseed, `http://10.0.0.2:8080/installations/${token}/done`);
  t.match(preseed, `http://10.0.0.2:8080/installations/${token}/automation/after-install.sh`);
  const { body: after } = await ask(web1, answers(token, 'after-install.sh'));
  t.match(after, `usermod --password '${secretValues['vault/ada']}' 'ada'`);
  t.match(after, 'export LICENSE=');
  t.match(after, 'register "$LICENSE"');
  t.notMatch(after, /failed '?export/, 'what failed is logged without them');
  t.equal((await ask(web1, answers(token, 'other.cfg'))).statusCode, 404);
  const own = await boot(web2);
  t.match((await ask(web2, answers(own))).body, 'd-i netcfg/hostname string node-52540000000b', 'by the MAC that asks');
});

t.test('a token opens nothing for another machine, from another address, or when it is over', async (t) => {
  const { ask, boot, known } = await installing(t, { settings });
  const [one, other] = [await boot(web1), await boot(web2)];
  const refused = async (who: Pick<Player, 'address'>, token: string, what: string) => {
    for (const [method, url] of [
      ['GET', answers(token)],
      ['HEAD', answers(token)],
      ['POST', `/installations/${token}/done`],
    ] as const) {
      const { statusCode, body } = await ask(who, url, method);
      t.equal(statusCode, 403, `${what}: ${method}`);
      if (method !== 'HEAD') t.match(body, refusal);
    }
  };
  await refused(web2, one, 'of another machine that is being installed');
  await refused(web1, other, 'of another one still');
  await refused({ address: '192.168.88.99' }, one, 'from where no MAC is known');
  known.set(web1.address, '52:54:00:00:00:66');
  await refused(web1, one, 'from another MAC at its address');
  known.set(web1.address, web1.mac);
  known.set('192.168.88.77', web1.mac);
  t.equal((await ask({ address: '192.168.88.77' }, answers(one))).statusCode, 200, 'its own MAC at another address');

  const again = await boot(web1);
  t.not(again, one, 'it started anew in the middle');
  await refused(web1, one, 'of an earlier attempt');
  t.equal((await ask(web1, `/installations/${again}/failed`, 'POST', { payload: 'no disk' })).statusCode, 200);
  const { statusCode } = await ask(web1, answers(again));
  t.equal(statusCode, 403, 'of an attempt that has failed');
  t.equal((await ask(web2, `/installations/${other}/done`, 'POST')).statusCode, 200);
  t.equal((await ask(web2, `/installations/${other}/done`, 'POST')).statusCode, 200, 'the reply may have been lost');
  for (const path of ['automation/preseed.cfg', 'progress', 'failed'])
    t.equal((await ask(web2, `/installations/${other}/${path}`)).statusCode, 403, `${path} after done`);
});

t.test('where no MAC is known the token is bound to the address', async (t) => {
  const { ask, boot, known } = await installing(t, { settings: { identify: 'query' } });
  known.clear();
  const token = await boot(web1);
  t.equal((await ask(web1, answers(token))).statusCode, 200);
  t.equal((await ask(web2, answers(token))).statusCode, 403);
  known.set(web2.address, web1.mac);
  t.equal((await ask(web2, answers(token))).statusCode, 403, 'nor does a MAC open it that was not known then');
});

t.test('by name nobody gets what has secrets, and the menu says so', async (t) => {
  const { ask } = await installing(t, { settings });
  const stranger = { address: '192.168.88.66' };
  for (const url of [
    '/boot/debian-13?profile=vault',
    '/boot/debian-13?configuration=vault',
    '/configuration/vault/automation/debian-13/preseed.cfg',
  ]) {
    const { statusCode, body } = await ask(stranger, url);
    t.equal(statusCode, 403, url);
    t.match(body, /^SERABUT_ERR_NEEDS_INSTALLATION: Configuration "vault" has secrets/);
  }
  t.equal((await ask(stranger, '/boot/debian-13')).statusCode, 200, 'the installer that asks its questions');
  const { body } = await ask(
    stranger,
    '/boot?mac=52-54-00-00-00-66&uuid=&serial=&arch=x86_64&platform=efi&manufacturer=&product=&asset=&memory=',
  );
  t.match(body, 'item --gap -- vault: debian 13 netboot x86_64 has secrets, which known machines alone get');
  t.notMatch(body, 'profile=vault');
});

t.test('in a preview placeholders stand for them', async (t) => {
  const { ask } = await installing(t, { settings: { preview: { report: null } } });
  const { statusCode, body } = await ask(
    web1,
    '/configuration/vault/automation/debian-13/preseed.cfg?mac=525400000001',
  );
  t.equal(statusCode, 200);
  t.match(body, 'root-password-crypted password $6$placeholder$*');
  for (const secret of Object.values(secretValues)) t.notOk(body.includes(secret));
});

t.test('what is wrong with a secret is said on the console before anything is erased', async (t) => {
  const { app, ask, log } = await installing(t, { settings });
  const wrong: [string, string | undefined][] = [
    ['root', undefined],
    ['disk', ' begins with a blank'],
  ];
  for (const [key, value] of wrong) {
    const path = join(app.data, 'secrets/vault', key);
    if (value === undefined) rmSync(path);
    else writeFileSync(path, value);
    const { body } = await ask(web1, `/boot?mac=${web1.mac}&platform=efi`);
    t.match(body, /^#!ipxe\necho Serabut: .*SERABUT_ERR_SECRET/);
    t.match(body, key);
    t.notMatch(body, 'kernel ');
    t.notMatch(body, 'begins with a blank');
    writeFileSync(path, secretValues[`vault/${key}` as keyof typeof secretValues]);
  }
  t.notMatch(log.join(''), 'begins with a blank');
});

/** A distro of a plugin of its own, with a Machine that is to be installed with it. */
function pickyFiles(profile: object = {}, machine: object = {}) {
  const plugin = `export default {
    apiVersion: 'serabut/v1', id: 'picky',
    recognise: [{ present: ['/picky'], facts: { release: '1', edition: 'live', arch: 'amd64' } }],
    media: [{ edition: 'live', arch: 'x86_64', kernel: '/linux', initrd: '/initrd.gz' }],
    parameters: { type: 'object', properties: { role: { type: 'string' }, size: { type: 'string' } } },
    boot: { render: ({ url }) => '#!ipxe\\nkernel ' + url.automation },
    automation: {
      answers: { render: ({ parameters, configuration: { root } }) => {
        if (parameters.size === 'small' && !root.passwordHash.endsWith('*')) throw new Error('no ' + root.passwordHash);
        return parameters.role + ' ' + parameters.size;
      } },
    },
  };`;
  const spec = { macs: [web3.mac], bootProfile: 'picky', install: { generation: 1 }, ...machine };
  const documents = [
    { kind: 'Image', name: 'picky', spec: { type: 'iso', path: 'picky.iso' } },
    { kind: 'Distro', name: 'picky', spec: { plugin: 'picky', image: 'picky' } },
    { kind: 'BootProfile', name: 'picky', spec: { distro: 'picky', configuration: 'vault', ...profile } },
    { kind: 'Machine', name: web3.name, spec },
  ];
  const iso = makeIso({ picky: 'x', linux: 'k', 'initrd.gz': 'i' });
  return { ...vaultFiles(documents), 'plugins/picky/index.mjs': plugin, 'isos/picky.iso': iso };
}
const web3 = { name: 'web-3', address: '192.168.88.12', mac: '52:54:00:00:00:0c' };

t.test('an answer file that fails because of a secret says nothing of it', async (t) => {
  const files = pickyFiles({ parameters: { role: 'web', size: 'small' } });
  const { ask, known, log } = await installing(t, { settings, files });
  known.set(web3.address, web3.mac);
  const { body } = await ask(web3, `/boot?mac=${web3.mac}`);
  t.match(
    body,
    'SERABUT_ERR_SECRET: the files of Configuration vault for distro picky cannot be made with its secrets',
  );
  t.notMatch(`${body}${log.join('')}`, 'only-for-root');
});

t.test("a Machine's own parameters stand in place of the profile's, one by one", async (t) => {
  const files = pickyFiles({ parameters: { role: 'web', size: 'small' } }, { parameters: { size: 'large' } });
  const { ask, boot, known } = await installing(t, { settings, files });
  known.set(web3.address, web3.mac);
  const token = await boot(web3);
  t.equal((await ask(web3, answers(token, 'answers'))).body, 'web large');
});

t.test("parameters of a Machine's that the plugin does not allow are said", async (t) => {
  const { ask, known } = await installing(t, { settings, files: pickyFiles({}, { parameters: { size: 5 } }) });
  known.set(web3.address, web3.mac);
  const { body } = await ask(web3, `/boot?mac=${web3.mac}`);
  t.match(body, 'the parameters of BootProfile picky and of the machine for plugin picky have 1 finding');
});
