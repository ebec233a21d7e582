import t from 'tap';
import { ClockSteps } from '../../../core/machines/clock-steps.js';

function clocks() {
  const clock = { wall: 1_000_000, steady: 0 };
  const steps = new ClockSteps(
    () => clock.wall,
    () => clock.steady,
  );
  const pass = (ms: number, set = 0) => {
    clock.wall += ms + set;
    clock.steady += ms;
    steps.look();
  };
  return { clock, steps, pass };
}

t.test('a clock that goes on makes no step', async (t) => {
  const { clock, steps, pass } = clocks();
  const began = clock.wall;
  for (const ms of [0, 5_000, 3_600_000]) pass(ms, 100);
  t.equal(steps.after(began), 0);
});

t.test('what is older than a step forward is younger by it', async (t) => {
  const { clock, steps, pass } = clocks();
  const began = clock.wall;
  pass(60_000);
  const justBefore = clock.wall + 4_000;
  pass(5_000, 7_200_000);
  t.equal(steps.after(justBefore), 7_200_000, 'though it began since the clocks were compared');
  const later = clock.wall;
  t.equal(steps.after(began), 7_200_000);
  t.equal(steps.after(later), 0, 'what came after it is as it is');
  pass(5_000, 60_000);
  t.equal(steps.after(began), 7_260_000);
  t.equal(steps.after(later), 60_000);
});

t.test('a step back makes nothing older, and many are bounded', async (t) => {
  const { clock, steps, pass } = clocks();
  const began = clock.wall;
  pass(5_000, -3_600_000);
  t.equal(steps.after(began), 0);
  for (let step = 0; step < 50; step += 1) pass(1_000, 3_600_000);
  t.equal(steps.after(began), 15 * 3_600_000);
});

t.test('a clock that is set back, and then further forward than it was, has not gone on', async (t) => {
  const { clock, steps, pass } = clocks();
  const hour = 3_600_000;
  pass(5_000, hour);
  const began = clock.wall;
  pass(5_000, -hour);
  pass(5_000, 24 * hour);
  t.equal(clock.wall - (began + steps.after(began)), 10_000);
  for (let count = 0; count < 40; count += 1) {
    const moment = clock.wall;
    for (const set of [-hour, 24 * hour, -24 * hour, 3 * hour]) {
      pass(1_000, set);
      t.ok(clock.wall - (moment + steps.after(moment)) <= 4_000, `set by ${set / hour} h`);
    }
  }
});
