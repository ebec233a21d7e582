import { describeFinding, type Finding, listFindings } from '../check.js';
import { asSerabutError } from '../errors.js';
import { isWithout, unsupportedBy } from '../plugin/supported.js';
import { automationView, bootView } from '../plugin/views.js';
import type { BootableDistro } from '../resources/catalogue.js';
import type { Resource } from '../resources/kinds.js';
import { checkSyntax } from './answer-syntax.js';
import type { ExamineOptions } from './examine.js';
import type { ScriptEnd } from './ipxe-script.js';
import { ask, bootFrom, type KitMachine, queryOf, viewOf } from './machine.js';
import { unknownVariables } from './template-variables.js';
import { kitUrls, profileName, type Workspace } from './workspace.js';

/** A Configuration and the profile that joins it to the distro. */
interface Wish {
  readonly configuration: Resource<'Configuration'>;
  readonly profile: Resource<'BootProfile'>;
}

/** What becomes of a distro in a machine: as it is, and by each Configuration. */
export class Installations {
  readonly #machine: KitMachine;

  constructor(
    private readonly distro: BootableDistro,
    private readonly workspace: Workspace,
    private readonly options: ExamineOptions,
  ) {
    this.#machine = { arch: distro.facts.arch, platform: 'efi' };
  }

  async examine(): Promise<void> {
    const { name, facts } = this.distro;
    for (const platform of facts.arch === 'x86_64' ? (['efi', 'pcbios'] as const) : (['efi'] as const)) {
      const path = `/boot/${name}?${queryOf({ ...this.#machine, platform })}`;
      const what = `${name} starts without a Configuration (${platform})`;
      if ((await this.#boot(what, path, { ...this.#machine, platform })) === undefined) return;
    }
    let installed = 0;
    for (const wish of this.#wishes()) if (await this.#install(wish)) installed += 1;
    const none = 'configurations/: expected a Configuration that the plugin can install, received none';
    this.options.report(`${name} can be installed`, installed === 0 ? none : undefined);
  }

  #wishes(): Wish[] {
    const { configurations, application } = this.workspace;
    return configurations.flatMap((name) => {
      const configuration = application.store.snapshot.get('Configuration', name);
      const profile = application.store.snapshot.get('BootProfile', profileName(this.distro.name, name));
      return configuration && profile ? [{ configuration, profile }] : [];
    });
  }

  /** Lets a machine run a boot script; undefined when it does not come to a running kernel. */
  async #boot(what: string, path: string, machine: KitMachine): Promise<ScriptEnd | undefined> {
    const { server } = this.workspace.application;
    if (this.options.show) this.options.show(path, (await ask(server, kitUrls.server + path, true)).text);
    const end = await bootFrom(server, path, machine);
    const isRunning = end.kind === 'boot';
    const problem = end.reason ?? `boot: expected a script that starts a kernel, received one that ends by ${end.kind}`;
    this.options.report(what, isRunning ? undefined : problem);
    return isRunning ? end : undefined;
  }

  /** A whole installation, as far as a server sees it; whether it begins. What is refused with reason is no problem. */
  async #install(wish: Wish): Promise<boolean> {
    const { distro } = this;
    const { name } = wish.configuration;
    const what = `${distro.name} by ${name}`;
    try {
      const refused = await unsupportedBy(distro, wish.configuration);
      if (refused.length > 0) {
        this.#refused(what, name, refused);
        return false;
      }
      const unknown = this.#unknownVariables(wish);
      for (const finding of unknown) this.options.report(`${what}: its templates`, describeFinding(finding));
      if (unknown.length > 0) return true;
    } catch (thrown) {
      this.options.report(what, asSerabutError(thrown).message);
      return true;
    }
    const path = `/boot/${distro.name}?profile=${wish.profile.name}&${queryOf(this.#machine)}`;
    const end = await this.#boot(`${what} starts`, path, this.#machine);
    if (end !== undefined) await this.#answers(what, name, end);
    return true;
  }

  /** The kit asks every plugin for everything; an example of the plugin's own must be one that it can do. */
  #refused(what: string, name: string, refused: readonly Finding[]): void {
    const fields = refused.map(({ path }) => path.replace('spec.', '')).join(', ');
    if (name.startsWith('kit-')) this.options.report(`${what} is refused, for its ${fields}`);
    else this.options.report(what, `Configuration "${name}" has ${listFindings(refused)}`);
  }

  #unknownVariables({ configuration, profile }: Wish): Finding[] {
    const { plugin, templates } = this.distro.plugin;
    const { server, proxy, report: reportUrl } = kitUrls;
    const context = { server, proxy, reportUrl, machine: viewOf(this.#machine), profile, configuration };
    const views = { boot: bootView(this.distro, context), automation: automationView(this.distro, context, '') };
    return [...templates].flatMap(([where, template]) => {
      if (where.startsWith('media')) return [];
      return unknownVariables(where, template, where === 'boot' ? views.boot : views.automation, plugin.parameters);
    });
  }

  /** The answer files, and all that they and the kernel are told to fetch here. */
  async #answers(what: string, configuration: string, { kernel }: ScriptEnd): Promise<void> {
    const { plugin, name } = this.distro;
    const { server } = this.workspace.application;
    const texts = [kernel?.args ?? ''];
    for (const file of plugin.automation.keys()) {
      const path = `/configuration/${configuration}/automation/${name}/${file}?${queryOf(this.#machine)}`;
      const { status, text } = await ask(server, kitUrls.server + path, true);
      this.options.show?.(path, text);
      const problem = status === 200 ? checkSyntax(file, text) : text.trim();
      this.options.report(`${what}: ${file}`, problem);
      if (problem !== undefined) return;
      texts.push(text);
    }
    this.#reporting(what, texts);
    await this.#links(what, texts.join('\n'));
  }

  /** An installer that runs no commands cannot report; any other shall. */
  #reporting(what: string, texts: readonly string[]): void {
    if (isWithout(this.distro.plugin.plugin, 'afterInstall') && !texts.some((text) => text.includes(kitUrls.report)))
      return;
    const isReporting = texts.some((text) => text.includes(kitUrls.report) && /\bdone\b/.test(text));
    const silent = 'automation: expected a file that reports the end to {{ url.report }}/done, received none';
    this.options.report(`${what}: the end is reported`, isReporting ? undefined : silent);
  }

  /** A directory of answer files is no file, and what a pattern stands for is filled in by the installer. */
  async #links(what: string, text: string): Promise<void> {
    const urls = new Set([...text.matchAll(linkPattern)].map(([url]) => url));
    let count = 0;
    for (const url of urls) {
      if (url.startsWith(kitUrls.report) || /%s|\$\{|\/configuration\/.*\/$/.test(url)) continue;
      const { status, text: said } = await ask(this.workspace.application.server, url, false);
      const problem = `${what}: expected ${url} to be there, received ${status}: ${said.trim()}`;
      if (status !== 200) this.options.report(`${what}: what it fetches`, problem);
      else count += 1;
    }
    this.options.report(`${what}: ${count} further URLs of this server are there`);
  }
}

const linkPattern = new RegExp(`${kitUrls.server.replaceAll('.', '\\.')}/[^\\s"'<>\\\\,;)\\]}|]*`, 'g');
