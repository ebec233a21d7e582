// Compiles the TypeScript afresh and puts the plugins' templates beside their compiled code.
// A fresh directory, because the compiler never removes the output of a deleted source file.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, rmSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = new URL('../', import.meta.url);
rmSync(new URL('build', root), { recursive: true, force: true });
const compiled = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc'], { cwd: root, stdio: 'inherit' });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
const typebox = fileURLToPath(new URL('build/core/typebox.js', root));
buildSync({
  entryPoints: [typebox],
  outfile: typebox,
  allowOverwrite: true,
  bundle: true,
  platform: 'node',
  format: 'esm',
});
cpSync(new URL('core/kit/scaffold', root), new URL('build/core/kit/scaffold', root), { recursive: true });
cpSync(new URL('core/dashboard', root), new URL('build/core/dashboard', root), {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || extname(path) !== '.ts',
});
cpSync(new URL('plugins', root), new URL('build/plugins', root), {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || extname(path) === '.liquid',
});
// npm made it executable when it linked it, and does not look again.
chmodSync(new URL('build/core/main.js', root), 0o755);
