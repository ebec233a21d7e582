/**
 * An API server with a fleet in it, in a process of its own: what of one the store needs, in memory, over TLS as a real
 * one. Arguments: the directory for its account, how many machines.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { apiPath } from '../../../core/kubernetes/api-object.js';
import type { Kind } from '../../../core/resources/kinds.js';
import { FakeCluster } from '../../helpers/fake-cluster.js';
import { smallConfiguration } from '../../helpers/isos.js';
import { installation, machineSpec, machineStatus, makeFleet } from './fleet.js';

const [account = '', size = '0'] = process.argv.slice(2);
const namespace = 'boot';

mkdirSync(account);
writeFileSync(join(account, 'token'), 'the-token');
writeFileSync(join(account, 'namespace'), namespace);
const files = ['-keyout', join(account, 'key'), '-out', join(account, 'ca.crt')];
const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const name = ['-subj', '/CN=x', '-addext', 'subjectAltName=IP:127.0.0.1'];
execFileSync('openssl', ['req', ...kind, ...name, ...files], { stdio: 'ignore' });

const cluster = new FakeCluster(account);
const add = (kind: Kind, name: string, object: object) => cluster.add(apiPath(kind, namespace, name), object);
add('Configuration', 'server', { spec: smallConfiguration });
add('BootProfile', 'server', { spec: { distro: 'mini', configuration: 'server' } });
const { installed, pending } = makeFleet(Number(size));
for (const computer of pending) add('Machine', computer.name, { spec: machineSpec(computer) });
for (const computer of installed) {
  add('Machine', computer.name, { spec: machineSpec(computer), ...machineStatus(computer.name, computer.mac) });
  add('Installation', `${computer.name}-1`, installation(computer.name));
}
await cluster.up();

const plain = Number(new URL(cluster.options.server).port);
const keys = { key: readFileSync(join(account, 'key')), cert: readFileSync(join(account, 'ca.crt')) };
const front = createServer(keys, (socket) => {
  const behind = connect(plain, '127.0.0.1');
  socket.on('error', () => behind.destroy()).pipe(behind);
  behind.on('error', () => socket.destroy()).pipe(socket);
});
await once(front.listen(0, '127.0.0.1'), 'listening');
process.send?.((front.address() as AddressInfo).port);
