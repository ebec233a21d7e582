import t from 'tap';
import { PodEvents } from '../../../core/kubernetes/pod-events.js';
import { fakeApi } from '../../helpers/fake-api.js';
import { without } from '../../helpers/programs.js';

const skip = without('openssl');
const pod = { namespace: 'boot', name: 'serabut-1' };

t.test('a warning is an Event about the pod, said once, and as long as the API takes it', { skip }, async (t) => {
  const api = await fakeApi(t, () => ({ status: 201, text: '{}' }));
  const events = new PodEvents(api.options, pod);
  await events.warn('PluginRefused', 'the plugin is broken');
  await events.warn('PluginRefused', 'the plugin is broken');
  await events.warn('PluginRefused', 'x'.repeat(5000));
  t.strictSame(
    api.requests.map(({ method, url, authorization }) => [method, url, authorization]),
    Array(2).fill(['POST', '/api/v1/namespaces/boot/events', 'Bearer the-token']),
  );
  const [first, second] = api.requests.map(({ body }) => JSON.parse(body));
  t.match(first, {
    kind: 'Event',
    metadata: { generateName: 'serabut-1.', namespace: 'boot' },
    involvedObject: { kind: 'Pod', name: 'serabut-1', namespace: 'boot' },
    type: 'Warning',
    reason: 'PluginRefused',
    message: 'the plugin is broken',
  });
  t.equal(second.message.length, 1024);
});

t.test('what the API refuses is an error that says what it said', { skip }, async (t) => {
  const api = await fakeApi(t, () => ({ status: 403, text: 'forbidden' }));
  await t.rejects(new PodEvents(api.options, pod).warn('PluginRefused', 'x'), {
    code: 'SERABUT_ERR_POD_NOT_READY',
    message: /403 /,
  });
});
