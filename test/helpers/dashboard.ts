import { join } from 'node:path';
import type { Test } from 'tap';
import { type AppOptions, buildApp, resources } from './build-app.js';
import { secretValues, vault } from './installing.js';
import { miniIso } from './isos.js';

export const token = 'a-token-of-sixteen-and-more';

/** What no page may show as more than text. */
export const hostile = '<script>alert(1)</script>"\'&{{ 7 | times: 7 }}';

const documents = [
  { kind: 'Image', name: 'mini', spec: { type: 'iso', path: 'mini.iso' } },
  { kind: 'Distro', name: 'debian-13', spec: { plugin: 'debian', image: 'mini' } },
  { kind: 'Configuration', name: 'vault', spec: { ...vault, hostname: undefined } },
  { kind: 'BootProfile', name: 'web', spec: { distro: 'debian-13', configuration: 'vault' } },
  { kind: 'Machine', name: 'known', spec: { macs: ['52:54:00:00:00:01'], bootProfile: 'web' } },
];

type Method = 'GET' | 'POST';

/** An application with an operator, and a browser for it. */
export async function dashboard(t: Test, { settings = {}, ...options }: AppOptions = {}) {
  const files = {
    tokens: `ada:${token}\n`,
    'isos/mini.iso': miniIso(),
    'resources/all.yaml': resources(...documents),
    ...Object.fromEntries(Object.entries(secretValues).map(([path, value]) => [`secrets/${path}`, `${value}\n`])),
    ...options.files,
  };
  const operators = { operatorTokenFile: join(t.testdirName, 'tokens') };
  const app = await buildApp(t, { ...options, files, settings: { identify: 'query', ...operators, ...settings } });
  const ask = (method: Method, url: string, headers: Record<string, string> = {}, form?: Record<string, string>) => {
    const type: Record<string, string> =
      form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const payload = form === undefined ? {} : { payload: new URLSearchParams(form).toString() };
    return app.server.inject({ method, url, headers: { ...type, ...headers }, ...payload });
  };
  const get = (url: string, headers: Record<string, string> = {}) => ask('GET', url, headers);
  /** Logs in; the cookie, and what every form of the session has to send. */
  const logIn = async () => {
    const { headers } = await ask('POST', '/login', {}, { token, next: '/' });
    const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
    const { body } = await get('/', { cookie });
    return { cookie, csrf: /name="csrf" value="([\w-]{43})"/.exec(body)?.[1] ?? '' };
  };
  /** A machine that nobody knows asks for a boot script, until it is written down. */
  const discover = async (mac: string, facts: Record<string, string> = {}): Promise<string> => {
    const name = `mac-${mac.replaceAll(':', '-')}`;
    const known = new Promise<void>((resolve) => {
      app.store.onObject((_kind, changed) => changed === name && resolve());
    });
    await get(`/boot?${new URLSearchParams({ mac, product: 'Box', ...facts })}`);
    await known;
    return name;
  };
  return { ...app, ask, get, logIn, discover };
}
