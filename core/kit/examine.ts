import { asSerabutError } from '../errors.js';
import type { IsoFacts } from '../plugin/contract.js';
import { recognise, whyUnknown } from '../plugin/recognise.js';
import { Installations } from './installations.js';
import { makeWorkspace, type Sample, type Workspace } from './workspace.js';

/** Takes each thing that was looked at; `problem` says what is wrong with it. */
export type Report = (what: string, problem?: string) => void;

export interface ExamineOptions {
  /** Real ISO files. */
  readonly isos: readonly string[];
  /** The directory with the listings to hold against it; none when it is left out. */
  readonly listings: string | undefined;
  readonly report: Report;
  /** Ends it in the middle. */
  readonly signal?: AbortSignal;
  /** Takes each text that a machine would get. */
  show?(title: string, text: string): void;
}

/**
 * Holds a plugin against everything that can be known without a machine: its form, its templates, its ISOs, what it
 * makes of Configurations, and what a machine does with that. Each problem is reported once, where it first shows.
 */
export async function examinePlugin(directory: string, options: ExamineOptions): Promise<void> {
  const workspace = await makeWorkspace(directory, options);
  const said = new Set<string>();
  const report: Report = (what, problem) => {
    const isNew = problem === undefined || !said.has(essence(problem));
    if (problem !== undefined) said.add(essence(problem));
    if (isNew) options.report(what, problem);
  };
  const aborted = options.signal === undefined ? [] : [untilAborted(options.signal)];
  try {
    await Promise.race([examineAll(workspace, { ...options, report }), ...aborted]);
  } finally {
    await workspace.remove();
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function examineAll(workspace: Workspace, options: ExamineOptions): Promise<void> {
  if (!isLoaded(workspace, options.report)) return;
  if (options.listings !== undefined && workspace.samples.length === 0) {
    options.report('there is a listing', 'listings/: expected at least one listing of an ISO, received none');
  }
  for (const sample of workspace.samples) await examineSample(sample, workspace, options);
}

/** What is the same of one problem wherever it shows: the error, not the URL that answered with it. */
function essence(problem: string): string {
  const [, said = problem] = /SERABUT_ERR_\w+: (.*?)(\n {2}|$)/s.exec(problem) ?? [];
  return said;
}

function isLoaded({ application: { plugins } }: Workspace, report: Report): boolean {
  for (const { error, origin } of plugins.failed) {
    report('the plugin can be loaded', `${error.message}\nat ${error.where ?? origin}`);
  }
  const [loaded] = plugins.loaded;
  if (loaded !== undefined) report(`the plugin "${loaded.plugin.id}" can be loaded`);
  return loaded !== undefined;
}

async function examineSample(sample: Sample, workspace: Workspace, options: ExamineOptions): Promise<void> {
  const { catalogue } = workspace.application;
  const { iso } = sample;
  if (!(await isRecognised(sample, workspace, options.report))) return;
  try {
    const distro = await catalogue.distro(sample.distro);
    options.report(`${iso} has ${distro.medium.kernel} and ${distro.medium.initrd}`);
    await new Installations(distro, workspace, options).examine();
  } catch (thrown) {
    options.report(`${iso} has what the plugin declares`, asSerabutError(thrown).message);
  }
}

/** Whether the plugin takes the ISO for what it is; false as well where it rightly leaves it alone. */
async function isRecognised({ iso, expect }: Sample, workspace: Workspace, report: Report): Promise<boolean> {
  const { library, plugins } = workspace.application;
  try {
    const facts = (await recognise(library.volume(iso), plugins.loaded))?.facts;
    if (expect === null) {
      report(`${iso} is left alone`, facts && `${iso}: expected nothing, it was taken for ${words(facts)}`);
      return false;
    }
    if (facts === undefined) {
      const [loaded] = plugins.loaded;
      const reasons = loaded === undefined ? [] : await whyUnknown(library.volume(iso), loaded);
      report(`${iso} is recognised`, `no look fits ${iso}:\n  - ${reasons.join('\n  - ')}`);
      return false;
    }
    const wrong = Object.entries(expect ?? {}).filter(([name, value]) => facts[name as keyof IsoFacts] !== value);
    const expected = wrong.map(([name, value]) => `${name} "${value}"`).join(', ');
    const problem = wrong.length === 0 ? undefined : `${iso}: expected ${expected}, received ${words(facts)}`;
    report(`${iso} is recognised as ${words(facts)}`, problem);
    return true;
  } catch (thrown) {
    report(`${iso} can be read`, asSerabutError(thrown).message);
    return false;
  }
}

function words(facts: object): string {
  return Object.values(facts)
    .filter((fact) => fact !== '')
    .join(' ');
}
