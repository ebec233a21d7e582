import { arm64, efiProgram, firmwareArchive, firmwareWithoutEnd, initrd, kernel, x64 } from './boot-programs.js';
import { resources } from './build-app.js';
import { pattern, smallConfiguration } from './isos.js';
import { makeIso } from './make-iso.js';

/** The boot programs by their names, as a server has them. */
export const loaders: Readonly<Record<string, Buffer>> = {
  'snponly.efi': efiProgram(x64),
  'ipxe-arm64.efi': efiProgram(arm64),
  'undionly.kpxe': Buffer.concat([Buffer.from('ea0500c007669c66', 'hex'), pattern(60_000, 8)]),
};

/** What the server serves: good profiles, and some with a fault in what they are made of. */
export function dataFiles(proxy: string): Record<string, string | Uint8Array> {
  const iso = (arch: string, machine: number, start: Buffer) =>
    makeIso(
      {
        linux: kernel(machine),
        'initrd.gz': start,
        '.disk/info': `Debian GNU/Linux 13 "Trixie" ${arch} - netboot mini.iso 20250803+deb13u8`,
      },
      { volumeId: 'ISOIMAGE' },
    );
  const image = (name: string, type: string, path: string) => ({ kind: 'Image', name, spec: { type, path } });
  const distro = (name: string, iso: string, firmware: string) => ({
    kind: 'Distro',
    name,
    spec: { plugin: 'debian', image: iso, firmware: [firmware] },
  });
  const base = { ...smallConfiguration, mirrors: { debian: { host: 'mirror.example', directory: '/debian' } }, proxy };
  const configuration = (name: string, more: object = {}) => ({
    kind: 'Configuration',
    name,
    spec: { ...base, ...more },
  });
  const profile = (name: string, on: string, joined = name) => ({
    kind: 'BootProfile',
    name,
    spec: { distro: on, configuration: joined },
  });
  const addition = (text: string) => ({ additions: { debian: { 'preseed.cfg': text } } });
  const yaml = resources(
    image('mini', 'iso', 'mini.iso'),
    image('mini-arm', 'iso', 'mini-arm.iso'),
    image('mini-cut', 'iso', 'mini-cut.iso'),
    image('fw', 'firmware', 'fw.cpio'),
    image('fw-cut', 'firmware', 'fw-cut.cpio'),
    distro('debian-13', 'mini', 'fw'),
    distro('debian-13-arm', 'mini-arm', 'fw'),
    distro('cut', 'mini-cut', 'fw'),
    distro('cut-firmware', 'mini', 'fw-cut'),
    configuration('a-web'),
    profile('a-web', 'debian-13'),
    profile('a-web-arm', 'debian-13-arm', 'a-web'),
    profile('cut', 'cut', 'a-web'),
    profile('cut-firmware', 'cut-firmware', 'a-web'),
    configuration('no-mirror', { proxy: 'none', ...addition('d-i mirror/http/hostname string 127.0.0.1:1') }),
    profile('no-mirror', 'debian-13'),
    configuration('other-suite', addition('d-i mirror/suite string sarge')),
    profile('other-suite', 'debian-13'),
  );
  return {
    'isos/mini.iso': iso('amd64', x64, initrd),
    'isos/mini-arm.iso': iso('arm64', arm64, initrd),
    'isos/mini-cut.iso': iso('amd64', x64, initrd.subarray(0, -500)),
    'firmware/fw.cpio': firmwareArchive,
    'firmware/fw-cut.cpio': firmwareWithoutEnd,
    'resources/lab.yaml': yaml,
    ...Object.fromEntries(Object.entries(loaders).map(([name, bytes]) => [`ipxe/${name}`, bytes])),
  };
}
