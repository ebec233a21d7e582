import { readFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz, summary } from './runner.js';
import type { FuzzTarget, Seed } from './target.js';

export interface FuzzCommand {
  readonly name: string;
  /** The module that exports the `target`. */
  readonly module: URL;
  readonly seeds: () => Promise<Seed[]>;
}

/** The command line of a fuzzer. Sets the exit code: 1 if an invariant was broken. */
export async function runCommand(command: FuzzCommand, args: readonly string[] = process.argv.slice(2)): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string' },
      count: { type: 'string' },
      seed: { type: 'string' },
      processes: { type: 'string' },
      replay: { type: 'string' },
    },
  });
  if (values.replay !== undefined) return replay(command, values.replay);
  const seeds = await command.seeds();
  const seed = number(values.seed) ?? Date.now() % 2 ** 32;
  const directory = join(tmpdir(), `serabut-fuzz-${command.name}`);
  console.log(`seed ${seed}, ${seeds.length} inputs to begin with: ${seeds.map(({ name }) => name).join(', ')}`);
  const report = await fuzz({
    module: command.module,
    seeds,
    seed,
    count: number(values.count),
    seconds: number(values.seconds) ?? (values.count === undefined ? 60 : undefined),
    processes: number(values.processes) ?? availableParallelism(),
    directory,
    log: console.log,
  });
  console.log(summary(report));
  for (const { file, error } of report.failures) if (file) console.log(`${file}: ${error.split('\n')[0]}`);
  process.exitCode = report.failures.length > 0 ? 1 : 0;
}

async function replay({ module }: FuzzCommand, file: string): Promise<void> {
  const { target } = (await import(module.href)) as { target: FuzzTarget };
  const started = performance.now();
  console.log(await target.attempt(await readFile(file)));
  console.log(`${Math.round(performance.now() - started)} ms`);
  await target.close?.();
}

function number(value: string | undefined): number | undefined {
  if (value !== undefined && !/^\d+$/.test(value)) throw new Error(`${value} is no number`);
  return value === undefined ? undefined : Number(value);
}
