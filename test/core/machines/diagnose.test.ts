import t from 'tap';
import { diagnose } from '../../../core/machines/diagnose.js';
import { stages } from '../../../core/machines/sightings.js';
import type { InstallationStatus } from '../../../core/resources/installation.js';
import type { TimelineEntry } from '../../../core/resources/machine.js';

const noon = Date.UTC(2026, 10, 28, 12);
const at = (minute: number): string => new Date(noon + minute * 60_000).toISOString();

const installing: InstallationStatus = {
  phase: 'Installing',
  attempt: 1,
  attemptStarted: at(0),
  lastHeard: at(0),
  tokenHash: null,
  client: null,
  progress: null,
  conditions: [],
  failures: [],
};

type Happened = readonly [stage: string, minute: number, message?: string];

function said(history: readonly Happened[], minute: number, status: Partial<InstallationStatus> = {}): string {
  const timeline = history.map(([stage, when, message = '']): TimelineEntry => ({ stage, time: at(when), message }));
  return diagnose(timeline, { ...installing, ...status }, noon + minute * 60_000);
}

const start: readonly Happened[] = [
  ['Offered', 0],
  ['LoaderSent', 0],
  ['ScriptSent', 1],
];
const loaded: readonly Happened[] = [...start, ['KernelSent', 1], ['InitrdSent', 2]];
const asked: readonly Happened[] = [...loaded, ['AnswersSent', 3]];
const failure = { attempt: 1, time: at(-10), reason: 'Stalled', message: 'Nothing was heard of it for 30 minutes.' };
const condition = (type: string, minute: number) =>
  ({ type, status: 'True', reason: 'x', message: '', lastTransitionTime: at(minute) }) as const;

t.test('where a machine is stuck is said with the time, the likely reason and what to do', async (t) => {
  const all: [string, string, RegExp][] = [
    [
      'offered',
      said(start.slice(0, 1), 4),
      /^Stuck for 4 min after it was offered .*, before it had its loader: .*UDP port 69/,
    ],
    [
      'no loader for it',
      said([['NotOffered', 0, 'there is no loader for it (architecture 10)']], 1),
      /^Stuck for 1 min: there is no loader .*directory of the iPXE binaries/,
    ],
    [
      'loader broken',
      said(
        [
          ['Offered', 0],
          ['LoaderFailed', 1, 'it did not take all of snponly.efi by TFTP'],
        ],
        3,
      ),
      /^Stuck for 2 min: it did not take all of snponly\.efi .*MTU/,
    ],
    [
      'loader sent',
      said(start.slice(0, 2), 5),
      /^Stuck for 5 min after its loader was sent, before iPXE asked .*Secure Boot/,
    ],
    [
      'script sent',
      said(start, 5),
      /^Stuck for 4 min after its boot script was sent, before it had the kernel: .*memory/,
    ],
    [
      'kernel sent',
      said(loaded.slice(0, 4), 3),
      /^Stuck for 2 min after the kernel was sent, before it had the initrd/,
    ],
    [
      'initrd broken off',
      said([...start, ['TransferFailed', 2, 'broke the initrd of debian off after 12.0 MB']], 2.5),
      /^Stuck for less than a minute: it broke the initrd of debian off .*cable/,
    ],
    [
      'initrd sent',
      said(loaded, 6),
      /^Stuck for 4 min after the initrd was sent, before an answer file was asked for: .*driver or firmware/,
    ],
    [
      'answers refused',
      said([...loaded, ['TransferFailed', 3, 'asked for preseed.cfg, answered with 403']], 9),
      /^Stuck for 6 min: it asked for preseed\.cfg, answered with 403\. .*log of the server/,
    ],
    ['answers sent', said(asked, 33), /^Stuck for 30 min after its answer files were sent, .*asking a question/],
    [
      'medium',
      said([...asked, ['ContentSent', 8, 'sent 1.2 GB of the medium']], 38),
      /^Stuck for 30 min after parts of the medium were sent/,
    ],
    [
      'partitioning',
      said([...asked, ['Progress', 4, 'partitioning the disks']], 300),
      /^Stuck for 4 h after the installer reported "partitioning the disks", before its next report: .*mirror/,
    ],
    [
      'logged',
      said([...asked, ['Progress', 4, 'x'], ['Syslog', 5, 'in-target: E: Unable to locate package vmi']], 6),
      /^Stuck for 1 min: its installer logged "in-target: E: Unable to locate package vmi"/,
    ],
    [
      'somebody else',
      said([['Refused', 0, 'its MAC address is another one']], 10_000),
      /^Stuck for 6 days: it was refused: its MAC address is another one\. Correct the macs/,
    ],
  ];
  for (const [name, sentence, wanted] of all) t.match(sentence, wanted, name);
});

t.test('a machine of which nothing was seen is to be started', async (t) => {
  t.match(said([], 5), /^Nothing was seen of it since attempt 1 began, 5 min ago\. Switch it on/);
  t.match(
    said([], 5, { phase: 'Pending', attempt: 0, attemptStarted: null }),
    /^Nothing was seen of it\. Switch it on/,
  );
  const again = said([...asked, ['AttemptFailed', 4]], 5, { phase: 'Pending', failures: [failure] });
  t.match(again, /^Nothing was seen of it since attempt 1 failed \(Nothing was heard .*\), 15 min ago\. Switch it on/);
});

t.test('what was before the last end is of no matter', async (t) => {
  const second = said([...asked, ['AttemptFailed', 4], ['ScriptSent', 6]], 8, { attempt: 2, failures: [failure] });
  t.match(second, /^Stuck for 2 min after its boot script was sent/);
});

t.test('what is over is said, with what comes next', async (t) => {
  t.equal(
    said([], 5, { phase: 'Failed', attempt: 3, failures: [failure] }),
    'Failed after 3 attempts: Nothing was heard of it for 30 minutes. Mend that, then raise spec.install.generation.',
  );
  t.match(said([], 5, { phase: 'Failed' }), /^Failed after 1 attempt: no reason is known\./);
  const installed = condition('Installed', 20);
  const booted: Partial<InstallationStatus> = { phase: 'Installed' };
  booted.conditions = [installed, condition('BootedFromDisk', 22)];
  t.equal(said([], 30, booted), 'Installed, and booted from its disk.');
  t.match(
    said([['Installed', 20]], 30, { phase: 'Installed', conditions: [installed] }),
    /^Installed 10 min ago, and not heard of since/,
  );
  const back = said(
    [
      ['Installed', 20],
      ['CameBack', 23],
    ],
    30,
    { phase: 'Installed' },
  );
  t.match(back, /^Installed, but it came straight back .*spec\.bootFromDisk/);
});

t.test('every stage that can be seen has a sentence', async (t) => {
  for (const stage of stages) t.match(said([[stage, 0, 'what was said']], 1), /^Stuck for 1 min[: ].{20}/, stage);
});

t.test('a clock that was set back makes no negative time', async (t) => {
  t.match(said([['ScriptSent', 60]], 0), /^Stuck for less than a minute/);
});
