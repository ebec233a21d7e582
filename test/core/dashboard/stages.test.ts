import t from 'tap';
import { installationPart } from '../../../core/dashboard/stages.js';
import type { InstallationView } from '../../../core/operator/installation-view.js';
import { installationStages } from '../../../core/resources/installation.js';

const now = Date.parse('2026-11-28T12:10:00Z');

function view(reached: Partial<Record<string, number>>, more: Partial<InstallationView> = {}): InstallationView {
  const stages = installationStages.map((stage) => {
    const second = reached[stage];
    const time = second === undefined ? null : new Date(now - 600_000 + second * 1000).toISOString();
    return { stage, time, seconds: second === undefined ? null : 2, bytes: stage === 'KernelSent' ? 8_000_000 : null };
  });
  return {
    ...{ name: 'a-1', phase: 'Installing', bootProfile: 'web', generation: 1, attempt: 1, attempts: 3 },
    ...{ attemptStarted: null, lastHeard: null, deadline: null, progress: null, stages, contentBytes: 0, failures: [] },
    ...more,
  };
}

const states = (installation: InstallationView) =>
  installationPart(installation, now).stages.map(({ state, word }) => `${state}: ${word}`);

t.test('a stage is done, goes on, is still to come, or was not seen', async (t) => {
  t.strictSame(states(view({ Offered: 0, KernelSent: 5 })).slice(0, 4), [
    'done: done',
    'ahead: not seen',
    'current: now',
    'ahead: not yet',
  ]);
});

t.test('of a failed installation the last stage shows that, of one that is over none goes on', async (t) => {
  t.equal(states(view({ Offered: 0 }, { phase: 'Failed' }))[0], 'failed: ended after this');
  t.equal(states(view({ Offered: 0 }, { phase: 'Pending' }))[0], 'failed: ended after this');
  t.equal(states(view({ Installed: 60 }, { phase: 'Installed' }))[6], 'done: done');
});

t.test('only of what is large there is a speed', async (t) => {
  const { stages } = installationPart(view({ Offered: 0, ScriptSent: 1, KernelSent: 3 }), now);
  t.strictSame(
    stages.slice(1, 3).map(({ speed }) => speed),
    [null, 4_000_000],
  );
});

t.test('the sentence says how it stands', async (t) => {
  const sentence = (reached: Record<string, number>, more: Partial<InstallationView>) =>
    installationPart(view(reached, more), now).sentence;
  t.equal(sentence({}, { phase: 'Pending', attempt: 0 }), 'No attempt has begun.');
  t.equal(sentence({}, { phase: 'Pending' }), 'Attempt 1 of 3 is over; the next may begin.');
  t.equal(sentence({}, { phase: 'Failed', attempt: 3 }), 'Attempt 3 of 3 was the last; the installation has failed.');
  t.equal(sentence({ Installed: 60 }, { phase: 'Installed' }), 'Attempt 1 of 3 came to its end at 12:01:00.');
  const running = {
    progress: 'installing packages',
    lastHeard: '2026-11-28T12:09:58Z',
    deadline: '2026-11-28T14:00:00Z',
  };
  t.equal(
    sentence({ ScriptSent: 1 }, running),
    'Attempt 1 of 3: Boot script at 12:00:01. The installer says: installing packages. ' +
      'Last heard at 12:09:58; it has time until 14:00:00.',
  );
  t.match(sentence({}, {}), /^Attempt 1 of 3\. Last heard; /);
});
