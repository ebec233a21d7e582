import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import t, { type Test } from 'tap';
import { exitCodeOf } from '../../../core/cli/exit-codes.js';
import { type ErrorCode, SerabutError } from '../../../core/errors.js';
import { secrets, serve } from '../../helpers/api.js';
import { miniIso } from '../../helpers/isos.js';
import { ask } from '../../helpers/operator-cli.js';
import { run } from '../../helpers/run-cli.js';
import { until } from '../resources/store-conformance.js';

/** A server with an ISO. */
async function mirror(t: Test, iso: Buffer) {
  const server = createServer((_, response) => response.setHeader('content-length', iso.length).end(iso));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

t.test('an image is added, followed until it is ready, and refused when it differs', async (t) => {
  const api = await serve(t);
  const iso = miniIso();
  const url = await mirror(t, iso);
  const sha256 = createHash('sha256').update(iso).digest('hex');
  const added = await ask(api, 'image', 'add', `${url}/fresh.iso`, '--name', 'fresh', '--sha256', sha256);
  t.match(added, {
    code: 0,
    out: /Image fresh is added \(image-fresh\.yaml\)\.\nImage fresh is ready.*\nNext: serabut get distros/s,
  });
  const twice = await ask(api, 'image', 'add', `${url}/fresh.iso`, '--name', 'fresh', '--sha256', sha256);
  t.match(twice, { code: 1, message: /an Image "fresh" already/ });
  const wrong = await ask(api, 'image', 'add', `${url}/wrong.iso`, '--name', 'wrong', '--sha256', '0'.repeat(64));
  t.match(wrong, { code: 1, message: /^Image wrong: .*Next: serabut get images wrong/s });
  const unsaid = await ask(api, 'image', 'add', `${url}/x.iso`, '--name', 'x');
  t.match(unsaid, { code: 2, err: /either --sha256 HEX or --sums URL/ });
  const quick = await ask(api, 'image', 'add', `${url}/y.iso`, '--name', 'y', '--sums', `${url}/SUMS`, '--no-wait');
  t.match(quick, { code: 0, out: /Next: serabut get images y/ });
  await until(api.app.store, () => api.app.store.snapshot.has('Image', 'y'));
});

t.test('no server, another server and no token each have a code and a sentence of their own', async (t) => {
  const api = await serve(t);
  const other = createServer((_, response) => response.end('<html>'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  const port = (other.address() as AddressInfo).port;
  const failure = async (...args: string[]) => {
    const error = await run(...args).done.then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    return { code: exitCodeOf(error), message: error?.message };
  };
  const foreign = await failure('get', 'machines', '--server', `http://127.0.0.1:${port}`);
  t.match(foreign, { code: 3, message: /answers something else than Serabut/ });
  other.close();
  const nobody = await failure('get', 'machines', '--server', `http://127.0.0.1:${port}`);
  t.match(nobody, { code: 3, message: new RegExp(`cannot reach http://127.0.0.1:${port}: .*ECONNREFUSED`) });
  t.match(await failure('accept', 'x', '--server', api.app.url), { code: 5, message: /token of an operator/ });
  t.match(await failure('get', 'machines', '--server', 'ftp://x'), { code: 2 });
  t.match(await failure('get', 'nothing'), { code: 2 });
  t.match(await failure('get', 'machines', '--token-file', '/nowhere'), { code: 1, message: /token cannot be read/ });
  const short = join(secrets, 'wrong');
  t.match(await failure('get', 'machines', '--token-file', short), { code: 1, message: /at least 16 characters/ });
  const off = await serve(t, { operatorTokenFile: undefined });
  t.match(await ask(off, 'reinstall', 'web-1', '--yes'), { code: 5 });
});

t.test('each kind of end has its exit code', async (t) => {
  const codes: [ErrorCode, number][] = [
    ['SERABUT_ERR_MACHINE_STATE', 1],
    ['SERABUT_ERR_UNREACHABLE', 3],
    ['SERABUT_ERR_ISO_NOT_FOUND', 1],
    ['SERABUT_ERR_PROFILE_NOT_FOUND', 4],
    ['SERABUT_ERR_OPERATOR_TOKEN', 5],
  ];
  for (const [code, exit] of codes) t.equal(exitCodeOf(new SerabutError(code, 'x')), exit, code);
  t.equal(exitCodeOf(new CommanderError(0, 'commander.help', '')), 0);
  t.equal(exitCodeOf(new CommanderError(1, 'commander.unknownOption', '')), 2);
  t.equal(exitCodeOf(new Error('whatever')), 1);
});
