import { closest } from 'fastest-levenshtein';
import { type Finding, findings, listFindings } from '../check.js';
import { SerabutError } from '../errors.js';
import type { BootableDistro } from '../resources/catalogue.js';
import { valuesAt } from '../resources/configuration-fields.js';
import type { Resource } from '../resources/kinds.js';
import { type PlainConfigurationSpec, withPlaceholders } from '../resources/secrets.js';
import type { DistroPlugin, IsoFacts, Unsupported } from './contract.js';
import { runPlugin } from './run.js';

/** Refuses a Configuration that asks a distro for what it cannot do. Throws SERABUT_ERR_RESOURCE_INVALID. */
export async function requireSupported(
  distro: BootableDistro,
  configuration: Resource<'Configuration'>,
): Promise<void> {
  const problems = await unsupportedBy(distro, configuration);
  if (problems.length === 0) return;
  const whose = `Configuration "${configuration.name}" for distro "${distro.name}" (${distro.title})`;
  const message = `${whose} has ${listFindings(problems)}`;
  throw new SerabutError('SERABUT_ERR_RESOURCE_INVALID', message, { where: configuration.where });
}

/**
 * What of a Configuration a distro cannot do, by what its plugin declares and by the plugin's own check. Findings are
 * shown to people, so no secret is looked at.
 */
export async function unsupportedBy(
  distro: BootableDistro,
  configuration: Resource<'Configuration'>,
): Promise<readonly Finding[]> {
  const { spec } = withPlaceholders(configuration);
  const { facts } = distro;
  const { id, unsupported = [], check } = distro.plugin.plugin;
  const additions = spec.additions[facts.product] ?? {};
  const declared = unsupported.flatMap((rule) =>
    broken(rule, spec, facts).map((found) => finding(rule, found, distro)),
  );
  const own = check === undefined ? [] : await runPlugin(id, 'check', () => check({ ...spec, additions }, facts));
  const malformed = findings(findingsSchema, own);
  if (malformed.length > 0) {
    const message = `plugin "${id}" at check: what it returned has ${listFindings(malformed)}`;
    throw new SerabutError('SERABUT_ERR_PLUGIN_FAILED', message);
  }
  return [...declared, ...noWayIn(distro.plugin.plugin, spec), ...unknownFiles(distro, Object.keys(additions)), ...own];
}

/** Whether a plugin declares that it does nothing with a field, whatever it says. */
export function isWithout({ unsupported = [] }: DistroPlugin, name: string): boolean {
  return unsupported.some(
    ({ field, values, except, when, of }) => field === name && !values && !except && !when && !of,
  );
}

/** Nobody could use what is installed, unless it is a system in which nobody logs in. */
function noWayIn(plugin: DistroPlugin, { users, root }: PlainConfigurationSpec): Finding[] {
  const canLogIn = [root, ...users].some(({ passwordHash, sshKeys }) => passwordHash !== null || sshKeys.length > 0);
  if (canLogIn || isWithout(plugin, 'users')) return [];
  return [{ path: 'spec.users', expected: 'a way to log in: a password hash or an SSH key', received: 'none' }];
}

const findingsSchema = {
  type: 'array',
  maxItems: 1000,
  items: {
    type: 'object',
    required: ['path', 'expected', 'received'],
    properties: { path: { type: 'string' }, expected: { type: 'string' }, received: { type: 'string' } },
  },
} as const;

/** The values that a rule is about. */
function broken({ field, values, except = [], when = {}, of = {} }: Unsupported, spec: object, facts: IsoFacts) {
  const isAbout = Object.entries(of).every(([name, known]) => known.includes(facts[name as keyof typeof of]));
  const holds = Object.entries(when).every(([path, known]) =>
    valuesAt(spec, path).some(({ value }) => known.includes(value)),
  );
  if (!isAbout || !holds) return [];
  return valuesAt(spec, field).filter(({ value }) =>
    values === undefined ? isSet(value) && !except.includes(value) : values.includes(value),
  );
}

function isSet(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== false && value !== '';
}

function finding(
  { values, except, when, because }: Unsupported,
  { path, value }: { path: string; value: unknown },
  { title }: BootableDistro,
): Finding {
  const what = except?.map((known) => JSON.stringify(known)).join(' or ') ?? (values ? 'another value' : 'nothing');
  const beside = Object.entries(when ?? {}).map(([field, known]) => `${field} ${known.map(String).join(' or ')}`);
  const condition = beside.length === 0 ? '' : ` with ${beside.join(' and ')}`;
  const expected = `${what} here${condition} for ${title}, because ${because}`;
  return { path: `spec.${path}`, expected, received: JSON.stringify(value)?.slice(0, 60) ?? 'nothing' };
}

/** Additions to files that the plugin does not make would be dropped. */
function unknownFiles({ plugin, facts }: BootableDistro, files: readonly string[]): Finding[] {
  const known = [...plugin.automation.keys()];
  return files
    .filter((file) => !plugin.automation.has(file))
    .map((file) => ({
      path: `spec.additions.${facts.product}`,
      expected: `an answer file of ${plugin.plugin.id} (did you mean "${closest(file, known)}"?)`,
      received: JSON.stringify(file),
    }));
}
