import { configurationSpec } from './configuration.js';

/** One field of a Configuration, at any depth. */
export interface ConfigurationField {
  /** Such as `storage.layout`; `[]` stands for each item of a list, `{}` for each value by name. */
  readonly path: string;
  readonly schema: FieldSchema;
}

/** What of JSON schema the fields are made of. */
export interface FieldSchema {
  readonly type?: string;
  readonly default?: unknown;
  readonly expected?: string;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly items?: FieldSchema;
  readonly patternProperties?: Readonly<Record<string, FieldSchema>>;
  readonly anyOf?: readonly FieldSchema[];
}

/** Every field there is, each object before what it holds. */
export const configurationFields: readonly ConfigurationField[] = within('', configurationSpec as FieldSchema);

function within(path: string, { properties = {} }: FieldSchema): ConfigurationField[] {
  return Object.entries(properties).flatMap(([name, schema]) => field(path === '' ? name : `${path}.${name}`, schema));
}

function field(path: string, schema: FieldSchema): ConfigurationField[] {
  const items = schema.items?.properties === undefined ? [] : within(`${path}[]`, schema.items);
  // A reference is one value, as the texts are in whose place it stands.
  const values = Object.values(schema.patternProperties ?? {}).filter(({ properties }) => !properties?.secretRef);
  const named = values.flatMap((value) => within(`${path}.{}`, value));
  return [{ path, schema }, ...within(path, schema), ...items, ...named];
}

/** All values of a field in a Configuration, each with the path that it really has, such as `users[0].shell`. */
export function valuesAt(value: unknown, path: string): { path: string; value: unknown }[] {
  let found = [{ path: '', value }];
  for (const step of path.split('.')) {
    const name = step.replace('[]', '');
    found = found.flatMap(({ path: at, value: parent }) => {
      const child = isObject(parent) ? parent[name] : undefined;
      const here = at === '' ? name : `${at}.${name}`;
      if (!step.endsWith('[]')) return [{ path: here, value: child }];
      return Array.isArray(child) ? child.map((item, index) => ({ path: `${here}[${index}]`, value: item })) : [];
    });
  }
  return found;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
