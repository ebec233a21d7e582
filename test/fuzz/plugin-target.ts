import { strict as assert } from 'node:assert';
import { checkForeign, type Finding } from '../../core/check.js';
import { checkPlugin } from '../../core/plugin/check.js';
import type { LoadedPlugin } from '../../core/plugin/load.js';
import { preparePlugin } from '../../core/plugin/load.js';
import { type PlainCopy, plainCopy, withFunctions } from '../../core/plugin/plain-copy.js';
import { readAnswer } from '../../core/plugin/plugin-answer.js';
import { unsupportedBy } from '../../core/plugin/supported.js';
import { createRenderer } from '../../core/render/liquid.js';
import type { BootableDistro } from '../../core/resources/catalogue.js';
import { checkResource, type Resource } from '../../core/resources/kinds.js';
import { changeValue, fromText } from './hostile-value.js';
import type { Random } from './random.js';
import type { FuzzTarget, Outcome, Seed } from './target.js';
import { refusable, requireShown } from './texts.js';

/** What the module of a plugin exports, from its process on, and what its functions return. */
export const target: FuzzTarget = { mutator, attempt, maxSeconds: 1, maxHeapMib: 192 };

const place = { directory: '/nonexistent', entry: '/nonexistent/index.js' };
const renderer = createRenderer();
const facts = { product: 'tiny', release: '1', codename: '', edition: 'live', arch: 'x86_64' } as const;
const configuration = checkResource(
  {
    apiVersion: 'serabut.io/v1alpha1',
    kind: 'Configuration',
    metadata: { name: 'web' },
    spec: { users: [{ name: 'a' }] },
  },
  'web.yaml',
) as Resource<'Configuration'>;

async function attempt(input: Uint8Array): Promise<Outcome> {
  const value = fromText(Buffer.from(input).toString('utf8'));
  // As one of the built-in ones is read; nothing that it does may throw.
  if (input.length % 4 === 0) for (const finding of checkPlugin(value)) requireFinding(finding);
  const copy = copied(value);
  if (copy === undefined) return 'refused';
  const answer = readAnswer(structuredClone({ id: 0, copy }));
  if (answer === undefined || 'error' in answer) return 'refused';
  const exported = withFunctions(answer.copy, (path) => () => returned(value, path));
  const loaded = await prepared(exported);
  if (loaded === undefined) return 'refused';
  await use(loaded);
  return 'read';
}

/** What leaves the plugin's process; what is thrown there stays there. */
function copied(value: unknown): PlainCopy | undefined {
  try {
    return structuredClone(plainCopy(value));
  } catch {
    return undefined;
  }
}

/** What the function at a place of the original gives. */
function returned(value: unknown, path: readonly (string | number)[]): unknown {
  return (path.reduce<unknown>((at, key) => at?.[key as never], value) as () => unknown)();
}

async function prepared(exported: unknown): Promise<Omit<LoadedPlugin, 'close'> | undefined> {
  let said = '';
  const loaded = await refusable(['SERABUT_ERR_PLUGIN_INVALID'], async () => {
    try {
      return await preparePlugin(exported, place, renderer);
    } catch (error) {
      said = (error as Error).message;
      throw error;
    }
  });
  requireShown(said, 60_000);
  return loaded;
}

async function use(loaded: Omit<LoadedPlugin, 'close'>): Promise<void> {
  const { plugin, boot, automation, overlay } = loaded;
  const codes = ['SERABUT_ERR_PLUGIN_FAILED', 'SERABUT_ERR_TEMPLATE'] as const;
  const makers = [boot, ...automation.values(), ...overlay.values()] as ((view: object) => Promise<string>)[];
  for (const make of makers.slice(0, 4)) {
    const text = await refusable(codes, () => make({}));
    assert(text === undefined || typeof text === 'string');
  }
  if (plugin.parameters !== undefined) {
    for (const finding of checkForeign(plugin.parameters, { disk: 7, a: {} }).findings) requireFinding(finding);
  }
  const distro = { name: 'tiny', title: 'Tiny', facts, plugin: { ...loaded, close() {} } } as unknown as BootableDistro;
  for (const finding of (await refusable(codes, () => unsupportedBy(distro, configuration))) ?? [])
    requireFinding(finding);
}

function requireFinding({ path, expected, received }: Finding): void {
  for (const text of [path, expected, received]) assert.equal(typeof text, 'string');
}

function mutator(seeds: readonly Seed[]): (random: Random) => Uint8Array {
  const plugins = seeds.map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>);
  const all = plugins.flatMap((plugin) => Object.values(plugin));
  return (random) => Buffer.from(JSON.stringify(changeValue(random.pickOf(plugins), all, random)) ?? 'null');
}
