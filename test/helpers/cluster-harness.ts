import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { apiPath } from '../../core/kubernetes/api-object.js';
import { ApiRefusal, Client, type ClientOptions } from '../../core/kubernetes/client.js';
import { ClusterStore } from '../../core/kubernetes/cluster-store.js';
import { Events } from '../../core/kubernetes/events.js';
import { Lease } from '../../core/kubernetes/lease.js';
import type { Timing } from '../../core/kubernetes/reflector.js';
import { type Kind, resourceVersion } from '../../core/resources/kinds.js';
import type { Harness } from '../core/resources/store-conformance.js';

const realTiming: Timing = {
  now: () => performance.now(),
  random: Math.random,
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};

/** A store on an API server, whatever that is. */
export async function clusterStore(
  options: ClientOptions,
  log: (message: string) => void = () => {},
): Promise<ClusterStore> {
  const client = await Client.make(options);
  const timing = realTiming;
  const date = () => new Date();
  const lease = new Lease({ client, name: 'serabut', identity: `test-${Math.random()}`, timing, date, log: () => {} });
  return new ClusterStore({ client, lease, events: new Events(client, timing.now, date), timing, log });
}

/** The same with a person beside it, who has another account. */
export async function clusterHarness(t: Test, server: ClientOptions, person: ClientOptions): Promise<Harness> {
  let store = await clusterStore(server);
  await store.start();
  const client = await Client.make(person);
  t.teardown(async () => {
    await store.close();
    await client.close();
  });
  const path = (kind: Kind, name?: string) => apiPath(kind, client.namespace, name);
  return {
    writesSpecsOfPeople: true,
    get store() {
      return store;
    },
    async apply(kind, name, spec) {
      const frame = { apiVersion: resourceVersion, kind };
      try {
        const { metadata } = await client.ask<{ metadata: object }>('GET', path(kind, name));
        await client.ask('PUT', path(kind, name), { body: { ...frame, metadata, spec } });
      } catch (error) {
        if (!(error instanceof ApiRefusal) || error.code !== 404) throw error;
        await client.ask('POST', path(kind), { body: { ...frame, metadata: { name }, spec } });
      }
    },
    async delete(kind, name) {
      await client.ask('DELETE', path(kind, name));
    },
    async restart() {
      await store.close();
      store = await clusterStore(server);
      await store.start();
    },
  };
}
