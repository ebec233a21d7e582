import { asSerabutError, explain, SerabutError } from '../errors.js';
import { knownOf } from '../machines/install-texts.js';
import type { Lifecycle } from '../machines/lifecycle.js';
import type { Decision, SaidFacts } from '../machines/outcome.js';
import { decisionScript } from '../machines/scripts.js';
import { requireSupported } from '../plugin/supported.js';
import { answerFile, bootScript } from '../plugin/texts.js';
import type { Catalogue } from '../resources/catalogue.js';
import { findConfiguration } from '../resources/find.js';
import { withPlaceholders } from '../resources/secrets.js';
import type { Store, Stored } from '../resources/store.js';

/** A text that a machine would get, by the name under which it asks for it. */
export interface PreviewFile {
  readonly name: string;
  readonly text: string;
}

/** What a machine would get if it asked now, and what it gets while it is installed. */
export interface Preview {
  readonly decision: Pick<Decision, 'kind' | 'reason'>;
  /** The script of the decision, where that is none to install. */
  readonly script: string | undefined;
  /** Undefined where no BootProfile is set or proposed. */
  readonly install: InstallPreview | undefined;
}

export interface InstallPreview {
  readonly bootProfile: string;
  /** The boot script first, then the answer files; none where they cannot be made. */
  readonly files: readonly PreviewFile[];
  /** Why they cannot be made. */
  readonly problem: string | undefined;
}

export interface PreviewParts {
  readonly machines: Pick<Lifecycle, 'look'>;
  readonly catalogue: Pick<Catalogue, 'distro'>;
  readonly store: Pick<Store, 'snapshot'>;
  readonly settings: { readonly proxy: string | null; readonly syslogPort?: number | undefined };
}

/** Stands where the token of an attempt would be. */
const noToken = 'TOKEN';

/**
 * What a machine would get, by the same functions that make it when the machine asks, and with nothing kept: no
 * installation begins, no token is made, no secret is read. `server` is this server's URL without a slash at the end.
 */
export async function preview(machine: Stored<'Machine'>, server: string, parts: PreviewParts): Promise<Preview> {
  const said = saidOf(machine);
  const url = `${server}/boot?${new URLSearchParams({ mac: said.mac ?? '' })}`;
  // The machine as the network would have it: nobody else is asked about.
  const neighbour = said.mac ?? '02:00:00:00:00:00';
  const client = { address: machine.status.address ?? '0.0.0.0', neighbour };
  const decision = await parts.machines.look(said, client, { about: 'boot', isWhole: true });
  const { kind, reason } = decision;
  const isOwnScript = decision.kind !== 'install' && decision.kind !== 'allow';
  const script = isOwnScript ? decisionScript(decision, { server, url }) : undefined;
  const bootProfile =
    decision.kind === 'install'
      ? decision.attempt.profile.name
      : (machine.spec.bootProfile ?? machine.status.proposal?.bootProfile);
  const install = bootProfile && (await installPreview(machine, bootProfile, { server, url }, parts));
  return { decision: { kind, reason }, script, install: install || undefined };
}

/** What is known of it, as it would say it. */
function saidOf({ spec, status }: Stored<'Machine'>): SaidFacts {
  const { facts } = status;
  return {
    ...facts,
    mac: facts.mac ?? spec.macs[0] ?? null,
    uuid: facts.uuid ?? spec.uuid,
    serial: facts.serial ?? spec.serial,
    platform: facts.platform === 'efi' || facts.platform === 'pcbios' ? facts.platform : null,
  };
}

interface Place {
  readonly server: string;
  /** That the machine asks. */
  readonly url: string;
}

async function installPreview(
  machine: Stored<'Machine'>,
  bootProfile: string,
  place: Place,
  parts: PreviewParts,
): Promise<InstallPreview> {
  try {
    return { bootProfile, files: await filesOf(machine, bootProfile, place, parts), problem: undefined };
  } catch (error) {
    return { bootProfile, files: [], problem: explain(asSerabutError(error)).trim() };
  }
}

async function filesOf(
  machine: Stored<'Machine'>,
  bootProfile: string,
  { server, url }: Place,
  { catalogue, store: { snapshot }, settings: { proxy, syslogPort } }: PreviewParts,
): Promise<PreviewFile[]> {
  const profile = snapshot.get('BootProfile', bootProfile);
  if (profile === undefined) {
    throw new SerabutError('SERABUT_ERR_PROFILE_NOT_FOUND', `there is no BootProfile "${bootProfile}"`);
  }
  const distro = await catalogue.distro(profile.spec.distro);
  const configuration = findConfiguration(snapshot, profile.spec.configuration);
  await requireSupported(distro, configuration);
  const said = saidOf(machine);
  const context = {
    ...{ server, proxy, syslogPort, profile, configuration: withPlaceholders(configuration) },
    installation: { url: `${server}/installations/${noToken}`, spec: machine.spec },
    machine: knownOf(machine, said),
  };
  const memory = said.memoryMiB === null ? undefined : String(said.memoryMiB);
  const files = [{ name: 'boot script', text: await bootScript(distro, context, { memory, url }) }];
  for (const name of distro.plugin.automation.keys()) {
    files.push({ name, text: await answerFile(distro, context, name) });
  }
  return files;
}
