import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { DirectoryStore, type DirectoryStoreOptions } from '../../../../core/resources/directory/directory-store.js';
import { resources } from '../../../helpers/build-app.js';
import { conformance, type Harness } from '../store-conformance.js';

const silent: DirectoryStoreOptions = { log: () => {} };

/** A store on a directory of its own, which ends with the test. */
async function openStore(t: Test, data: string, options = silent): Promise<DirectoryStore> {
  const store = new DirectoryStore(data, options);
  t.teardown(() => store.close());
  await store.start();
  return store;
}

async function makeHarness(t: Test): Promise<Harness> {
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

conformance(t, 'a directory', makeHarness);
