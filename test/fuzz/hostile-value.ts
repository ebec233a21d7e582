import type { Random } from './random.js';

/** Values that JSON has not, each by the text that stands for it. `*` is anything behind a colon. */
const hostile: Readonly<Record<string, () => unknown>> = {
  $function: () => () => '#!ipxe\n',
  $thrower: () => () => {
    throw new Error('thrown by a function');
  },
  $lister: () => () => [{ path: '\x1b[2J', expected: 1, received: {} }],
  $promise: () => () => Promise.reject(new Error('rejected')),
  $class: () => class {},
  $undefined: () => undefined,
  $nan: () => Number.NaN,
  $infinity: () => Number.POSITIVE_INFINITY,
  $bigint: () => 1n,
  $symbol: () => Symbol('a'),
  $date: () => new Date(Number.NaN),
  $map: () => new Map([[{}, {}]]),
  $bytes: () => new Uint8Array(9),
  $holes: () => Array(1000),
  $long: () => 'a'.repeat(10_000),
  $deep: () => nested(200),
  $cycle: () => {
    const value: Record<string, unknown> = { a: [] };
    value.self = value;
    return value;
  },
  $getter: () =>
    Object.defineProperty({}, 'id', {
      enumerable: true,
      get() {
        throw new Error('thrown by a getter');
      },
    }),
  $proxy: () =>
    new Proxy(
      {},
      {
        get() {
          throw new Error('thrown by a proxy');
        },
      },
    ),
  $keys: () => new Proxy({}, { ownKeys: () => ['a', 'a'] }),
  $revoked: () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  $text: () => ({
    get [Symbol.toStringTag]() {
      return 'Text';
    },
    toString() {
      throw new Error('thrown by toString');
    },
  }),
  $json: () => ({
    toJSON() {
      throw new Error('thrown by toJSON');
    },
  }),
  $null: () => Object.create(null),
};

function nested(depth: number): unknown {
  let value: unknown = 'a';
  for (let left = depth; left > 0; left--) value = left % 2 === 0 ? [value] : { a: value };
  return value;
}

/** A value as JSON, with functions as what stands for them. Templates become functions. */
export function toText(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'function') return '$function';
    if (typeof inner !== 'object' || inner === null || !('template' in inner)) return inner;
    const { template: _template, ...others } = inner;
    return { ...others, render: '$function' };
  });
}

/** The value that a text stands for; undefined where the text is no JSON. */
export function fromText(text: string): unknown {
  try {
    return JSON.parse(text, (_, inner: unknown) => {
      return typeof inner === 'string' && Object.hasOwn(hostile, inner) ? hostile[inner]?.() : inner;
    });
  } catch {
    return undefined;
  }
}

const names = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'toJSON',
  'valueOf',
  'then',
  'length',
  '$ref',
  '$id',
  '$async',
  '$defs',
  'default',
  'pattern',
  'allOf',
  'if',
  'items',
  'properties',
  'field',
  'check',
  'parameters',
  '',
  '\x1b[2J',
  '\ud800',
  'a/~b',
];

const values: readonly unknown[] = [
  ...Object.keys(hostile),
  ...[
    null,
    true,
    0,
    -1,
    1e308,
    '',
    'a',
    '..',
    '../../etc/passwd',
    '/a\0',
    '\x1b[31m',
    '\ud800',
    '(',
    '(a+)+$',
    '^(?=(a))',
    '#',
    '#/properties/disk',
  ],
  ...[
    [],
    {},
    [[]],
    { $ref: '#' },
    { allOf: [{ $ref: '#' }] },
    { $async: true, required: ['a'] },
    { $id: 'http://a/', $ref: 'b' },
  ],
  ...[
    { properties: { a: { $ref: '#', default: {} } } },
    { type: 'nothing' },
    { const: { a: 1 } },
    { pattern: '^(a|a)*$' },
    { format: 'x' },
  ],
  ...[
    { from: '/a', text: 'b' },
    { to: '/usr/a', text: '$function' },
    { template: 'a.liquid' },
    { render: '$lister' },
    { render: '$promise' },
  ],
];

type Node = { parent: Record<string, unknown> | unknown[]; key: string | number };

/** Changes a few places of a JSON value: other values, other names, parts left out, moved, and put into themselves. */
export function changeValue(root: unknown, all: readonly unknown[], random: Random): unknown {
  const holder = { root: structuredClone(root) };
  for (let left = 1 + random.below(random.oneIn(3) ? 8 : 2); left > 0; left--) {
    const nodes = [...nodesOf(holder)];
    const node = random.oneIn(50) ? nodes[0] : random.pickOf(nodes);
    if (node !== undefined) change(node, nodes, all, random);
  }
  return holder.root;
}

function* nodesOf(parent: Node['parent']): Generator<Node> {
  for (const key of Array.isArray(parent) ? parent.keys() : Object.keys(parent)) {
    yield { parent, key };
    const value = parent[key as never] as unknown;
    if (typeof value === 'object' && value !== null) yield* nodesOf(value as Node['parent']);
  }
}

function change({ parent, key }: Node, nodes: readonly Node[], all: readonly unknown[], random: Random): void {
  const put = (name: string | number, value: unknown) =>
    Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true });
  const other = random.pickOf(nodes);
  const anything = structuredClone(random.pickOf(random.oneIn(2) ? values : all));
  switch (random.below(5)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
      break;
    case 1:
      put(Array.isArray(parent) ? parent.length : (random.pickOf(names) ?? ''), anything);
      break;
    case 2:
      put(key, structuredClone(other?.parent[other.key as never]));
      break;
    default:
      put(key, anything);
  }
}
