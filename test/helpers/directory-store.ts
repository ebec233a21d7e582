import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Test } from 'tap';
import { DirectoryStore, type DirectoryStoreOptions } from '../../core/resources/directory/directory-store.js';
import type { Store } from '../../core/resources/store.js';
import type { Harness } from '../core/resources/store-conformance.js';
import { resources } from './build-app.js';

export const silent: DirectoryStoreOptions = { log: () => {} };

/** A store on a data directory, which ends with the test. */
export async function openStore(t: Test, data: string, options = silent): Promise<DirectoryStore> {
  const store = new DirectoryStore(data, options);
  t.teardown(() => store.close());
  await store.start();
  return store;
}

/** The messages of a store's errors, each with its place. */
export function problems({ errors }: Store): string[] {
  return errors.map(({ where, message }) => `${where}: ${message}`);
}

/** A store on a data directory of its own, and a person who writes its files. */
export async function directoryHarness(t: Test): Promise<Harness> {
  const data = t.testdir({ resources: {} });
  const path = (kind: string, name: string) => join(data, `resources/${kind}-${name}.yaml`);
  let store = await openStore(t, data);
  return {
    get store() {
      return store;
    },
    apply: (kind, name, spec) => writeFile(path(kind, name), resources({ kind, name, spec })),
    delete: (kind, name) => rm(path(kind, name)),
    restart: async () => {
      await store.close();
      store = await openStore(t, data);
    },
    writesSpecsOfPeople: false,
  };
}
