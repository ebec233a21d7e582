import { findings, listFindings } from '../check.js';
import { SerabutError } from '../errors.js';
import type { BootableDistro } from '../resources/catalogue.js';
import type { Resource } from '../resources/kinds.js';
import type { AutomationView, BootView, CommonView, ConfigurationView } from './contract.js';

/** What a view is made of besides the distro. */
export interface ViewContext {
  /** This server as the client reaches it, without a slash at the end. */
  readonly server: string;
  /** URL of the package proxy that runs beside this server; null when there is none. */
  readonly proxy: string | null;
  readonly profile?: Resource<'BootProfile'> | undefined;
  readonly configuration?: Resource<'Configuration'> | undefined;
}

/** What a plugin's boot script sees. */
export function bootView(distro: BootableDistro, context: ViewContext): BootView {
  const { configuration, profile, server } = context;
  const common = commonView(distro, context);
  const automation = configuration && `${server}/configuration/${configuration.name}/automation/${distro.name}/`;
  return {
    ...common,
    url: {
      ...common.url,
      kernel: `${common.url.content}${encodePath(distro.medium.kernel)}`,
      initrd: `${server}/with-firmware/${distro.name}/initrd.gz`,
      automation: automation ?? null,
    },
    kernelArgs: [...distro.kernelArgs, ...(profile?.spec.kernelArgs ?? [])].join(' '),
    leastMemory: leastMemory(distro),
    configuration: configuration ? configurationView(distro, configuration, context.proxy, '') : null,
  };
}

/** The kernel holds an overlay twice while it unpacks it: as it came, and as files. */
function leastMemory({ medium, overlay }: BootableDistro): number {
  if (medium.leastMemory === undefined) return 0;
  return medium.leastMemory + Math.ceil((2 * (overlay?.length ?? 0)) / 1024 ** 2);
}

/** What a plugin's answer file sees. */
export function automationView(
  distro: BootableDistro,
  context: ViewContext & { configuration: Resource<'Configuration'> },
  file: string,
): AutomationView {
  const configuration = configurationView(distro, context.configuration, context.proxy, file);
  return { ...commonView(distro, context), configuration };
}

function commonView(distro: BootableDistro, { server, profile }: ViewContext): CommonView {
  const { name, title, facts, iso } = distro;
  return {
    distro: { name, title, ...facts },
    url: {
      server,
      host: new URL(server).hostname,
      iso: `${server}/iso/download/${encodeURIComponent(iso)}`,
      content: `${server}/iso/content/${encodeURIComponent(iso)}`,
    },
    parameters: checkedParameters(distro, profile),
  };
}

/** A profile's parameters; those that the plugin's schema does not allow are an error of the profile. */
function checkedParameters(distro: BootableDistro, profile: ViewContext['profile']): Record<string, unknown> {
  const parameters = profile?.spec.parameters ?? {};
  const schema = distro.plugin.plugin.parameters ?? { type: 'object', additionalProperties: false };
  const problems = findings(schema, parameters);
  if (problems.length === 0) return parameters;
  const whose = `the parameters of BootProfile "${profile?.name}" for plugin "${distro.plugin.plugin.id}"`;
  const message = `${whose} have ${listFindings(problems)}`;
  throw new SerabutError('SERABUT_ERR_RESOURCE_INVALID', message, profile ? { where: profile.where } : {});
}

function configurationView(
  distro: BootableDistro,
  { name, spec }: Resource<'Configuration'>,
  ownProxy: string | null,
  file: string,
): ConfigurationView {
  const { mirrors, additions, proxy, ...neutral } = spec;
  const { id } = distro.plugin.plugin;
  return {
    ...neutral,
    name,
    mirror: mirrors[id] ?? null,
    proxy: proxy === 'none' ? null : (proxy ?? ownProxy),
    addition: additions[id]?.[file] ?? '',
  };
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
