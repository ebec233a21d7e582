import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { closest, distance } from 'fastest-levenshtein';
import { printableLines } from './iso/printable.js';

/** One thing that is wrong with a value: where in it, what belongs there, and what was found. */
export interface Finding {
  readonly path: string;
  readonly expected: string;
  readonly received: string;
}

/** A finding as one line for people. */
export function describeFinding({ path, expected, received }: Finding): string {
  return `${path === '' ? '(whole)' : path}: expected ${expected}, received ${received}`;
}

/** How many findings are listed, and how long one may be, in characters: what is wrong may be all of a large file. */
const listed = { findings: 50, length: 1000 } as const;

/** How many findings there are, and each on a line of its own; what a file says is harmless to a terminal in them. */
export function listFindings(problems: readonly (Finding | string)[]): string {
  const count = problems.length === 1 ? '1 finding' : `${problems.length} findings`;
  const texts = problems.slice(0, listed.findings).map((problem) => {
    const text = typeof problem === 'string' ? problem : describeFinding(problem);
    return printableLines(text.slice(0, listed.length)).toWellFormed().replaceAll('\n', '\n    ');
  });
  const more = problems.length > texts.length ? [`and ${problems.length - texts.length} more`] : [];
  return `${count}:${[...texts, ...more].map((text) => `\n  - ${text}`).join('')}`;
}

const options = { allErrors: true, verbose: true, strict: false, logger: false } as const;
const ajv = new Ajv(options);
const fillingAjv = new Ajv({ ...options, useDefaults: true });
for (const instance of [ajv, fillingAjv]) {
  instance.addKeyword({ keyword: 'isFunction', validate: (_: unknown, data: unknown) => typeof data === 'function' });
  instance.addKeyword({
    keyword: 'isPattern',
    type: 'string',
    validate: (_: unknown, data: string) => isPattern(data),
  });
  instance.addKeyword({ keyword: 'isSchema', type: 'object', validate: (_: unknown, data: object) => isSchema(data) });
}
const compiled = new WeakMap<object, { plain?: ValidateFunction; filling?: ValidateFunction }>();
const foreign = new WeakMap<object, ValidateFunction>();

function isSchema(schema: object): boolean {
  try {
    // One that says $async rejects promises, which nobody waits for.
    return !('$async' in compileForeign(schema));
  } catch {
    return false;
  }
}

/** The same as {@link checkAndFill} with a schema of somebody else's: it gets an Ajv of its own, as two may have one `$id`. */
export function checkForeign<T>(schema: object, value: unknown): { value: T; findings: Finding[] } {
  const copy: unknown = structuredClone(value);
  const validate = compileForeign(schema);
  try {
    validate(copy);
    return { value: copy as T, findings: toFindings(validate.errors) };
  } catch (error) {
    // A schema may refer to itself without end.
    const received = `one with which that fails (${String(error)})`;
    return { value: copy as T, findings: [{ path: '', expected: 'a value that its schema can check', received }] };
  }
}

/** Kept: Ajv compiles the schema of schemas first, which takes longer than all else that a boot script is made of. */
function compileForeign(schema: object): ValidateFunction {
  const validate = foreign.get(schema) ?? new Ajv({ ...options, useDefaults: true }).compile(schema);
  foreign.set(schema, validate);
  return validate;
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'm') instanceof RegExp;
  } catch {
    return false;
  }
}

/**
 * Everything that is wrong with a value of unknown origin, at once. A schema may say what it wants in words by the
 * keyword `expected`, and ask for a function by `isFunction: true`.
 */
export function findings(schema: object, value: unknown): Finding[] {
  const cache = cacheOf(schema);
  cache.plain ??= ajv.compile(schema);
  cache.plain(value);
  return toFindings(cache.plain.errors);
}

/** The same for plain data, together with a copy in which the schema's defaults are filled in. */
export function checkAndFill<T>(schema: object, value: unknown): { value: T; findings: Finding[] } {
  const cache = cacheOf(schema);
  cache.filling ??= fillingAjv.compile(schema);
  const copy: unknown = structuredClone(value);
  cache.filling(copy);
  return { value: copy as T, findings: toFindings(cache.filling.errors) };
}

function cacheOf(schema: object): { plain?: ValidateFunction; filling?: ValidateFunction } {
  const known = compiled.get(schema) ?? {};
  compiled.set(schema, known);
  return known;
}

/** Of a union only the union itself is reported: that one of its parts does not fit says nothing. */
function toFindings(errors: ErrorObject[] | null | undefined): Finding[] {
  return (errors ?? []).filter(({ schemaPath }) => !/\/(anyOf|oneOf)\/\d+\//.test(schemaPath)).map(toFinding);
}

function toFinding(error: ErrorObject): Finding {
  const path = pathOf(error.instancePath);
  const under = (name: string): string => (path === '' ? name : `${path}.${name}`);
  switch (error.keyword) {
    case 'additionalProperties': {
      const unknown = String(error.params.additionalProperty);
      const known = Object.keys(error.parentSchema?.properties ?? {});
      const expected = known.length === 0 ? 'no such field' : `a known field${suggestion(unknown, known)}`;
      return { path: under(unknown), expected, received: 'an unknown one' };
    }
    case 'required': {
      const missing = String(error.params.missingProperty);
      const schema = (error.parentSchema?.properties as Record<string, { expected?: string }> | undefined)?.[missing];
      return { path: under(missing), expected: schema?.expected ?? 'a value', received: 'nothing' };
    }
    default: {
      const said = error.parentSchema?.expected as string | undefined;
      const many = error.keyword === 'enum' && (error.params.allowedValues as unknown[]).length > 5;
      const guess = said && many ? suggestion(error.data, error.params.allowedValues) : '';
      return { path, expected: said ? `${said}${guess}` : wording(error), received: show(error.data) };
    }
  }
}

/** The known name that somebody may have meant: one that differs in less than half of its letters. */
export function suggestion(unknown: unknown, known: readonly unknown[]): string {
  const names = known.filter((name) => typeof name === 'string');
  if (typeof unknown !== 'string' || names.length === 0) return '';
  const name = closest(unknown, names);
  return distance(unknown, name) * 2 < Math.max(name.length, 4) ? ` (did you mean "${name}"?)` : '';
}

/** What a keyword of JSON schema wants, in words. */
function wording({ keyword, params, message }: ErrorObject): string {
  if (keyword === 'const') return show(params.allowedValue);
  if (keyword === 'enum') return `one of ${(params.allowedValues as unknown[]).map(show).join(', ')}`;
  if (keyword === 'type') return `${/^[aeiou]/.test(params.type) ? 'an' : 'a'} ${params.type}`;
  if (keyword === 'isFunction') return 'a function';
  return (message ?? keyword).replace(/^must (be |match |NOT )?/, (whole) => (whole.includes('NOT') ? 'not ' : ''));
}

/** `/media/0/kernel` as `media[0].kernel`. */
function pathOf(instancePath: string): string {
  return instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

/** As many characters of a received value are shown. */
const longestShown = 60;

/** A received value, short enough for one line of a message. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = asJson(value, longestShown + 1);
  return text.length > longestShown ? `${text.slice(0, longestShown - 3)}...` : text;
}

/**
 * The beginning of a value as JSON, without calling anything that it brings along: what a plugin's `toJSON` promises and
 * does not keep would end this process.
 */
function asJson(value: unknown, room: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, room));
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  const isList = Array.isArray(value);
  let text = '';
  // Each level has less room, so that one which is inside itself comes to an end.
  for (const [key, item] of Object.entries(value)) {
    if (text.length >= room) break;
    if (text !== '') text += ',';
    text += `${isList ? '' : `${JSON.stringify(key)}:`}${asJson(item, room - text.length - 1)}`;
  }
  return isList ? `[${text}]` : `{${text}}`;
}
