import type { TSchema } from '../typebox.js';

/** What of JSON schema the kinds are made of (TypeBox 1). */
interface JsonSchema {
  readonly type?: string;
  readonly expected?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly pattern?: string;
  readonly uniqueItems?: boolean;
  readonly [keyword: string]: unknown;
}

/** A structural schema, as CustomResourceDefinitions have it (apiextensions.k8s.io/v1 JSONSchemaProps). */
export interface StructuralSchema {
  type?: string;
  description?: string;
  properties?: Record<string, StructuralSchema>;
  items?: StructuralSchema;
  'x-kubernetes-validations'?: readonly CelRule[];
  [keyword: string]: unknown;
}

/** A rule in the Common Expression Language; `self` is the value, `oldSelf` what it was before an update. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
}

/** Keywords that mean the same in both. */
const shared = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'] as const;

/**
 * A JSON schema of the kinds as a structural one. Unknown fields have no place in it, since the API server prunes them.
 * What it cannot say is left to the check that the server makes of all that it reads: patterns with lookarounds, which
 * RE2 does not know, and unions of several types. `null` as a default is left out, for an object is stored with its
 * defaults. Throws for a keyword that nobody has thought of.
 */
export function structural(schema: TSchema): StructuralSchema {
  return convert(schema as JsonSchema);
}

function convert(schema: JsonSchema): StructuralSchema {
  const { anyOf } = schema;
  if (anyOf === undefined) return { ...describe(schema), ...typed(schema) };
  const values = anyOf.filter(({ type }) => type !== 'null');
  const [first] = values;
  const inner = values.length === 1 && first !== undefined ? convert(first) : union(values);
  const described = { ...inner, ...describe(schema) };
  return values.length < anyOf.length ? nullable(described) : described;
}

/** Words become a pattern then: the API server takes no null for one of an enumeration, not even where null is in it. */
function nullable({ enum: words, ...schema }: StructuralSchema): StructuralSchema {
  const pattern = words === undefined ? {} : { pattern: `^(${(words as string[]).join('|')})$` };
  return { ...schema, ...pattern, nullable: true };
}

/** Words become an enumeration; what is of several types has none that the API server could check. */
function union(parts: readonly JsonSchema[]): StructuralSchema {
  const words = parts.map(({ const: word }) => word);
  if (words.every((word) => typeof word === 'string')) return { type: 'string', enum: words };
  return { 'x-kubernetes-preserve-unknown-fields': true };
}

function describe({ expected, default: value }: JsonSchema): StructuralSchema {
  const description = expected === undefined || expected === 'a value' ? {} : { description: expected };
  return value === undefined || value === null ? description : { ...description, default: value };
}

function typed(schema: JsonSchema): StructuralSchema {
  const { type } = schema;
  if (type !== undefined && schema.const !== undefined) return { type, enum: [schema.const] };
  const kept = Object.fromEntries(shared.flatMap((name) => (schema[name] === undefined ? [] : [[name, schema[name]]])));
  switch (type) {
    case undefined:
      return { 'x-kubernetes-preserve-unknown-fields': true };
    case 'object':
      return { type, ...fields(schema) };
    case 'array':
      return { type, ...kept, ...list(schema) };
    case 'string':
      return { type, ...kept, ...pattern(schema), ...(schema.enum && { enum: schema.enum }) };
    case 'integer':
    case 'boolean':
      return { type, ...kept };
    default:
      throw new Error(`a schema of type ${type} has no structural form yet`);
  }
}

function fields({ properties, patternProperties, required = [] }: JsonSchema): StructuralSchema {
  if (properties === undefined) return record(Object.values(patternProperties ?? {}));
  const converted = Object.entries(properties).map(([name, schema]) => [name, convert(schema)] as const);
  // A field that has a default is asked for by Ajv after it has been filled in; here it may be left out.
  const needed = required.filter((name) => properties[name]?.default === undefined);
  return { properties: Object.fromEntries(converted), ...(needed.length > 0 && { required: needed }) };
}

/** A map by names of any kind. */
function record(values: readonly JsonSchema[]): StructuralSchema {
  const [value] = values.map(convert);
  const isAny = value === undefined || value.type === undefined;
  return isAny ? { 'x-kubernetes-preserve-unknown-fields': true } : { additionalProperties: value };
}

function list({ items = {}, uniqueItems }: JsonSchema): StructuralSchema {
  const inner = convert(items);
  if (uniqueItems) return { items: inner, 'x-kubernetes-list-type': 'set' };
  const isCondition = ['type', 'status', 'lastTransitionTime'].every((name) => inner.properties?.[name]);
  const keyed = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] };
  return { items: inner, ...(isCondition && keyed) };
}

/** The same pattern in the words of RE2, where it has them. */
function pattern({ pattern }: JsonSchema): StructuralSchema {
  if (pattern === undefined || /\(\?<?[=!]/.test(pattern)) return {};
  return { pattern: pattern.replace(/\\u([0-9a-f]{4})/g, '\\x{$1}') };
}
