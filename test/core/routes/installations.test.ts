import { connect } from 'node:net';
import Fastify, { LogController } from 'fastify';
import t, { type Test } from 'tap';
import { SerabutError } from '../../../core/errors.js';
import { accessLog } from '../../../core/http/access-log.js';
import { errorText } from '../../../core/http/error-text.js';
import { requestMetrics } from '../../../core/http/request-metrics.js';
import { sending } from '../../../core/http/send.js';
import type { Client } from '../../../core/machines/outcome.js';
import { newToken } from '../../../core/machines/tokens.js';
import { installations } from '../../../core/routes/installations.js';
import type { Services } from '../../../core/routes/services.js';

const machine = { address: '192.168.88.10', neighbour: '52:54:00:00:00:0a' };
const token = newToken();

/** The routes alone, on installations that are played: one token opens, for one machine. */
async function serve(t: Test) {
  const reports: string[] = [];
  const signs: unknown[] = [];
  const asked: unknown[] = [];
  const log: string[] = [];
  const state = { now: 0, failure: undefined as SerabutError | undefined };
  const open = (given: string, client: Client) => {
    if (given !== token || client.neighbour !== machine.neighbour)
      throw new SerabutError('SERABUT_ERR_TOKEN', `not for ${client.address}`);
    return { machine: { name: 'a' } };
  };
  const services = {
    settings: { url: 'http://10.0.0.2:8080', proxy: null },
    now: () => state.now,
    neighbours: { find: async (address: string) => (address === machine.address ? machine.neighbour : null) },
    machines: {
      open,
      report: async (given: string, client: Client, kind: string, text: string) => {
        open(given, client);
        if (state.failure !== undefined) throw state.failure;
        reports.push(`${kind}: ${text}`);
      },
      saw: (...sign: unknown[]) => signs.push(sign),
    },
    installTexts: {
      answers: async (_: unknown, given: string, asking: object) => {
        asked.push(asking);
        if (state.failure !== undefined) throw state.failure;
        return `passphrase of ${given}\n`;
      },
    },
  };
  const stream = { write: (line: string) => void log.push(line) };
  const app = Fastify({
    logger: { level: 'debug', stream },
    logController: new LogController({ disableRequestLogging: true }),
  });
  t.teardown(() => app.close());
  for (const plugin of [errorText, accessLog, requestMetrics]) await app.register(plugin);
  await app.register(sending, {});
  installations(app, services as unknown as Services);
  const ask = (method: 'GET' | 'HEAD' | 'POST', url: string, more: object = {}) =>
    app.inject({ method, url, remoteAddress: machine.address, ...more });
  return { app, ask, reports, signs, asked, log, state };
}

t.test('an answer file is given for a token, and seen to be fetched', async (t) => {
  const { ask, signs, asked } = await serve(t);
  const url = `/installations/${token}/automation/preseed.cfg?platform=efi`;
  const { statusCode, body, headers } = await ask('GET', url);
  t.equal(statusCode, 200);
  t.equal(body, `passphrase of ${token}\n`);
  t.equal(headers['cache-control'], 'no-store');
  const length = Buffer.byteLength(body);
  t.strictSame(signs, [[{ machine: 'a' }, 'AnswersSent', 'preseed.cfg', length]]);
  const said = { mac: machine.neighbour, uuid: null, serial: null, platform: 'efi' };
  t.strictSame(asked, [
    { server: 'http://10.0.0.2:8080', proxy: null, syslogPort: undefined, machine: said, file: 'preseed.cfg' },
  ]);
});

t.test('HEAD looks, and fetches nothing', async (t) => {
  const { ask, signs } = await serve(t);
  const { statusCode, body, headers } = await ask('HEAD', `/installations/${token}/automation/preseed.cfg`);
  t.equal(statusCode, 200);
  t.equal(body, '');
  t.equal(headers['cache-control'], 'no-store');
  t.strictSame(signs, []);
});

t.test('reports are taken by GET and POST, with a body of any type', async (t) => {
  const { ask, reports } = await serve(t);
  const url = (kind: string) => `/installations/${token}/${kind}`;
  const answers = [
    await ask('GET', url('progress?stage=partitioning')),
    await ask('POST', url('progress'), { payload: { name: 'subiquity/Install', event_type: 'start' } }),
    await ask('POST', url('progress'), {
      payload: 'a=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
    await ask('POST', url('progress'), {
      payload: '<x/>',
      headers: { 'content-type': 'application/xml; charset=latin1' },
    }),
    await ask('POST', url('failed'), { payload: 'no disk\nfits' }),
    await ask('POST', url('done')),
    await ask('GET', url('done')),
  ];
  for (const { statusCode, body } of answers) t.equal(`${statusCode} ${body}`, '200 ok\n');
  t.strictSame(reports, [
    'progress: partitioning',
    'progress: subiquity/Install start',
    'progress: a=b',
    'progress: <x/>',
    'failed: no disk fits',
    'done: ',
    'done: ',
  ]);
});

t.test('of a long body the beginning is read', async (t) => {
  const { ask, reports } = await serve(t);
  const { statusCode } = await ask('POST', `/installations/${token}/failed`, { payload: `no disk ${'x'.repeat(1e6)}` });
  t.equal(statusCode, 200);
  t.match(reports[0], /^failed: no disk x{247}…$/);
  const { statusCode: tooLong } = await ask('POST', `/installations/${token}/failed`, { payload: 'x'.repeat(17e6) });
  t.equal(tooLong, 400);
  t.equal(reports.length, 1);
});

t.test('a body without an end is cut off', async (t) => {
  const { app, reports } = await serve(t);
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect(Number(new URL(address).port), '127.0.0.1');
  socket.write(`POST /installations/${token}/failed HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()).on('error', () => {}));
  const piece = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
  const write = (): unknown => socket.write(piece, (error) => error ?? setImmediate(write));
  write();
  socket.resume();
  await closed;
  t.strictSame(reports, []);
});

const wrong: [string, Partial<{ remoteAddress: string }>][] = [
  [newToken(), {}],
  [token, { remoteAddress: '192.168.88.11' }],
  [token.slice(1), {}],
  [`${token}x`, {}],
  ['...', {}],
  ['%00', {}],
];

t.test('one answer stands for every reason for which a token opens nothing', async (t) => {
  const { ask, signs, reports } = await serve(t);
  const answers = new Set<string>();
  for (const [text, from] of wrong) {
    for (const [method, path] of [
      ['GET', 'automation/preseed.cfg'],
      ['GET', 'done'],
      ['POST', 'failed'],
    ] as const) {
      const { statusCode, body } = await ask(method, `/installations/${text}/${path}`, from);
      answers.add(`${statusCode} ${body}`);
    }
  }
  t.equal(answers.size, 1, [...answers].join());
  t.match([...answers][0], /^403 SERABUT_ERR_TOKEN: /);
  t.strictSame([...signs, ...reports], []);
});

t.test('after sixty wrong tokens the answer is 429, and the right one is answered all the same', async (t) => {
  const { ask, state } = await serve(t);
  const guess = async () => (await ask('GET', `/installations/${newToken()}/done`)).statusCode;
  for (let count = 0; count < 60; count++) t.equal(await guess(), 403);
  t.equal(await guess(), 429);
  t.equal((await ask('GET', `/installations/${token}/automation/x`)).statusCode, 200);
  state.now = 60_000;
  t.equal(await guess(), 403);
});

t.test('other methods and paths are none', async (t) => {
  const { app } = await serve(t);
  for (const [method, path] of [
    ['HEAD', 'done'],
    ['PUT', 'done'],
    ['DELETE', ''],
    ['GET', ''],
    ['GET', 'other'],
    ['GET', 'automation/a/b'],
    ['POST', 'automation/preseed.cfg'],
  ] as const) {
    const url = `/installations/${token}/${path}`;
    t.equal((await app.inject({ method, url, remoteAddress: machine.address })).statusCode, 404, `${method} ${path}`);
  }
});

t.test('no line of the log and no metric holds a token, however its URL is written', async (t) => {
  const { app, ask, log, state } = await serve(t);
  const encoded = [...token].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
  for (const text of [token, encoded, newToken()]) {
    for (const path of [
      `/installations/${text}/automation/preseed.cfg?mac=x`,
      `/installations/${text}/automation/${text}`,
      `/installations/${text}/done?token=${text}`,
      `/installations/${text}/other`,
      `/%69nstallations/${text}/done`,
      `//installations/${text}/done`,
      `/x?${text}`,
      `/installations/${text}`,
      `/installations/${text}/%`,
    ])
      await ask('GET', path);
  }
  state.failure = new SerabutError('SERABUT_ERR_STORE', 'no space is left');
  t.equal((await ask('GET', `/installations/${token}/done`)).statusCode, 503);
  state.failure = new SerabutError('SERABUT_ERR_SECRET', 'Secret "web", key "root": there is none');
  t.equal((await ask('GET', `/installations/${token}/automation/preseed.cfg`)).statusCode, 500);
  const all = `${log.join('')}${await app.metrics.metrics()}`;
  t.match(all, '/installations/…/automation/preseed.cfg');
  t.match(all, '/installations/…/done');
  t.match(all, 'SERABUT_ERR_SECRET');
  t.notMatch(all, token);
  t.notMatch(all, encoded);
  t.notMatch(all, /[\w-]{43}/);
});
