import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { parse } from 'yaml';
import { buildApp } from '../helpers/build-app.js';

const file = fileURLToPath(new URL('../../../chart/ci/plugins-values.yaml', import.meta.url));
const values = parse(readFileSync(file, 'utf8')) as {
  plugins: { custom: { 'from-files': { files: Record<string, string> } } };
  resources: { files: Record<string, string> };
};

t.test('the plugin and the resources that a scenario of the chart holds are ones that the server takes', async (t) => {
  const below = (directory: string, files: Record<string, string>) =>
    Object.entries(files).map(([name, text]) => [`${directory}/${name}`, text]);
  const { files } = values.plugins.custom['from-files'];
  const all = [...below('plugins/from-files', files), ...below('resources', values.resources.files)];
  const { plugins, store } = await buildApp(t, { files: Object.fromEntries(all) });
  t.strictSame(plugins.failed, []);
  t.ok(plugins.loaded.some(({ plugin }) => plugin.id === 'tiny'));
  t.strictSame(store.snapshot.errors, []);
});
