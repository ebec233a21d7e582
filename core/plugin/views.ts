import { checkForeign, listFindings } from '../check.js';
import { SerabutError } from '../errors.js';
import { hostnameOf, queryOf } from '../machines/identity.js';
import { pickDisksScript } from '../render/pick-disks.js';
import { withVariables } from '../render/variables.js';
import type { BootableDistro } from '../resources/catalogue.js';
import type { Resource } from '../resources/kinds.js';
import type { MachineSpec } from '../resources/machine.js';
import type { PlainConfiguration, PlainConfigurationSpec } from '../resources/secrets.js';
import type {
  AutomationView,
  BootView,
  CommonView,
  ConfigurationView,
  MachineView,
  Medium,
  NetworkView,
} from './contract.js';

/** What a view is made of besides the distro. */
export interface ViewContext {
  /** This server as the client reaches it, without a slash at the end. */
  readonly server: string;
  /** URL of the package proxy that runs beside this server; null when there is none. */
  readonly proxy: string | null;
  /** Below which URL the installer reports how it goes; that of the installation when it is left out, or nobody listens. */
  readonly reportUrl?: string | null | undefined;
  /** The port at which this server receives syslog; it does not when it is left out. */
  readonly syslogPort?: number | undefined;
  readonly machine: MachineView;
  readonly profile?: Resource<'BootProfile'> | undefined;
  readonly configuration?: PlainConfiguration | undefined;
  readonly installation?: InstallationContext | undefined;
}

/** What is only so while a known machine is installed. */
export interface InstallationContext {
  /** Below which its answers are, and it reports: `SERVER/installations/TOKEN`. */
  readonly url: string;
  /** The known machine, whose own host name and parameters count. */
  readonly spec: Pick<MachineSpec, 'hostname' | 'parameters'>;
}

/** What a plugin's boot script sees. */
export function bootView(distro: BootableDistro, context: ViewContext): BootView {
  const { configuration, profile, server } = context;
  const common = commonView(distro, context);
  return {
    ...common,
    url: {
      ...common.url,
      kernel: `${common.url.content}${encodePath(distro.medium.kernel)}`,
      initrd: `${server}/with-firmware/${distro.name}/initrd.gz`,
      automation: configuration ? automationUrl(distro, { ...context, configuration }) : null,
    },
    kernelArgs: [...distro.kernelArgs, ...(profile?.spec.kernelArgs ?? [])].join(' '),
    leastMemory: leastMemory(distro),
    configuration: configuration ? configurationView(distro, configuration, context, '') : null,
  };
}

/**
 * The least memory in MiB. The kernel holds an overlay twice while it unpacks it: as it came, and as files. 0 when the
 * medium declares none.
 */
function leastMemory({ medium, overlay, isoSize }: BootableDistro): number {
  if (medium.leastMemory === undefined) return 0;
  const inMemory = 2 * (overlay?.length ?? 0) + isoTimes(medium) * isoSize;
  const { leastMemory: declared } = medium;
  return (typeof declared === 'number' ? declared : declared.mib) + Math.ceil(inMemory / 1024 ** 2);
}

function isoTimes({ leastMemory: declared }: Medium): number {
  return typeof declared === 'object' ? declared.isoTimes : 0;
}

/** Without a Configuration there are no answers. */
export type AutomationContext = ViewContext & { readonly configuration: PlainConfiguration };

/** What a plugin's answer file sees. */
export function automationView(distro: BootableDistro, context: AutomationContext, file: string): AutomationView {
  const configuration = configurationView(distro, context.configuration, context, file);
  const common = commonView(distro, context);
  const automation = automationUrl(distro, context);
  return { ...common, url: { ...common.url, automation }, configuration };
}

function automationUrl({ name }: BootableDistro, { server, configuration, installation }: AutomationContext): string {
  if (installation !== undefined) return `${installation.url}/automation/`;
  return `${server}/configuration/${configuration.name}/automation/${name}/`;
}

function commonView(distro: BootableDistro, context: ViewContext): CommonView {
  const { server, machine, installation, reportUrl = installation?.url, syslogPort } = context;
  const { name, title, facts, iso } = distro;
  const { hostname: host } = new URL(server);
  return {
    distro: { name, title, ...facts },
    url: {
      server,
      host,
      iso: `${server}/iso/download/${encodeURIComponent(iso)}`,
      content: `${server}/iso/content/${encodeURIComponent(iso)}`,
      query: queryOf(machine),
      report: reportUrl ?? null,
      syslog: syslogPort === undefined ? null : `${host}:${syslogPort}`,
    },
    machine,
    parameters: checkedParameters(distro, context),
  };
}

/**
 * A profile's parameters, the machine's own in their place; those that the plugin's schema does not allow are an error of
 * the profile. What may be left out is null, or as the schema's default says. Where nothing is installed, none are needed.
 */
function checkedParameters(
  distro: BootableDistro,
  { profile, configuration, installation }: ViewContext,
): Record<string, unknown> {
  const schema = (distro.plugin.plugin.parameters ?? noParameters) as { properties?: object };
  const missing = Object.fromEntries(Object.keys(schema.properties ?? {}).map((name) => [name, null]));
  if (profile === undefined && configuration === undefined) return missing;
  const own = installation?.spec.parameters ?? {};
  const { value, findings: problems } = checkForeign<object>(schema, { ...profile?.spec.parameters, ...own });
  if (problems.length === 0) return { ...missing, ...value };
  const machine = Object.keys(own).length === 0 ? '' : ' and of the machine';
  const whose = `the parameters of ${profile ? `BootProfile "${profile.name}"` : 'no BootProfile'}${machine} for plugin "${distro.plugin.plugin.id}"`;
  const message = `${whose} have ${listFindings(problems)}`;
  throw new SerabutError('SERABUT_ERR_RESOURCE_INVALID', message, profile ? { where: profile.where } : {});
}

const noParameters = { type: 'object', additionalProperties: false } as const;

function configurationView(
  distro: BootableDistro,
  { name, spec }: PlainConfiguration,
  { proxy: ownProxy, machine, installation }: ViewContext,
  file: string,
): ConfigurationView {
  const { mirrors, additions, proxy, network, storage, secrets, afterInstall, ...neutral } = spec;
  const hostname = installation?.spec.hostname ?? spec.hostname;
  const { product } = distro.facts;
  return {
    ...neutral,
    name,
    afterInstall: withVariables(afterInstall, secrets),
    secretNames: Object.keys(secrets),
    hostname: hostname === null ? null : hostnameOf(hostname, machine),
    network: networkView(network, machine),
    storage: storageView(storage),
    mirror: mirrors[product] ?? null,
    proxy: proxy === 'none' ? null : (proxy ?? ownProxy),
    addition: additions[product]?.[file] ?? '',
  };
}

function storageView({
  disk,
  otherDisk = disk,
  ...storage
}: PlainConfigurationSpec['storage']): ConfigurationView['storage'] {
  const disks = storage.layout === 'raid1' ? [disk, otherDisk] : [disk];
  return { ...storage, disks, pickDisks: pickDisksScript(disks) };
}

function networkView(
  { interface: set, ...network }: PlainConfigurationSpec['network'],
  machine: MachineView,
): NetworkView {
  const [ip = '', length] = network.address?.split('/') ?? [];
  const prefix = Number(length);
  const mask = (0xffffffff << (32 - prefix)) >>> 0;
  const netmask = [24, 16, 8, 0].map((shift) => (mask >>> shift) & 0xff).join('.');
  return {
    ...network,
    mac: set ?? machine.mac,
    isSet: set !== null,
    static: network.address === null ? null : { ip, prefix, netmask },
  };
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
