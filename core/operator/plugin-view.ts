import type { PluginRegistry } from '../plugin/registry.js';
import Type, { type Static } from '../typebox.js';
import { orNull, problem, problemOf, words } from './schema.js';

export const pluginViewSchema = Type.Object(
  {
    /** Null where what is wrong hides it. */
    id: orNull(Type.String()),
    /** The file that was read. */
    origin: Type.String(),
    /** `failed`: its newest files are wrong; what it was before goes on working. */
    state: words(['loaded', 'failed']),
    /** The answer files that it makes. */
    answers: Type.Array(Type.String()),
    /** The message holds each finding on a line of its own. */
    problem: orNull(problem),
  },
  { additionalProperties: false },
);

export type PluginView = Static<typeof pluginViewSchema>;

/** Those that failed first. */
export function pluginViews({ loaded, failed }: Pick<PluginRegistry, 'loaded' | 'failed'>): PluginView[] {
  return [
    ...failed.map(({ origin, error }): PluginView => {
      return { id: null, origin, state: 'failed', answers: [], problem: problemOf(error) };
    }),
    ...loaded.map(({ plugin, origin }): PluginView => {
      return { id: plugin.id, origin, state: 'loaded', answers: Object.keys(plugin.automation), problem: null };
    }),
  ];
}
