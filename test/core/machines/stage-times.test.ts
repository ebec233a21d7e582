import t from 'tap';
import { stageTimes } from '../../../core/machines/stage-times.js';

/** The times of stages at some seconds, as `stage seconds`. */
function times(...history: [stage: string, second: number][]): string[] {
  const timeline = history.map(([stage, second]) => ({
    time: new Date(Date.UTC(2026, 10, 28) + second * 1000).toISOString(),
    stage,
    message: '',
  }));
  return stageTimes(timeline).map(({ stage, seconds }) => `${stage} ${seconds}`);
}

t.test('each stage counts from the one before', async (t) => {
  const start: [string, number][] = [
    ['Offered', 0],
    ['LoaderSent', 2],
    ['Offered', 10],
    ['AttemptBegan', 11],
    ['ScriptSent', 11.5],
    ['KernelSent', 13],
    ['InitrdSent', 20],
    ['AnswersSent', 80],
    ['ContentSent', 90],
    ['AnswersSent', 95],
    ['Progress', 100],
    ['Installed', 680],
  ];
  t.strictSame(times(...start), [
    'LoaderSent 2',
    'ScriptSent 1.5',
    'KernelSent 1.5',
    'InitrdSent 7',
    'AnswersSent 60',
    'Installed 600',
  ]);
});

t.test('a machine that begins anew is timed from there, and the time between two starts is none', async (t) => {
  t.strictSame(times(['ScriptSent', 0], ['KernelSent', 1], ['ScriptSent', 500], ['KernelSent', 502]), [
    'KernelSent 1',
    'KernelSent 2',
  ]);
  t.strictSame(times(['AnswersSent', 0], ['Installed', 5], ['Offered', 9000], ['ScriptSent', 9003]), [
    'Installed 5',
    'ScriptSent 3',
  ]);
  t.strictSame(times(['ScriptSent', 0], ['AttemptFailed', 60], ['KernelSent', 90]), []);
});

t.test('a stage that was not seen is left out, and a clock that was set back makes no negative time', async (t) => {
  t.strictSame(times(['ScriptSent', 0], ['AnswersSent', 30]), ['AnswersSent 30']);
  t.strictSame(times(['ScriptSent', 30], ['KernelSent', 0]), ['KernelSent 0']);
  t.strictSame(times(['Syslog', 3], ['ContentSent', 4]), []);
});
