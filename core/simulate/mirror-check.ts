import { once } from 'node:events';
import { connect } from 'node:net';
import type { Context } from './context.js';
import { Broken } from './faults.js';
import { ask, bytesOf, NoAnswer } from './http.js';
import type { Mirror } from './mirrors.js';
import type { Note } from './walk.js';

/** Statuses by which a proxy says that it cannot reach the mirror. */
const gateway = [502, 503, 504];

/** Asks a mirror for what every installer fetches first, by the proxy that the installer would use. */
export async function checkMirror(context: Context, { urls, proxy }: Mirror): Promise<void> {
  const { walk } = context;
  const [url] = urls;
  if (proxy !== undefined) await checkProxy(context, proxy);
  if (proxy !== undefined && url.startsWith('https:')) return walk.say(`${url} is not asked for: TLS by a proxy`);
  const by = proxy === undefined ? '' : ` by ${proxy}`;
  await walk.step('HTTP', `mirror: ${url}${by}`, async (note) => {
    const faults: Broken[] = [];
    for (const file of urls) {
      const fault = await askMirror(context, file, proxy, note);
      if (fault === undefined) return;
      faults.push(fault);
    }
    throw faults[0];
  });
}

/** Why a mirror does not give a file; undefined when it does. */
async function askMirror(
  { patience }: Context,
  url: string,
  proxy: string | undefined,
  note: Note,
): Promise<Broken | undefined> {
  const { host } = new URL(url);
  const answer = await ask(url, patience, { proxy }).catch((error) => {
    if (error instanceof NoAnswer) return error;
    throw error;
  });
  if (answer instanceof NoAnswer)
    return new Broken('mirror-unreachable', `the mirror ${host} does not answer: ${answer.message}`);
  note.bytes = (await bytesOf(answer, url)).length;
  const { status } = answer;
  if (status === 200) return undefined;
  if (proxy !== undefined && gateway.includes(status))
    return new Broken('mirror-unreachable', `the proxy ${proxy} cannot reach the mirror ${host}: ${status}`);
  if (proxy !== undefined && [403, 407].includes(status))
    return new Broken('proxy-refuses', `the proxy ${proxy} refuses ${url}: ${status}`);
  return new Broken('mirror-without-suite', `the mirror ${host} answers ${status} for ${url}`);
}

/** Whether anybody takes connections where the proxy is said to be. */
export async function checkProxy({ walk, patience }: Pick<Context, 'walk' | 'patience'>, proxy: string): Promise<void> {
  const { hostname, port } = new URL(proxy);
  await walk.step('TCP', `the proxy ${proxy} takes connections`, async () => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) });
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(patience.quietMs) });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const why = (error as Error).name === 'AbortError' ? 'no answer in time' : (code ?? message);
      throw new Broken('proxy-dead', `the proxy ${proxy} takes no connection: ${why}`);
    } finally {
      socket.destroy();
    }
  });
}
