import t, { type Test } from 'tap';
import type { DistroPlugin, OverlayEntry } from '../../../core/plugin/contract.js';
import { buildApp } from '../../helpers/build-app.js';
import { members } from '../../helpers/cpio.js';
import { pattern } from '../../helpers/isos.js';
import { makeIso } from '../../helpers/make-iso.js';
import { validPlugin } from '../../helpers/plugins.js';

const initrd = pattern(1003);
const files = {
  'boot/vmlinuz': 'kernel',
  'boot/initrd': initrd,
  'pool/a/one.udeb': pattern(5),
  'pool/a/two.udeb': pattern(6),
  'pool/a/gtk.udeb': 'gtk',
  'pool/b/three.deb': 'deb',
  'pool/large.udeb': pattern(5000),
  'pool/link.udeb': { symlink: 'a/one.udeb' },
  'pool/nowhere.udeb': { symlink: '../gone' },
  'pool/self': { symlink: '.' },
  'info/list': 'first\n',
};

/** An application with a plugin whose medium has the overlay, and an ISO of that plugin. */
async function withOverlay(t: Test, overlay: readonly OverlayEntry[], isoFiles: object = files) {
  const media = validPlugin.media.map((medium) => ({ ...medium, leastMemory: 100, overlay }));
  const plugin: DistroPlugin = { ...validPlugin, media };
  const text = JSON.stringify({ ...plugin, boot: undefined, automation: undefined });
  const module = `export default { ...${text}, boot: { render: (v) => 'memory ' + v.leastMemory }, automation: {} };`;
  const iso = makeIso(isoFiles as typeof files, { volumeId: 'TINY_1' });
  return buildApp(t, {
    files: {
      'plugins/tiny/index.mjs': module,
      'plugins/tiny/made.liquid': "{{ distro.release }}: {{ files['/info/list'] | strip }}\nsecond\n",
      'isos/tiny.iso': iso,
    },
  });
}

async function overlayOf(t: Test, overlay: readonly OverlayEntry[]): Promise<Record<string, string>> {
  const { url } = await withOverlay(t, overlay);
  const body = Buffer.from(await (await fetch(`${url}/with-firmware/tiny/initrd.gz`)).arrayBuffer());
  t.ok(body.subarray(0, initrd.length).equals(initrd), 'the initrd comes first');
  const start = Math.ceil(initrd.length / 4) * 4;
  t.ok(
    body.subarray(initrd.length, start).every((byte) => byte === 0),
    'and zero bytes up to a multiple of 4',
  );
  return members(body.subarray(start));
}

t.test('files out of the ISO, of a text and of a template, each below its directories', async (t) => {
  const found = await overlayOf(t, [
    { to: '/disc/copy', from: '/info/list' },
    { to: '/disc/{release}/text', text: 'a text\n', mode: 0o755 },
    { to: '/etc/made', template: 'made.liquid', reads: ['/info/list'] },
  ]);
  t.strictSame(found, {
    disc: 'directory 755',
    'disc/1': 'directory 755',
    'disc/copy': '644 first\n',
    'disc/1/text': '755 a text\n',
    'etc/made': '644 1: first\nsecond\n',
  });
});

t.test('files of a directory by name and by size; links to files count as files', async (t) => {
  const chosen = { only: ['**/*.udeb'], without: ['**/gtk*'], largest: 4999 };
  const found = await overlayOf(t, [{ to: '/cdrom/pool', from: '/pool', ...chosen }]);
  t.strictSame(Object.keys(found), [
    'cdrom',
    'cdrom/pool',
    'cdrom/pool/a',
    'cdrom/pool/a/one.udeb',
    'cdrom/pool/a/two.udeb',
    'cdrom/pool/link.udeb',
  ]);
  t.equal(found['cdrom/pool/link.udeb'], `644 ${pattern(5).toString()}`);
});

t.test('of two entries for one path the later one counts', async (t) => {
  const found = await overlayOf(t, [
    { to: '/disc/a', from: '/info/list' },
    { to: '/disc/a', text: 'later' },
  ]);
  t.equal(found['disc/a'], '644 later');
});

t.test('what the ISO may lack is left out', async (t) => {
  t.strictSame(await overlayOf(t, [{ to: '/a', from: '/gone', optional: true }]), {});
});

t.test('what the ISO must have is an error that names it', async (t) => {
  const { server } = await withOverlay(t, [{ to: '/a', from: '/gone' }]);
  const { statusCode, body } = await server.inject('/with-firmware/tiny/initrd.gz');
  t.equal(statusCode, 500);
  t.match(body, 'SERABUT_ERR_DISTRO_NOT_READY: the overlay of the initrd needs /gone, which the ISO lacks');
});

t.test('length, ranges and tag are those of one file', async (t) => {
  const { url } = await withOverlay(t, [{ to: '/cdrom/pool', from: '/pool' }]);
  const at = `${url}/with-firmware/tiny/initrd.gz`;
  const whole = await fetch(at);
  const bytes = Buffer.from(await whole.arrayBuffer());
  const head = await fetch(at, { method: 'HEAD' });
  t.equal(head.headers.get('content-length'), String(bytes.length));
  t.equal(head.headers.get('etag'), whole.headers.get('etag'));
  for (let start = 900; start < bytes.length; start += 997) {
    const part = await fetch(at, { headers: { range: `bytes=${start}-${start + 1500}` } });
    t.equal(part.status, 206);
    t.ok(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(start, start + 1501)), `from ${start}`);
  }
});

t.test('the least memory counts the overlay twice', async (t) => {
  const mebibyte = { ...files, 'pool/large.udeb': pattern(1024 * 1024) };
  const { server } = await withOverlay(t, [{ to: '/a', from: '/pool/large.udeb' }], mebibyte);
  t.equal((await server.inject('/boot/tiny')).body, 'memory 103');
});
