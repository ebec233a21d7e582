import { makeIso } from './make-iso.js';

/** Content that differs from place to place, so that a byte in the wrong place shows. */
export function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0, state = seed; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

/** What Debian's netboot mini.iso looks like; the lengths leave an initrd that needs padding. */
export const miniFiles = {
  linux: pattern(5000, 2),
  'initrd.gz': pattern(70_001, 3),
  '.disk/info': 'Debian GNU/Linux 13 amd64 - netboot mini.iso 20250803+deb13u8',
};

export function miniIso(): Buffer {
  return makeIso(miniFiles, { volumeId: 'ISOIMAGE', joliet: true });
}

/** A Configuration with all that is needed and nothing else; the hash is of no password that anybody has. */
export const smallConfiguration = {
  users: [{ name: 'ada', passwordHash: '$6$salt$hash', sshKeys: ['ssh-ed25519 AAAA ada'] }],
};
