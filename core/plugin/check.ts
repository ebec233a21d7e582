import { type Finding, findings } from '../check.js';
import { configurationFields } from '../resources/configuration-fields.js';
import type { DistroPlugin } from './contract.js';

const apiVersion: DistroPlugin['apiVersion'] = 'serabut/v1';

const closed = { type: 'object', additionalProperties: false } as const;
const text = { type: 'string', minLength: 1, maxLength: 4096 } as const;
const plain = String.raw`(?!(.*/)?\.\.(/|$))[^\\\u0000-\u001f]+`;
const insidePath = { ...text, pattern: `^/${plain}$`, expected: 'an absolute path inside the ISO' } as const;
const relativePath = {
  ...text,
  pattern: `^(?!/)${plain}$`,
  expected: "a relative path inside the plugin's directory",
} as const;
const listedPath = { ...text, pattern: `^/?${plain}$`, expected: 'a path inside the ISO' } as const;
const pattern = { ...text, isPattern: true, expected: 'a regular expression' } as const;
const arch = { enum: ['x86_64', 'arm64'] } as const;
const word = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]*$',
  maxLength: 64,
  expected: 'a plain word',
} as const;

/** Merged-usr systems have these as links, which a directory of an archive would replace: the kernel then finds no init. */
const mergedDirectories = '(bin|sbin|lib|lib32|lib64|libx32)(/|$)';
const overlayPath = {
  ...text,
  pattern: `^/(?!${mergedDirectories})${plain}(?<!/)$`,
  expected: 'an absolute path in the initrd, with /usr in front of /bin, /sbin and /lib',
} as const;
const globs = { type: 'array', minItems: 1, items: text } as const;
const contentForms = ['from', 'text', 'template', 'render'] as const;

const overlayEntry = {
  ...closed,
  required: ['to'],
  expected: 'a file of the initrd: { to } and one of { from }, { text }, { template } and { render }',
  properties: {
    to: overlayPath,
    mode: { type: 'integer', minimum: 0, maximum: 0o777, expected: 'permission bits from 0 to 0o777' },
    from: insidePath,
    only: globs,
    without: globs,
    largest: { type: 'integer', minimum: 0, expected: 'a number of bytes' },
    optional: { type: 'boolean' },
    text: { type: 'string', maxLength: 1_048_576 },
    template: relativePath,
    render: { isFunction: true, expected: 'a function' },
    reads: { type: 'array', items: insidePath },
  },
  oneOf: contentForms.map((form) => ({ required: [form] })),
  dependencies: { only: ['from'], without: ['from'], largest: ['from'], optional: ['from'] },
} as const;

const textSource = {
  ...closed,
  minProperties: 1,
  maxProperties: 1,
  properties: { template: relativePath, render: { isFunction: true, expected: 'a function' } },
  expected: 'either { template } or { render }',
} as const;

const configurationField = {
  enum: configurationFields.map(({ path }) => path),
  expected: 'a field of a Configuration, such as storage.layout or users[].shell',
} as const;
const facts = { type: 'array', items: { type: 'string' } } as const;
const unsupported = {
  ...closed,
  required: ['field', 'because'],
  properties: {
    field: configurationField,
    values: { type: 'array', minItems: 1 },
    except: { type: 'array', minItems: 1 },
    when: {
      type: 'object',
      propertyNames: configurationField,
      additionalProperties: { type: 'array', minItems: 1 },
    },
    of: { ...closed, properties: { product: facts, release: facts, edition: facts, arch: facts } },
    because: text,
  },
  not: { required: ['values', 'except'] },
  expected: 'a field with reasons, and of { values } and { except } one at most',
} as const;

/** The contract as a schema; contract.ts explains the fields. */
const pluginSchema = {
  ...closed,
  required: ['apiVersion', 'id', 'recognise', 'media', 'boot', 'automation'],
  expected: 'an object as default export',
  properties: {
    apiVersion: { const: apiVersion },
    id: {
      type: 'string',
      pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$',
      maxLength: 40,
      expected: 'lower-case letters, digits and dashes',
    },
    recognise: {
      type: 'array',
      minItems: 1,
      expected: 'a list of at least one look of an ISO',
      items: {
        ...closed,
        minProperties: 1,
        properties: {
          volumeId: pattern,
          files: { type: 'object', propertyNames: listedPath, additionalProperties: pattern },
          present: { type: 'array', items: listedPath },
          absent: { type: 'array', items: listedPath },
          facts: {
            ...closed,
            properties: { product: word, release: word, codename: word, edition: word, arch: word },
          },
        },
      },
    },
    media: {
      type: 'array',
      minItems: 1,
      expected: 'a list of at least one medium',
      items: {
        ...closed,
        required: ['edition', 'arch', 'kernel', 'initrd'],
        properties: {
          edition: word,
          arch,
          kernel: insidePath,
          initrd: insidePath,
          overlay: { type: 'array', items: overlayEntry },
          leastMemory: {
            anyOf: [
              { type: 'integer', minimum: 1 },
              {
                ...closed,
                required: ['mib', 'isoTimes'],
                properties: { mib: { type: 'integer', minimum: 0 }, isoTimes: { type: 'number', minimum: 0 } },
              },
            ],
            expected: 'a number of MiB or { mib, isoTimes }',
          },
        },
      },
    },
    firmware: {
      type: 'array',
      items: {
        ...closed,
        required: ['file'],
        properties: { file: relativePath, from: text, editions: { type: 'array', items: word } },
      },
    },
    boot: textSource,
    automation: {
      type: 'object',
      expected: 'an object of answer files by name',
      propertyNames: { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$', expected: 'a plain file name' },
      additionalProperties: textSource,
    },
    parameters: { type: 'object', isSchema: true, expected: 'a JSON schema' },
    unsupported: { type: 'array', items: unsupported },
    check: { isFunction: true, expected: 'a function' },
  },
} as const;

/** Everything that is wrong with what a plugin exports, at once. Never throws, whatever it is given. */
export function checkPlugin(exported: unknown): Finding[] {
  try {
    return findings(pluginSchema, exported);
  } catch (error) {
    return [{ path: '', expected: 'a plain object', received: `one that throws when it is read (${String(error)})` }];
  }
}
