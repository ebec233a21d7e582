import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import { type Application, type ComposeOptions, compose } from '../../core/compose.js';
import type { PluginChoice } from '../../core/plugin/sources.js';
import type { ServerSettings } from '../../core/routes/services.js';

export interface AppOptions {
  /** Files of the data directory by path, such as `isos/a.iso`. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly settings?: Partial<ServerSettings>;
  readonly plugins?: PluginChoice;
  readonly logger?: ComposeOptions['logger'];
  /** See ComposeOptions; the ISOs of most tests are whole when the application begins. */
  readonly isoSettleMs?: number;
  readonly now?: ComposeOptions['now'];
  readonly neighbours?: ComposeOptions['neighbours'];
  /** Whether what is there is read before the test begins; it is. */
  readonly start?: boolean;
}

export interface TestApp extends Application {
  readonly data: string;
  /** Where the server listens on loopback, for tests that need real sockets. */
  readonly url: string;
}

/** An application on a data directory of its own, listening on a free port, which ends with the test. */
export async function buildApp(
  t: Test,
  {
    files = {},
    settings = {},
    plugins,
    logger = false,
    isoSettleMs = 0,
    start = true,
    now,
    neighbours,
  }: AppOptions = {},
): Promise<TestApp> {
  let application: Application | undefined;
  // Asked for before the directory is, this comes before its removal.
  t.teardown(() => application?.close());
  const data = t.testdir({});
  for (const [path, content] of Object.entries(files)) writeInto(data, path, content);
  application = await compose({
    dataDirectory: data,
    settings: { url: undefined, proxy: null, defaultEntry: undefined, ipxeDirectory: join(data, 'ipxe'), ...settings },
    plugins,
    isoSettleMs,
    logger,
    ...(now && { now }),
    ...(neighbours && { neighbours }),
  });
  if (start) await application.start();
  const url = await application.server.listen({ host: '127.0.0.1', port: 0 });
  return { ...application, data, url };
}

export function writeInto(directory: string, path: string, content: string | Uint8Array): void {
  const target = join(directory, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content);
}

/** Resources as YAML: one document per entry. */
export function resources(...documents: { kind: string; name: string; spec: object }[]): string {
  return documents
    .map(({ kind, name, spec }) =>
      JSON.stringify({ apiVersion: 'serabut.io/v1alpha1', kind, metadata: { name }, spec }),
    )
    .join('\n---\n');
}
