import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { answerFile, serveDistros } from '../helpers/distros.js';
import { pythonOf, without } from '../helpers/programs.js';

/** The version of pykickstart's grammar for each distro, and which configurations are tried. */
const grammars = [
  ['f42', 'F42', ['full', 'mirrored']],
  ['f43net', 'F43', ['full', 'plain']],
  ['f44', 'F44', ['full', 'mirrored', 'btrfs', 'sized', 'lvm', 'plain']],
  ['rocky9', 'RHEL9', ['full', 'mirrored', 'sized', 'lvm']],
  ['alma9', 'RHEL9', ['plain']],
  ['stream9', 'RHEL9', ['stream']],
  ['rocky10net', 'RHEL10', ['full', 'mirrored']],
  ['alma10', 'RHEL10', ['plain']],
  ['stream10', 'RHEL10', ['stream']],
] as const;

t.test('pykickstart takes every Kickstart file, and what %pre writes', { skip: without('ksvalidator') }, async (t) => {
  const app = await serveDistros(t, [...new Set(grammars.map(([distro]) => distro))]);
  const all: Kickstart[] = [];
  for (const [distro, grammar, tried] of grammars) {
    for (const configuration of tried) {
      const text = await answerFile(app, { configuration, distro, file: 'ks.cfg' });
      const included = runPre(t, text);
      all.push({ name: `${distro} ${configuration}`, grammar, text: text.replace(/^%include .*$/m, () => included) });
    }
  }
  const results = validate(all);
  for (const { name, grammar } of all) {
    const skip = results[name] === 'no grammar' && `this pykickstart has no ${grammar}`;
    await t.test(`${name} by ${grammar}`, { skip }, async (t) => t.equal(results[name], 'valid'));
  }
});

t.test('ksvalidator itself takes one', { skip: without('ksvalidator') }, async (t) => {
  const text = await answerFile(await serveDistros(t, ['f44']), {
    configuration: 'full',
    distro: 'f44',
    file: 'ks.cfg',
  });
  const file = join(scratch(t), 'ks.cfg');
  writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync('ksvalidator', ['-v', 'F44', file], { encoding: 'utf8' });
  t.equal(status, 0, stdout + stderr);
});

interface Kickstart {
  readonly name: string;
  readonly grammar: string;
  readonly text: string;
}

/** As ksvalidator does it, warnings being errors, but for all of them at once: Python is slow to start. */
const validator = `
import json, sys, warnings
from pykickstart.errors import KickstartError, KickstartParseWarning, KickstartDeprecationWarning
from pykickstart.parser import KickstartParser
from pykickstart.version import makeVersion, versionMap
for category in (KickstartParseWarning, KickstartDeprecationWarning):
    warnings.filterwarnings('error', category=category)
def check(grammar, text):
    if grammar not in versionMap:
        return 'no grammar'
    try:
        KickstartParser(makeVersion(grammar)).readKickstartFromString(text)
        return 'valid'
    except Exception as error:
        return repr(error)
print(json.dumps({k['name']: check(k['grammar'], k['text']) for k in json.load(sys.stdin)}))
`;

function validate(all: readonly Kickstart[]): Record<string, string> {
  const input = JSON.stringify(all);
  const { stdout, stderr } = spawnSync(pythonOf('ksvalidator'), ['-c', validator], { input, encoding: 'utf8' });
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Runs the %pre of a Kickstart file on a machine that is made up: what it writes for %include. */
function runPre(t: Test, kickstart: string): string {
  const pre = /^%pre .*\n([\s\S]*?)^%end$/m.exec(kickstart)?.[1] ?? '';
  const dir = scratch(t);
  const disks = { sda: 1, nvme0n1: 0, nvme1n1: 0 };
  for (const [name, rotational] of Object.entries(disks)) {
    mkdirSync(join(dir, 'block', name, 'device'), { recursive: true });
    mkdirSync(join(dir, 'block', name, 'queue'));
    const files = { ro: 0, removable: 0, size: 400_000_000, 'queue/rotational': rotational };
    for (const [file, value] of Object.entries(files)) writeFileSync(join(dir, 'block', name, file), `${value}\n`);
  }
  const udevadm = join(dir, 'udevadm');
  writeFileSync(udevadm, '#!/bin/sh\necho ID_SERIAL=Samsung_S4EV123\n');
  chmodSync(udevadm, 0o755);
  const script = pre.replaceAll('/tmp/serabut-disks', join(dir, 'disks'));
  const env = { PATH: `${dir}:${process.env.PATH}`, SYS_BLOCK: join(dir, 'block') };
  const { status, stderr } = spawnSync('sh', ['-c', script], { env, encoding: 'utf8' });
  t.equal(status, 0, stderr);
  t.ok(existsSync(join(dir, 'disks')));
  return readFileSync(join(dir, 'disks'), 'utf8');
}

function scratch(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'kickstart-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  return dir;
}
