import { mock } from 'node:test';
import t from 'tap';
import { SerabutError } from '../../../core/errors.js';
import { pluginLimits, runPlugin } from '../../../core/plugin/run.js';

t.test('a call that never settles is given up, and the message names plugin, stage and limit', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const run = runPlugin('slow', 'automation preseed.cfg', () => new Promise<string>(() => {}));
  mock.timers.tick(pluginLimits.milliseconds + 1);
  const message = /plugin "slow" failed at automation preseed.cfg: it did not settle within 5000 ms/;
  await t.rejects(run, { code: 'SERABUT_ERR_PLUGIN_FAILED', message });
});

t.test('an error with a code goes through as it is', async (t) => {
  const own = new SerabutError('SERABUT_ERR_TEMPLATE', 'x');
  await t.rejects(
    runPlugin('p', 'boot', () => Promise.reject(own)),
    own,
  );
});
