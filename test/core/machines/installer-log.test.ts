import t from 'tap';
import { InstallerLog } from '../../../core/machines/installer-log.js';

/** What is told of some messages of one machine. */
function told(...messages: string[]): string[] {
  const all: string[] = [];
  const log = new InstallerLog((_, stage, message) => all.push(`${stage}: ${message}`), {
    now: () => 0,
    isInstalled: () => true,
  });
  for (const message of messages) log.take('192.0.2.9', message);
  return all;
}

t.test("the steps of Debian's installer are its progress", async (t) => {
  const step = (name: string) => `<14>Nov 28 13:04:05 main-menu[310]: INFO: Menu item '${name}' selected`;
  t.strictSame(told(step('partman-base'), step('localechooser'), step('pkgsel'), step('pkgsel'), step('constructor')), [
    'Progress: partitioning the disks',
    'Progress: installing packages',
  ]);
  t.strictSame(told(`<14>Nov 28 13:04:05 logger: Menu item 'pkgsel' selected`), [], 'only its main menu says so');
});

t.test('what went wrong is told once, as it was said', async (t) => {
  const lines = [
    `<12>Nov 28 13:04:05 main-menu[310]: WARNING **: Configuring 'bootstrap-base' failed with error code 1`,
    `<12>Nov 28 13:04:05 main-menu[310]: WARNING **: Configuring 'bootstrap-base' failed with error code 1`,
    '<11>Nov 28 13:04:05 in-target: E: Unable to locate package no-such-package',
    '<3>Nov 28 13:04:05 kernel: [ 99.1] blk_update_request: I/O error, dev sda, sector 8',
    '<11>Nov 28 13:04:05 localhost anaconda[1]: anaconda: ui: Traceback (most recent call last):',
    '<13>1 2026-11-28T13:04:05Z u subiquity - - - finish: subiquity/Install/install: FAIL: curtin: Installation failed',
  ];
  t.strictSame(told(...lines), [
    `Syslog: main-menu: WARNING **: Configuring 'bootstrap-base' failed with error code 1`,
    'Syslog: in-target: E: Unable to locate package no-such-package',
    'Syslog: kernel: [ 99.1] blk_update_request: I/O error, dev sda, sector 8',
    'Syslog: anaconda: anaconda: ui: Traceback (most recent call last):',
    'Syslog: subiquity: finish: subiquity/Install/install: FAIL: curtin: Installation failed',
  ]);
});

t.test('all else is kept, and not told', async (t) => {
  t.strictSame(told('', '<14>Nov 28 13:04:05 anna: Retrieving libc6', '<13>lab: I/O errors are not words of it'), []);
});

t.test('the last lines of the machines that were last heard are kept, without tokens', async (t) => {
  const log = new InstallerLog(() => {}, { now: () => 0, isInstalled: () => true });
  for (let i = 0; i < 250; i++) log.take('192.0.2.9', `<13>a: line ${i}`);
  log.take('192.0.2.9', `<13>wget: http://192.0.2.1/installations/${'x'.repeat(43)}/done ${'y'.repeat(1000)}`);
  const lines = log.linesOf('192.0.2.9');
  t.equal(lines.length, 200);
  t.equal(lines[0], 'a: line 51');
  t.match(lines.at(-1), /^wget: http:\/\/192\.0\.2\.1\/installations\/…\/done y{400,}…$/);
  t.equal(lines.at(-1)?.length, 512);
  for (let i = 0; i < 64; i++) log.take(`192.0.3.${i}`, 'a: b');
  t.strictSame(log.linesOf('192.0.2.9'), []);
  t.strictSame(log.linesOf('192.0.3.0'), ['a: b']);
});

t.test('nobody is listened to but a machine that is installed', async (t) => {
  const all: string[] = [];
  const options = { now: () => 0, isInstalled: (address: string) => address === '192.0.2.9' };
  const log = new InstallerLog((who) => all.push(who.address ?? ''), options);
  for (const address of ['192.0.2.8', '192.0.2.9']) log.take(address, '<11>in-target: E: Broken packages');
  t.strictSame(all, ['192.0.2.9']);
  t.strictSame(log.linesOf('192.0.2.8'), []);
});
