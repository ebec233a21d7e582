import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { buildApp, resources } from '../helpers/build-app.js';
import { members } from '../helpers/cpio.js';
import { answerFile, configurations, isos, serveDistros } from '../helpers/distros.js';
import { pattern } from '../helpers/isos.js';
import { makeIso } from '../helpers/make-iso.js';

/** An application with these ISOs and the configuration that says next to nothing. */
function serveIsos(t: Test, images: Record<string, Buffer>) {
  const files = Object.fromEntries(Object.entries(images).map(([name, iso]) => [`isos/${name}`, iso]));
  const yaml = resources({ kind: 'Configuration', name: 'plain', spec: configurations.plain });
  return buildApp(t, { files: { ...files, 'resources/a.yaml': yaml }, settings: { url: 'http://10.0.0.2:8080' } });
}

t.test('each distribution is recognised by its own plugin, with release, edition and architecture', async (t) => {
  const app = await serveDistros(t, Object.keys(isos));
  const titles = (await app.catalogue.entries()).map((e) =>
    'distro' in e ? `${e.name}: ${e.distro.title}, by ${e.distro.plugin.plugin.id}` : `${e.name}: ${e.error.message}`,
  );
  t.strictSame(titles, [
    'alma10: almalinux 10 dvd x86_64, by fedora',
    'alma9: almalinux 9 dvd x86_64, by fedora',
    'd12: debian 12 netboot arm64, by debian',
    'd13: debian 13 netboot x86_64, by debian',
    'f42: fedora 42 dvd x86_64, by fedora',
    'f43net: fedora 43 netinst x86_64, by fedora',
    'f44: fedora 44 dvd x86_64, by fedora',
    'rocky10net: rocky 10 netinst x86_64, by fedora',
    'rocky9: rocky 9 dvd x86_64, by fedora',
    'stream10: centos-stream 10 dvd arm64, by fedora',
    'stream9: centos-stream 9 dvd x86_64, by fedora',
    'u22: ubuntu 22.04 live-server x86_64, by ubuntu',
    'u24: ubuntu 24.04 live-server x86_64, by ubuntu',
    'u26: ubuntu 26.04 live-server x86_64, by ubuntu',
  ]);
});

const netinst = {
  '.disk/info': 'Debian GNU/Linux 13.6.0 "Trixie" - Official amd64 NETINST with firmware 20260711-09:42',
  '.disk/udeb_include': 'netcfg\nethdetect\npcmciautils-udeb\n',
  '.disk/base_installable': '',
  'install.amd/vmlinuz': 'kernel',
  'install.amd/initrd.gz': pattern(1001),
  'dists/trixie/Release': 'Codename: trixie\n',
  'dists/trixie/main/debian-installer/binary-amd64/Packages.gz': 'index',
  'pool/main/n/netcfg/netcfg_1.197_amd64.udeb': 'netcfg',
  'pool/main/g/gtk/rootskel-gtk_1.42_amd64.udeb': 'gtk',
  'pool/main/b/base/base_1_amd64.deb': 'deb',
  'firmware/Contents-firmware': 'contents',
  'firmware/dep11/README.txt': 'readme',
  'firmware/firmware-realtek_1_all.deb': 'wired',
  'firmware/firmware-iwlwifi_1_all.deb': 'wireless',
  debian: { symlink: '.' },
};

t.test('a Debian netinst boots with what its initrd lacks', async (t) => {
  const app = await serveIsos(t, { 'netinst.iso': makeIso(netinst) });
  const script = (await app.server.inject('/boot/netinst?configuration=plain')).body;
  t.match(script, 'kernel http://10.0.0.2:8080/iso/content/netinst.iso/install.amd/vmlinuz initrd=initrd.gz auto=true');
  const { rawPayload } = await app.server.inject('/with-firmware/netinst/initrd.gz');
  t.ok(rawPayload.subarray(0, 1001).equals(pattern(1001)));
  const found = members(rawPayload.subarray(1004));
  const paths = Object.keys(found).filter((path) => !found[path]?.startsWith('directory'));
  t.strictSame(paths, [
    'cdrom/.disk/info',
    'cdrom/.disk/cd_type',
    'cdrom/.disk/udeb_include',
    'cdrom/dists/trixie/Release',
    'cdrom/dists/trixie/main/debian-installer/binary-amd64/Packages.gz',
    'cdrom/pool/main/n/netcfg/netcfg_1.197_amd64.udeb',
    'firmware/Contents-firmware',
    'firmware/dep11/README.txt',
    'firmware/firmware-realtek_1_all.deb',
  ]);
  t.equal(
    found['cdrom/.disk/udeb_include'],
    '644 netcfg\nethdetect\npcmciautils-udeb\nchoose-mirror\napt-mirror-setup\nnetwork-preseed\n',
  );
});

t.test('a Debian live image boots with the newest of its kernels, its squashfs fetched out of the ISO', async (t) => {
  const live = {
    'live/vmlinuz-6.9.7-amd64': 'k',
    'live/vmlinuz-6.12.9-amd64': 'k',
    'live/initrd.img-6.9.7-amd64': 'i',
    'live/initrd.img-6.12.9-amd64': 'i',
    'live/filesystem.squashfs': 's',
  };
  const app = await serveIsos(t, { 'live.iso': makeIso(live, { volumeId: 'd-live 13.1.0 st amd64' }) });
  t.matchSnapshot((await app.server.inject('/boot/live')).body);
});

t.test('an ISO that nobody knows is listed with the reason', async (t) => {
  const app = await serveIsos(t, { 'other.iso': makeIso({ a: 'b' }, { volumeId: 'OTHER' }) });
  t.match((await app.server.inject('/boot/other')).body, 'no plugin recognises other.iso (volume "OTHER")');
});

t.test('the answer files and scripts of one configuration for all', async (t) => {
  const app = await serveDistros(t, ['d13', 'u22', 'u24', 'f44', 'rocky9', 'rocky10net']);
  for (const [configuration, distro, file] of [
    ['full', 'd13', 'boot'],
    ['full', 'd13', 'preseed.cfg'],
    ['full', 'd13', 'before-install.sh'],
    ['mirrored', 'd13', 'before-install.sh'],
    ['full', 'd13', 'after-install.sh'],
    ['full', 'u22', 'boot'],
    ['full', 'u24', 'boot'],
    ['full', 'u24', 'user-data'],
    ['plain', 'u24', 'user-data'],
    ['full', 'f44', 'boot'],
    ['full', 'f44', 'ks.cfg'],
    ['mirrored', 'rocky9', 'ks.cfg'],
    ['plain', 'rocky10net', 'boot'],
    ['plain', 'rocky10net', 'ks.cfg'],
  ] as const) {
    t.matchSnapshot(await answerFile(app, { configuration, distro, file }), `${configuration} ${distro} ${file}`);
  }
});

t.test('what an addition says of user-data is joined to it', async (t) => {
  const app = await serveDistros(t, ['u24']);
  const { autoinstall } = parse(await answerFile(app, { configuration: 'full', distro: 'u24', file: 'user-data' }));
  t.match(autoinstall, { kernel: { flavor: 'hwe' }, ssh: { 'install-server': true, 'allow-pw': false }, version: 1 });
});

t.test("Ubuntu's own partitions follow the firmware that the machine says it has", async (t) => {
  const app = await serveDistros(t, ['u24']);
  const types = async (query: string) => {
    const text = await answerFile(app, { configuration: 'mirrored', distro: 'u24', file: 'user-data', query });
    const actions = parse(text).autoinstall.storage.config as { flag?: string; path?: string; grub_device?: boolean }[];
    const of = (test: (action: (typeof actions)[number]) => unknown) => actions.filter(test).length;
    return {
      boot: of(({ flag }) => flag === 'boot'),
      bios: of(({ flag }) => flag === 'bios_grub'),
      esp: of(({ path }) => path === '/boot/efi'),
      grub: of(({ grub_device: device }) => device),
    };
  };
  t.strictSame(await types('platform=efi'), { boot: 2, bios: 0, esp: 1, grub: 2 });
  t.strictSame(await types(''), { boot: 2, bios: 0, esp: 1, grub: 2 });
  t.strictSame(await types('platform=pcbios'), { boot: 0, bios: 2, esp: 0, grub: 2 });
});
