import { describeFinding, type Finding, listFindings } from '../check.js';
import { asSerabutError } from '../errors.js';
import type { ScriptEnd } from '../ipxe/script.js';
import { isWithout, unsupportedBy } from '../plugin/supported.js';
import { automationView, bootView, type ViewContext } from '../plugin/views.js';
import { checkSyntax } from '../render/answer-syntax.js';
import type { BootableDistro } from '../resources/catalogue.js';
import type { Resource } from '../resources/kinds.js';
import { withPlaceholders } from '../resources/secrets.js';
import type { ExamineOptions } from './examine.js';
import { fullConfiguration } from './example-configurations.js';
import { ignoredFields, supportedPart, textsOf } from './fields.js';
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
  readonly #context: ViewContext;

  constructor(
    private readonly distro: BootableDistro,
    private readonly workspace: Workspace,
    private readonly options: ExamineOptions,
  ) {
    this.#machine = { arch: distro.facts.arch, platform: 'efi' };
    const { server, proxy, report: reportUrl, syslogPort } = kitUrls;
    this.#context = { server, proxy, reportUrl, syslogPort, machine: viewOf(this.#machine) };
  }

  async examine(): Promise<void> {
    const { name, facts } = this.distro;
    for (const platform of facts.arch === 'x86_64' ? (['efi', 'pcbios'] as const) : (['efi'] as const)) {
      const path = `/boot/${name}?${queryOf({ ...this.#machine, platform })}`;
      const what = `${name} starts without a Configuration (${platform})`;
      const end = await this.#boot(what, path, { ...this.#machine, platform });
      if (end === undefined) return;
      this.#plain(`${name} without a Configuration`, end);
    }
    let installed: Wish | undefined;
    for (const wish of await this.#wishes()) if (await this.#install(wish)) installed ??= wish;
    const none = 'configurations/: expected a Configuration that the plugin can install, received none';
    this.options.report(`${name} can be installed`, installed === undefined ? none : undefined);
    if (installed !== undefined && this.#isFirst()) await this.#fields(installed);
  }

  /** Those of the workspace, and as much as the distro can do of one that says something in every field. */
  async #wishes(): Promise<Wish[]> {
    const { distro, workspace } = this;
    const { spec, refused } = await supportedPart(distro, fullConfiguration);
    const full = await workspace.add(distro, spec);
    this.options.report(`${distro.name} cannot do, and says so: ${refused.join(', ') || 'nothing'}`);
    return [...workspace.configurations, full].flatMap((name) => {
      const configuration = workspace.application.store.snapshot.get('Configuration', name);
      const profile = workspace.application.store.snapshot.get('BootProfile', profileName(distro.name, name));
      return configuration && profile ? [{ configuration, profile }] : [];
    });
  }

  /** What the script of an installer that asks its questions must not say. */
  #plain(what: string, { kernel, initrds }: ScriptEnd): void {
    const { plugin, kernelArgs } = this.distro;
    const args = kernel?.args ?? '';
    const named = [...plugin.automation.keys()].find((file) => args.includes(file));
    const dangling = `boot: expected no answer file where nobody said how to install (url.automation is null then), received ${named}`;
    this.options.report(`${what}: its kernel asks for no answers`, named === undefined ? undefined : dangling);
    const missing = kernelArgs.find((argument) => !args.includes(argument));
    const forgotten = 'boot: expected {{ kernelArgs }} on the kernel command line, received a line without them';
    this.options.report(
      `${what}: the operator's kernel arguments are there`,
      missing === undefined ? undefined : forgotten,
    );
    const isJoined = initrds.some((url) => url.startsWith(`${kitUrls.server}/with-firmware/`));
    const alone = 'boot: expected the initrd by {{ url.initrd }}, to which firmware is joined, received another one';
    this.options.report(`${what}: its initrd is the one with firmware`, isJoined ? undefined : alone);
  }

  /** Of a product the fields are looked at once: that takes as long as all else. */
  #isFirst(): boolean {
    const { product } = this.distro.facts;
    if (this.workspace.examined.has(product)) return false;
    this.workspace.examined.add(product);
    return true;
  }

  /** Nothing that an operator asks for may be dropped in silence. */
  async #fields({ configuration, profile }: Wish): Promise<void> {
    const what = `${this.distro.name}: every field is heeded or refused`;
    try {
      const context = { ...this.#context, profile };
      const ignored = await ignoredFields(this.distro, configuration.spec, context);
      for (const finding of ignored) this.options.report(what, describeFinding(finding));
      if (ignored.length === 0) this.options.report(what);
    } catch (thrown) {
      this.options.report(what, asSerabutError(thrown).message);
    }
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
    if (end !== undefined) await this.#answers(what, wish, end);
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
    const context = { ...this.#context, profile, configuration: withPlaceholders(configuration) };
    const views = { boot: bootView(this.distro, context), automation: automationView(this.distro, context, '') };
    return [...templates].flatMap(([where, template]) => {
      if (where.startsWith('media')) return [];
      return unknownVariables(template, where === 'boot' ? views.boot : views.automation, plugin.parameters);
    });
  }

  /** The answer files, and all that they and the kernel are told to fetch here. */
  async #answers(what: string, wish: Wish, { kernel }: ScriptEnd): Promise<void> {
    const { plugin, name } = this.distro;
    const { server } = this.workspace.application;
    const texts = [kernel?.args ?? ''];
    if (plugin.automation.size > 0) this.#isTold(what, texts[0] ?? '');
    for (const file of plugin.automation.keys()) {
      const path = `/configuration/${wish.configuration.name}/automation/${name}/${file}?${queryOf(this.#machine)}`;
      const { status, text } = await ask(server, kitUrls.server + path, true);
      this.options.show?.(path, text);
      const problem = status === 200 ? checkSyntax(file, text) : text.trim();
      this.options.report(`${what}: ${file}`, problem);
      if (problem !== undefined) return;
      texts.push(text);
    }
    this.#reporting(what, texts);
    await this.#silent(what, wish);
    await this.#links(what, texts.join('\n'));
  }

  /** Where nobody listens nothing is reported, and nothing else is made of a null either. */
  async #silent(what: string, { configuration, profile }: Wish): Promise<void> {
    const text = await textsOf(this.distro, {
      ...this.#context,
      reportUrl: null,
      syslogPort: undefined,
      configuration,
      profile,
    });
    const [nonsense] = /\S*null\/(done|failed|progress)|\[object Object\]|\bundefined\b\S*/.exec(text) ?? [];
    const problem = `automation: expected nothing made of a value that is null or no text, received "${nonsense}"`;
    this.options.report(`${what}: no null is written`, nonsense === undefined ? undefined : problem);
  }

  /** Without a word of this server's answers on its command line the installer would ask its questions. */
  #isTold(what: string, args: string): void {
    const untold =
      'boot: expected the URL of the answers on the kernel command line ({{ url.automation }}), received none';
    this.options.report(
      `${what}: its kernel is told where the answers are`,
      args.includes('/configuration/') ? undefined : untold,
    );
  }

  /** An installer that runs no commands cannot report; any other shall. */
  #reporting(what: string, texts: readonly string[]): void {
    if (isWithout(this.distro.plugin.plugin, 'afterInstall') && !texts.some((text) => text.includes(kitUrls.report)))
      return;
    const isReporting = texts.some((text) => reportPattern.test(text));
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
      const hint = /needs the machine's/.test(said) ? ' Is {{ url.query }} behind its name?' : '';
      const problem = `${what}: expected ${url} to be there, received ${status}: ${said.trim()}${hint}`;
      if (status !== 200) this.options.report(`${what}: what it fetches`, problem);
      else count += 1;
    }
    this.options.report(`${what}: ${count} further URLs of this server are there`);
  }
}

/** The end is said by its URL, or by what a shell fills in behind it. */
const reportPattern = new RegExp(`${kitUrls.report.replaceAll('.', '\\.')}['"]{0,3}/(done|\\$)`);

const linkPattern = new RegExp(`${kitUrls.server.replaceAll('.', '\\.')}/[^\\s"'<>\\\\,;)\\]}|]*`, 'g');
