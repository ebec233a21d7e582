import type { Finding } from '../check.js';
import type { Template } from '../render/liquid.js';

/** What LiquidJS gives lists and texts besides their items. */
const ofLists = new Set(['size', 'first', 'last']);

/**
 * What a template asks for that its view can never have, also where a condition hides it. `parameters` are compared with
 * the plugin's schema of them, everything else with a view in which everything is set.
 */
export function unknownVariables(
  where: string,
  template: Template,
  view: object,
  schema: { readonly properties?: object; readonly additionalProperties?: unknown } = { additionalProperties: false },
): Finding[] {
  return template.variables().flatMap((path): Finding[] => {
    const [root, name] = path;
    const received = `{{ ${path.join('.')} }}`;
    if (root !== 'parameters') {
      return isKnown(view, path) ? [] : [{ path: where, expected: 'a variable that the template can see', received }];
    }
    const isOpen = schema.additionalProperties !== false && schema.properties === undefined;
    if (name === undefined || isOpen || Object.hasOwn(schema.properties ?? {}, name)) return [];
    return [{ path: where, expected: 'a parameter with a schema in "parameters"', received }];
  });
}

/** Below what is null in this view, or a list, nothing can be said. */
function isKnown(view: unknown, [name, ...rest]: readonly (string | number)[]): boolean {
  if (name === undefined || view === null || typeof view !== 'object' || Array.isArray(view)) return true;
  if (!Object.hasOwn(view, name)) return ofLists.has(String(name));
  return isKnown(view[name as never], rest);
}
