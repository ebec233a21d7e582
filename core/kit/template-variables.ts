import { type Finding, suggestion } from '../check.js';
import type { Template } from '../render/liquid.js';

/** What LiquidJS gives lists and texts besides their items. */
const ofLists = new Set(['size', 'first', 'last']);

/**
 * What a template asks for that its view can never have, also where a condition hides it. `parameters` are compared with
 * the plugin's schema of them, everything else with a view in which everything is set.
 */
export function unknownVariables(
  template: Template,
  view: object,
  schema: { readonly properties?: object; readonly additionalProperties?: unknown } = { additionalProperties: false },
): Finding[] {
  return template.variables().flatMap(({ path, where }): Finding[] => {
    const [root, name] = path;
    const received = `{{ ${path.join('.')} }}`;
    if (root !== 'parameters') {
      const known = namesAtFault(view, path);
      if (known === undefined) return [];
      const guess = path.map((part) => suggestion(part, known)).find((text) => text !== '') ?? '';
      return [{ path: where, expected: `a variable that the template can see${guess}`, received }];
    }
    const isOpen = schema.additionalProperties !== false && schema.properties === undefined;
    if (name === undefined || isOpen || Object.hasOwn(schema.properties ?? {}, name)) return [];
    return [{ path: where, expected: 'a parameter with a schema in "parameters"', received }];
  });
}

/** The names that there are where the path leaves the view; undefined when it does not, or below null or a list. */
function namesAtFault(view: unknown, [name, ...rest]: readonly (string | number)[]): string[] | undefined {
  if (name === undefined || view === null || typeof view !== 'object' || Array.isArray(view)) return undefined;
  if (Object.hasOwn(view, name)) return namesAtFault(view[name as never], rest);
  return ofLists.has(String(name)) ? undefined : Object.keys(view);
}
