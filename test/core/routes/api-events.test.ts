import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import t, { type Test } from 'tap';
import { type Api, discover, serve } from '../../helpers/api.js';
import { resources, writeInto } from '../../helpers/build-app.js';
import { smallConfiguration } from '../../helpers/isos.js';

/** The events of a connection as they come. */
async function listen(t: Test, { app }: Api) {
  const request = get(`${app.url}/api/v1/events`);
  t.teardown(() => request.destroy());
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  response.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const until = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(text)) await once(response, 'data');
  };
  return { request, response, until, text: () => text };
}

t.test('changes are told to all who listen', async (t) => {
  const api = await serve(t);
  const [first, second] = [await listen(t, api), await listen(t, api)];
  t.match(first.response.headers['content-type'], 'text/event-stream');
  await discover(api, 'new', 2);
  for (const { until } of [first, second]) await until(/event: change\ndata: \{"kind":"Machine","name":"new"\}\n\n/);
  writeInto(
    api.app.data,
    'resources/more.yaml',
    resources({ kind: 'Configuration', name: 'more', spec: smallConfiguration }),
  );
  await first.until(/\{"kind":"Image","name":null\}/);
  await first.until(/\{"kind":"Distro","name":null\}/);
});

t.test('a listener that has gone is forgotten, and a server that ends lets all go', async (t) => {
  const api = await serve(t);
  const [first, second] = [await listen(t, api), await listen(t, api)];
  await second.until(/retry/);
  first.request.destroy();
  const closed = new Promise((resolve) => second.response.once('close', resolve));
  second.response.on('error', () => {});
  await api.app.close();
  await closed;
  t.pass('the server has ended with listeners on it');
});

t.test('only so many may listen', async (t) => {
  const api = await serve(t);
  const all = await Promise.all(Array.from({ length: 200 }, () => listen(t, api)));
  await Promise.all(all.map(({ until }) => until(/retry/)));
  const refused = await api.ask('GET', '/events');
  t.match(refused, { status: 503, headers: { 'retry-after': '30' }, json: { code: 'SERABUT_ERR_BUSY' } });
});
