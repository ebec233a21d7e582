import t from 'tap';
import { parseSyslog } from '../../../core/lan/syslog-message.js';

const is = (severity: number | undefined, program: string, text: string) => ({ severity, program, text });

t.test('messages are read as installers write them', async (t) => {
  const all: [string, ReturnType<typeof is>][] = [
    // Debian's installer: BusyBox, without a host.
    [
      `<14>Nov 28 13:04:05 main-menu[310]: INFO: Menu item 'pkgsel' selected`,
      is(6, 'main-menu', `INFO: Menu item 'pkgsel' selected`),
    ],
    [
      '<6>Nov  8 13:04:05 kernel: [    0.000000] Linux version 6.12',
      is(6, 'kernel', '[    0.000000] Linux version 6.12'),
    ],
    // rsyslog's traditional form, as Anaconda forwards.
    [
      '<140>Nov 28 13:04:05 localhost anaconda[1799]: anaconda: threading: Running Thread',
      is(4, 'anaconda', 'anaconda: threading: Running Thread'),
    ],
    ['<30>2026-11-28T13:04:05.123456+01:00 host-1 systemd: Started.', is(6, 'systemd', 'Started.')],
    // util-linux' logger.
    [
      '<13>1 2026-11-28T13:04:05.123456+01:00 ubuntu-server subiquity - - [timeQuality tzKnown="1" isSynced="0"] a text',
      is(5, 'subiquity', 'a text'),
    ],
    [
      '<165>1 2003-10-11T22:14:15.003Z host evntslog - ID47 [a@1 x="]\\"["][b@2] \ufeffAn event',
      is(5, 'evntslog', 'An event'),
    ],
    ['<165>1 - - - - - - only a text', is(5, '', 'only a text')],
    ['<11>1 - - p - - -', is(3, 'p', '')],
    // The least of it.
    ['lab: firmware installed: x', is(undefined, 'lab', 'firmware installed: x')],
    ['no tag at all', is(undefined, '', 'no tag at all')],
    ['<13>Nov 28 13:04:05 a text without a tag', is(5, '', 'a text without a tag')],
    ['', is(undefined, '', '')],
  ];
  for (const [message, wanted] of all) t.strictSame(parseSyslog(message), wanted, message);
});

t.test('what is cut off, or meant to be misread, is a text', async (t) => {
  t.strictSame(parseSyslog('<999>x: y'), is(undefined, 'x', 'y'));
  t.strictSame(parseSyslog('<13>1 2026-11-28T13:04:05Z host'), is(5, '', '1 2026-11-28T13:04:05Z host'));
  t.strictSame(parseSyslog('<13>1 - h p - - [a x="y'), is(5, 'p', '[a x="y'));
  let longest = 0;
  for (const part of ['[', '\\', ' ', 'a ', '"]', 'x[', ': '])
    for (const head of ['<13>', '<13>1 ', '<13>1 a b c d e [', 'Nov 28 13:04:05 '])
      longest = Math.max(longest, parseSyslog(head + part.repeat(1_000_000)).text.length);
  t.ok(longest >= 1_000_000, 'it comes to an end');
});
