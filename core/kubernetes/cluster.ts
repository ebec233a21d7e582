import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NewImages } from '../resources/new-images.js';
import { secretText } from '../resources/secret-files.js';
import type { Secrets } from '../resources/secrets.js';
import { addImage } from './add-image.js';
import { Client, type ClientOptions } from './client.js';
import { ClusterStore } from './cluster-store.js';
import { Events } from './events.js';
import { Lease } from './lease.js';
import { readSecret } from './read-secret.js';
import type { Timing } from './reflector.js';

/** What the server has of a cluster. */
export interface Cluster {
  readonly store: ClusterStore;
  readonly secrets: Secrets;
  readonly newImages: NewImages;
}

/** One name for all servers of a namespace: they watch the same objects. */
const leaseName = 'serabut';

const timing: Timing = {
  now: () => performance.now(),
  random: Math.random,
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};

/** Throws SERABUT_ERR_BAD_REQUEST where there is no service account. Nothing is asked before the store starts. */
export async function connectCluster(options: ClientOptions, log: (message: string) => void): Promise<Cluster> {
  const client = await Client.make(options);
  const date = () => new Date();
  // After a restart the host's name may be the same, and the old process may still act for a moment.
  const identity = `${hostname()}_${randomBytes(4).toString('hex')}`;
  const lease = new Lease({ client, name: leaseName, identity, timing, date, log });
  const events = new Events(client, timing.now, date);
  const secrets: Secrets = {
    read: async (name, key) => secretText(await readSecret(client, name, key), name, key),
  };
  const newImages: NewImages = { add: (name, spec) => addImage(client, name, spec) };
  return { secrets, newImages, store: new ClusterStore({ client, lease, events, timing, log }) };
}
