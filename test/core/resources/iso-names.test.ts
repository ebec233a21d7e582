import t from 'tap';
import { isoNames } from '../../../core/resources/iso-names.js';
import { buildApp, resources } from '../../helpers/build-app.js';
import { miniIso } from '../../helpers/isos.js';

const NOT_READY = { code: 'SERABUT_ERR_DISTRO_NOT_READY' };

t.test('an ISO is called as its file, in the letters of a name', async (t) => {
  const { offered, refused } = isoNames(['debian-13.1.iso', 'Fedora Server (44).iso'], new Set());
  t.strictSame(
    [...offered],
    [
      ['debian-13.1', 'debian-13.1.iso'],
      ['fedora-server-44', 'Fedora Server (44).iso'],
    ],
  );
  t.equal(refused.size, 0);
});

t.test('of two ISOs with one name neither is offered, and both are named', async (t) => {
  const { offered, refused } = isoNames(['Mini.iso', 'other.iso', 'mini.iso'], new Set());
  t.strictSame([...offered.keys()], ['other']);
  t.match(refused.get('mini'), {
    ...NOT_READY,
    message:
      '"Mini.iso" and "mini.iso" would both be called "mini", so neither is offered: rename the file, or name it by an Image and a Distro',
  });
});

t.test('an ISO whose file name leaves no letter is listed under its file name', async (t) => {
  const { offered, refused } = isoNames(['---.iso', '日本.iso'], new Set());
  t.equal(offered.size, 0);
  t.strictSame([...refused.keys()], ['---.iso', '日本.iso']);
  t.match(refused.get('---.iso'), { ...NOT_READY, message: /^of the file name "---\.iso" no letter or digit/ });
});

t.test('an ISO that has the name of a Distro with another image is listed under its file name', async (t) => {
  const { offered, refused } = isoNames(['web.iso', 'Web.iso', 'mini.iso'], new Set(['web']));
  t.strictSame([...offered.keys()], ['mini']);
  t.strictSame([...refused.keys()], ['web.iso', 'Web.iso']);
  t.match(refused.get('web.iso'), { ...NOT_READY, message: /"web", as a Distro with another image is/ });
});

t.test('what is not offered is an entry with the reason, and so is the answer to who asks for it', async (t) => {
  const { catalogue, server } = await buildApp(t, {
    files: {
      'isos/mini.iso': miniIso(),
      'isos/MINI.iso': miniIso(),
      'isos/---.iso': miniIso(),
      'isos/web.iso': miniIso(),
      'isos/used.iso': miniIso(),
      'resources/web.yaml': resources(
        { kind: 'Image', name: 'used', spec: { type: 'iso', path: 'used.iso' } },
        { kind: 'Distro', name: 'web', spec: { plugin: 'debian', image: 'used' } },
      ),
    },
  });
  const entries = await catalogue.entries();
  t.strictSame(
    entries.map((entry) => `${entry.name} ${'distro' in entry ? 'ready' : entry.error.code}`),
    [
      '---.iso SERABUT_ERR_DISTRO_NOT_READY',
      'mini SERABUT_ERR_DISTRO_NOT_READY',
      'web ready',
      'web.iso SERABUT_ERR_DISTRO_NOT_READY',
    ],
  );
  const asked = await server.inject('/boot/mini');
  t.equal(asked.statusCode, 500);
  t.match(asked.body, '"MINI.iso" and "mini.iso" would both be called "mini"');
  t.equal((await server.inject('/boot/web')).statusCode, 200);
  t.equal((await server.inject('/boot')).statusCode, 200, 'the menu has what can be booted');
});
