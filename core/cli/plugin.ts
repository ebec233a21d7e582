import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { SerabutError } from '../errors.js';
import { type ExamineOptions, examinePlugin } from '../kit/examine.js';
import { forms, newPlugin } from '../kit/new-plugin.js';
import type { Terminal } from './terminal.js';

/** `serabut plugin …`: for those who write a distro plugin. */
export function pluginCommand(terminal: Terminal): Command {
  const command = new Command('plugin').description('write, check and test a distro plugin');
  command
    .command('new <name>')
    .description('write a plugin that works, with a listing and a Configuration to test it by')
    .addOption(new Option('--form <form>', 'what it is').choices(forms).default('directory'))
    .option('--into <dir>', 'where its directory is made', '.')
    .addHelpText('after', '\nExample:\n  $ serabut plugin new gentoo --form yaml')
    .action(async (name: string, { form, into }: { form: (typeof forms)[number]; into: string }) => {
      const directory = await newPlugin(name, form, resolve(into));
      terminal.out.write(`${directory} is a plugin now. Next: serabut plugin test ${directory}\n`);
    });
  command
    .command('check <dir>')
    .description('say what the loader says of a plugin; with an ISO also what a machine would get')
    .option('--iso <file>', 'hold it against this ISO')
    .addHelpText('after', '\nExample:\n  $ serabut plugin check ./gentoo --iso install-amd64-minimal.iso')
    .action(async (directory: string, { iso }: { iso?: string }) => {
      const show = (title: string, text: string) => terminal.out.write(`\n--- ${title}\n${text.trimEnd()}\n`);
      await examine(directory, { isos: iso === undefined ? [] : [iso], listings: undefined, show }, terminal);
    });
  command
    .command('test <dir>')
    .description(
      "hold a plugin against the ISOs of its listings/, the kit's Configurations and those of configurations/",
    )
    .option('--listings <dir>', 'where the listings are, in place of its own')
    .addHelpText('after', '\nExample:\n  $ serabut plugin test ./gentoo')
    .action(async (directory: string, { listings = join(directory, 'listings') }: { listings?: string }) => {
      await examine(directory, { isos: [], listings }, terminal);
    });
  return command;
}

async function examine(
  directory: string,
  options: Omit<ExamineOptions, 'report' | 'signal'>,
  { out, stopped }: Terminal,
): Promise<void> {
  let [passed, failed] = [0, 0];
  const report = (what: string, problem?: string): void => {
    if (problem === undefined) passed += 1;
    else failed += 1;
    out.write(`${problem === undefined ? 'ok    ' : 'not ok'} ${what}\n`);
    if (problem !== undefined) out.write(`       ${problem.trim().replaceAll('\n', '\n       ')}\n`);
  };
  await examinePlugin(resolve(directory), { ...options, report, signal: stopped });
  out.write(`${passed} passed, ${failed} failed\n`);
  if (failed === 0) return;
  throw new SerabutError('SERABUT_ERR_PLUGIN_INVALID', `${failed} of ${passed + failed} checks failed`, {
    where: directory,
  });
}
