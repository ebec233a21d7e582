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

t.test('an Event that the API did not take is made at the next occasion', { skip }, async (t) => {
  let status = 503;
  const api = await fakeApi(t, () => ({ status, text: '{}' }));
  const events = new PodEvents(api.options, pod);
  await t.rejects(events.warn('PluginRefused', 'the plugin is broken'));
  status = 201;
  await events.warn('PluginRefused', 'the plugin is broken');
  await events.warn('PluginRefused', 'the plugin is broken');
  t.equal(api.requests.length, 2);
});

t.test('what is mended and broken again is said again, and what stays broken is not', { skip }, async (t) => {
  const api = await fakeApi(t, () => ({ status: 201, text: '{}' }));
  const events = new PodEvents(api.options, pod);
  const long = `one ${'x'.repeat(5000)}`;
  for (const broken of [[long, 'other'], [long], [long, 'other']]) {
    events.keepOnly(broken);
    for (const note of broken) await events.warn('PluginRefused', note);
  }
  t.strictSame(
    api.requests.map(({ body }) => JSON.parse(body).message.slice(0, 5)),
    ['one x', 'other', 'other'],
  );
});

t.test('one that is broken and mended for ever has an end', { skip }, async (t) => {
  const api = await fakeApi(t, () => ({ status: 201, text: '{}' }));
  const events = new PodEvents(api.options, pod);
  for (let count = 0; count < 105; count++) {
    events.keepOnly([]);
    await events.warn('PluginRefused', 'again');
  }
  t.equal(api.requests.length, 100);
});
