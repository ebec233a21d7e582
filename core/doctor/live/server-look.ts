import { SerabutError } from '../../errors.js';
import { megabytes, SPARE_BYTES } from '../../images/space.js';
import { shown } from '../judge/shown.js';
import type { LiveNotes } from './live-report.js';
import type { HttpAnswer, LiveTools } from './tools.js';

/** The boot program by TFTP. */
export async function lookAtTftp(
  notes: LiveNotes,
  tools: LiveTools,
  { server, file }: { server: string; file: string },
  sender: string,
): Promise<void> {
  const name = 'it gives the program (69)';
  try {
    const { length } = await tools.readTftp(server, file);
    notes.ok(name, `${shown(file)}, ${length} bytes`);
  } catch (error) {
    if (!(error instanceof SerabutError)) throw error;
    const cause = `${shown(file)} does not come from ${server} by TFTP: ${shown(error.message)}.`;
    if (!/nobody answered/.test(error.message)) notes.fail(name, 'loader-missing', cause);
    else notes.fail(name, server === sender ? 'tftp-silent' : 'wrong-next-server', cause);
  }
}

/** That the server is reached under the address that it tells machines, or under one that is given. */
export async function lookAtServer(notes: LiveNotes, tools: LiveTools, url: string): Promise<void> {
  const name = 'the server answers by HTTP';
  const { host } = new URL(url);
  let answer: HttpAnswer;
  try {
    answer = await tools.get(url);
  } catch (error) {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    notes.fail(name, 'address-unreachable', `${host} cannot be reached by HTTP: ${shown(why)}.`);
    return;
  }
  const { status, text, date } = answer;
  const said = shown(text.split('\n', 1)[0] ?? '');
  if (status === 503) notes.fail(name, 'server-not-ready', `${host} is not ready: ${said}`);
  else if (status >= 500) notes.fail(name, 'server-error', `${host} answers ${status}: ${said}`);
  else if (status >= 400) notes.fail(name, 'script-missing', `${host} answers ${status}: ${said}`);
  else notes.ok(name, `${host}: ${status}`);
  lookAtClock(notes, host, date, tools.now());
}

/** By how much clocks may differ, in milliseconds: the header has whole seconds, and the way takes its time. */
const tolerance = 60_000;

function lookAtClock(notes: LiveNotes, host: string, date: number | null, now: number): void {
  const name = 'its clock is that of this host';
  if (date === null) {
    notes.unknown(name, 'its answer has no date');
    return;
  }
  const seconds = Math.round((date - now) / 1000);
  if (Math.abs(date - now) <= tolerance) notes.ok(name, `${Math.abs(seconds)} s apart`);
  else {
    const [apart, way] = [Math.abs(seconds), seconds > 0 ? 'ahead of' : 'behind'];
    notes.fail(name, 'clock-off', `The clock of ${host} is ${apart} s ${way} the one of this host.`);
  }
}

/** Free space of a directory. Of one that is not there nothing is said but that. */
export async function lookAtSpace(notes: LiveNotes, tools: LiveTools, directory: string, what: string): Promise<void> {
  const name = `space for ${what}`;
  let free: number;
  try {
    free = await tools.free(directory);
  } catch {
    notes.unknown(name, `${directory} is not there`);
    return;
  }
  if (free >= SPARE_BYTES) notes.ok(name, `${megabytes(free)} are free at ${directory}`);
  else notes.fail(name, 'space-low', `Only ${megabytes(free)} are free at ${directory}.`);
}
