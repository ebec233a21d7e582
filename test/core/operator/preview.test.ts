import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { dashboard } from '../../helpers/dashboard.js';
import { stateOf } from '../../helpers/installing.js';

/** Those whose status comes last. */
const names = { Configuration: 'vault', BootProfile: 'web' } as const;

t.test('a preview is what the machine gets, but for the token and the secrets', async (t) => {
  const app = await dashboard(t);
  const { get, ask, logIn, discover } = app;
  const name = await discover('52:54:00:00:00:11');
  t.notMatch((await get(`/machines/${name}/preview`)).body, /While it is installed/, 'nothing is proposed yet');
  const { cookie, csrf } = await logIn();
  await ask('POST', `/machines/${name}/accept`, { cookie }, { csrf, bootProfile: 'web' });
  // What is said of resources is written by itself, some time after the start.
  const isSaid = () =>
    (['Configuration', 'BootProfile'] as const).every((kind) => app.store.statusOf(kind, names[kind]));
  for (let tries = 0; !isSaid() && tries < 500; tries++) await sleep(20);
  const before = stateOf(app);
  const { body } = await get(`/machines/${name}/preview`);
  t.match(body, /If it asked now, it would be installed/);
  t.match(body, /Attempt 1 to install generation 1 begins/);
  t.notMatch(body, /only-for|only for/);
  t.equal(stateOf(app), before, 'nothing is written');
  const script = (await get('/boot?mac=52-54-00-00-00-11&product=Box')).body;
  const [, attempt = ''] = /\/installations\/([\w-]{43})\//.exec(script) ?? [];
  t.equal(textsOf(body)[0], script.replaceAll(attempt, 'TOKEN').trim(), 'the script is the same');
  const answers = (await get(`/installations/${attempt}/automation/preseed.cfg`)).body;
  t.match(answers, /only-for-root/);
  const shown = textsOf((await get(`/machines/${name}/preview`)).body)[1] ?? '';
  const known = answers
    .replaceAll(attempt, 'TOKEN')
    .replace('$6$root$only-for-root', '$6$placeholder$*')
    .replace('$6$ada$only-for-ada', '$6$placeholder$*')
    .replaceAll('only for the disk', 'placeholder');
  t.equal(shown, known.trim(), 'and so is the answer file');
});

t.test('a machine that boots its disk shows that script, and what it was installed with', async (t) => {
  const { get } = await dashboard(t);
  const { body } = await get('/machines/known/preview');
  t.match(body, /If it asked now, it would boot its disk/);
  t.match(body, /No installation was asked for/);
  t.match(body, /While it is installed with web/);
  t.match(textsOf(body)[0], /^#!ipxe\necho Serabut: No installation/);
});

t.test('what cannot be made says why', async (t) => {
  const machine = {
    apiVersion: 'serabut.io/v1alpha1',
    kind: 'Machine',
    metadata: { name: 'lost' },
    spec: { macs: ['52:54:00:00:00:12'], bootProfile: 'nothing' },
  };
  const { get } = await dashboard(t, { files: { 'resources/lost.yaml': JSON.stringify(machine) } });
  t.match((await get('/machines/lost/preview')).body, /SERABUT_ERR_PROFILE_NOT_FOUND/);
});

/** The texts of a page, as a browser would show them. */
function textsOf(page: string): string[] {
  const entities = { '&lt;': '<', '&gt;': '>', '&#34;': '"', '&#39;': "'", '&amp;': '&' } as const;
  return [...page.matchAll(/<pre[^>]*>(.*?)<\/pre>/gs)].map(([, text = '']) =>
    text.replace(/&(lt|gt|#34|#39|amp);/g, (entity) => entities[entity as keyof typeof entities]).trim(),
  );
}
