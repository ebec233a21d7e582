import { type Finding, listFindings } from '../check.js';
import { SerabutError } from '../errors.js';
import { unsupportedBy } from '../plugin/supported.js';
import { answerFile } from '../plugin/texts.js';
import { bootView, type ViewContext } from '../plugin/views.js';
import type { BootableDistro } from '../resources/catalogue.js';
import { checkResource, type Resource, resourceVersion } from '../resources/kinds.js';
import { withPlaceholders } from '../resources/secrets.js';
import { type FieldProbe, fieldProbes } from './field-probes.js';

type Configuration = Resource<'Configuration'>;

/** A Configuration of the kit's own, with its defaults filled in. */
function configurationOf(name: string, spec: object): Configuration {
  const checked = check(name, spec);
  if (!Array.isArray(checked)) return checked;
  throw new SerabutError('SERABUT_ERR_INTERNAL', `the kit's own Configuration ${name} has ${listFindings(checked)}`);
}

function check(name: string, spec: object): Configuration | Finding[] {
  const document = { apiVersion: resourceVersion, kind: 'Configuration', metadata: { name }, spec };
  return checkResource(document, 'the kit') as Configuration | Finding[];
}

/** As much of a Configuration as a distro can do, and which fields had to be left out of it. */
export async function supportedPart(
  distro: BootableDistro,
  spec: object,
): Promise<{ readonly spec: object; readonly refused: readonly string[] }> {
  let part = structuredClone(spec);
  const refused: string[] = [];
  for (let rounds = 0; rounds < 20; rounds++) {
    // What is left may not fit together any more, such as a gateway without an address.
    const checked = check('kit-full', part);
    const findings = Array.isArray(checked) ? checked : await unsupportedBy(distro, checked);
    if (findings.length === 0) break;
    for (const { path } of findings) {
      const names = path
        .replace(/^spec\./, '')
        .replaceAll(/\[(\d+)\]/g, '.$1')
        .split('.');
      refused.push(names.join('.'));
      part = without(part, names) as object;
    }
  }
  return { spec: part, refused: [...new Set(refused)] };
}

function without(value: unknown, [name = '', ...rest]: readonly string[]): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return value;
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === name ? without(item, rest) : item));
  const { [name]: inner, ...others } = value as Record<string, unknown>;
  return rest.length === 0 ? others : { ...others, [name]: without(inner, rest) };
}

/**
 * The fields with which no text of the plugin changes, although it declares nothing about them: what an operator says
 * there would be dropped in silence. `base` is a Configuration that the distro can do.
 */
export async function ignoredFields(
  distro: BootableDistro,
  base: object,
  context: ViewContext,
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const probe of fieldProbes) {
    if (!(await isIgnored(probe, distro, base, context))) continue;
    const expected = 'a text that changes with it, or an entry in "unsupported" that says why none does';
    found.push({ path: `Configuration.${probe.field}`, expected, received: 'neither' });
  }
  return found;
}

async function isIgnored(
  { change, beside = {} }: FieldProbe,
  distro: BootableDistro,
  base: object,
  context: ViewContext,
): Promise<boolean> {
  const [before, after] = [
    { ...base, ...beside },
    { ...base, ...beside, ...change },
  ];
  const configuration = configurationOf('kit-probe', after);
  if ((await unsupportedBy(distro, configuration)).length > 0) return false;
  const [one, other] = [configurationOf('kit-probe', before), configuration];
  return (
    (await textsOf(distro, { ...context, configuration: one })) ===
    (await textsOf(distro, { ...context, configuration: other }))
  );
}

/** The boot script and all answer files, as one text. */
export async function textsOf(
  distro: BootableDistro,
  { configuration, ...others }: Omit<ViewContext, 'configuration'> & { configuration: Configuration },
): Promise<string> {
  const context = { ...others, configuration: withPlaceholders(configuration) };
  const { boot, automation } = distro.plugin;
  const texts = [await boot(bootView(distro, context))];
  for (const file of automation.keys()) texts.push(await answerFile(distro, context, file));
  return texts.join('\n');
}
