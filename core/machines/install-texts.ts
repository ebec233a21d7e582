import { SerabutError } from '../errors.js';
import type { MachineView } from '../plugin/contract.js';
import { requireSupported } from '../plugin/supported.js';
import { answerFile, bootScript, type ScriptRequest } from '../plugin/texts.js';
import type { AutomationContext } from '../plugin/views.js';
import type { BootableDistro, Catalogue } from '../resources/catalogue.js';
import { findConfiguration } from '../resources/find.js';
import { type Secrets, withPlaceholders, withSecrets } from '../resources/secrets.js';
import type { Store } from '../resources/store.js';
import type { Attempt } from './outcome.js';

/** What of a request goes into the texts. */
export interface Asking {
  /** This server as the machine reaches it, without a slash at the end. */
  readonly server: string;
  readonly proxy: string | null;
  readonly syslogPort?: number | undefined;
  /** What the machine says of itself, and, where it says no MAC address, the one by which it asks. */
  readonly machine: MachineView;
}

type Deps = {
  readonly catalogue: Pick<Catalogue, 'distro'>;
  readonly store: Pick<Store, 'snapshot'>;
  readonly secrets: Secrets;
};

/** What a machine is given while it is installed: its script and its answer files, with its secrets. */
export class InstallTexts {
  constructor(private readonly deps: Deps) {}

  /** The iPXE script that begins an attempt. Throws whatever would stop the installer, before anything is erased. */
  script(attempt: Attempt, token: string, asking: Asking & ScriptRequest): Promise<string> {
    return this.#make(attempt, token, asking, (distro, context) => bootScript(distro, context, asking));
  }

  answers(attempt: Attempt, token: string, asking: Asking & { readonly file: string }): Promise<string> {
    return this.#make(attempt, token, asking, (distro, context) => answerFile(distro, context, asking.file));
  }

  async #make(attempt: Attempt, token: string, asking: Asking, make: Maker): Promise<string> {
    const { catalogue, store, secrets } = this.deps;
    const { machine, profile } = attempt;
    const distro = await catalogue.distro(profile.spec.distro);
    const configuration = findConfiguration(store.snapshot, profile.spec.configuration);
    await requireSupported(distro, configuration);
    const { server, proxy, syslogPort } = asking;
    const installation = { url: `${server}/installations/${token}`, spec: machine.spec };
    const context = { server, proxy, syslogPort, profile, installation, machine: knownOf(machine, asking.machine) };
    const real = await withSecrets(configuration, secrets);
    try {
      return await make(distro, { ...context, configuration: real });
    } catch {
      // What failed may say a secret. With placeholders it says none, and mostly fails in the same way.
      await make(distro, { ...context, configuration: withPlaceholders(configuration) });
      const message = `the files of Configuration "${configuration.name}" for distro "${distro.name}" cannot be made with its secrets`;
      throw new SerabutError('SERABUT_ERR_SECRET', message, { where: configuration.where });
    }
  }
}

type Maker = (distro: BootableDistro, context: AutomationContext) => Promise<string>;

/** What the machine says, and where it says nothing what is known of it. */
export function knownOf({ spec, status }: Attempt['machine'], said: MachineView): MachineView {
  const { facts } = status;
  const platform = facts.platform === 'efi' || facts.platform === 'pcbios' ? facts.platform : null;
  return {
    mac: said.mac ?? facts.mac ?? spec.macs[0] ?? null,
    uuid: said.uuid ?? facts.uuid ?? spec.uuid,
    serial: said.serial ?? facts.serial ?? spec.serial,
    platform: said.platform ?? platform,
  };
}
