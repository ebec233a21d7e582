import type { Test } from 'tap';
import { DirectoryStore, type DirectoryStoreOptions } from '../../core/resources/directory/directory-store.js';
import type { Store } from '../../core/resources/store.js';

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
