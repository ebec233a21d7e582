import t from 'tap';
import { Sessions } from '../../../core/operator/sessions.js';

t.test('sessions are bounded: of very many the one that was longest not used ends', (t) => {
  const sessions = new Sessions(() => 0);
  const ada = { operator: 'ada', tokenHash: 'x' };
  const [first, used] = [sessions.begin(ada), sessions.begin(ada)];
  for (let login = 0; login < 999; login++) sessions.begin(ada);
  t.equal(sessions.get(first.id), undefined);
  t.match(sessions.get(used.id), { operator: 'ada' });
  t.end();
});

t.test('a session ends after half a day, and when the clock was set back', (t) => {
  const clock = { now: 1_000 };
  const sessions = new Sessions(() => clock.now);
  const { id } = sessions.begin({ operator: 'ada', tokenHash: 'x' });
  clock.now += 12 * 60 * 60 * 1000 - 1;
  t.ok(sessions.get(id));
  clock.now += 1;
  t.equal(sessions.get(id), undefined);
  const { id: other } = sessions.begin({ operator: 'ada', tokenHash: 'x' });
  clock.now -= 1;
  t.equal(sessions.get(other), undefined);
  t.end();
});
