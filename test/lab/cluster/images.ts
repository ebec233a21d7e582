import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const builder = fileURLToPath(new URL('../../../../images/build.mjs', import.meta.url));
const names = ['server', 'dnsmasq', 'squid'] as const;
/** The tag of the images of a run, so that none is taken that somebody else has built. */
export const tag = 'lab';

/** Builds the images of the pod; what has not changed since the last run is taken from there. Returns their archives. */
export async function buildImages(directory: string, stopping: AbortSignal): Promise<string[]> {
  console.log('# building the images');
  const options = { signal: stopping, maxBuffer: 2 ** 24 };
  const { stdout } = await promisify(execFile)(process.execPath, [builder, '--tag', tag, '--out', directory], options);
  for (const line of stdout.trim().split('\n')) console.log(line.startsWith('#') ? line : `# ${line}`);
  return names.map((name) => join(directory, `serabut-${name}.tar`));
}
