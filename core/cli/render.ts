import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { type Application, compose } from '../compose.js';
import { parseExplanation } from '../errors.js';
import { dataOption, parseUrl } from './options.js';
import type { Terminal } from './terminal.js';

/**
 * `serabut render …`: prints what a machine would get, through the very routes that it would ask; placeholders stand in
 * place of secrets.
 */
export function renderCommand(terminal: Terminal): Command {
  const command = new Command('render').description('print what a machine would get');
  withCommon(command.command('boot <distro>'))
    .description('the iPXE script of a distro')
    .option('--profile <name>', 'BootProfile to install without a question')
    .addHelpText('after', '\nExample:\n  $ serabut render boot debian-13 --profile web --data ./data')
    .action(async (distro: string, options: Common & { profile?: string }) => {
      const query = queryOf(options, options.profile);
      await print(`/boot/${encodeURIComponent(distro)}?${query}`, options, terminal);
    });
  withCommon(command.command('automation <configuration> <distro> <file>'))
    .description('an answer file, such as preseed.cfg')
    .addHelpText('after', '\nExample:\n  $ serabut render automation web debian-13 preseed.cfg --data ./data')
    .action(async (configuration: string, distro: string, file: string, options: Common) => {
      const [config, name, answers] = [configuration, distro, file].map(encodeURIComponent);
      const path = `/configuration/${config}/automation/${name}/${answers}?${queryOf(options)}`;
      await print(path, options, terminal);
    });
  return command;
}

interface Machine {
  readonly mac?: string;
  readonly uuid?: string;
  readonly serial?: string;
  readonly platform?: string;
}

interface Common extends Machine {
  readonly data: string;
  readonly url: string;
  readonly proxy?: string;
}

/** The query that says of the machine what the options say. */
function queryOf({ mac, uuid, serial, platform }: Machine, profile?: string): string {
  const said = Object.entries({ profile, mac, uuid, serial, platform }).filter(([, value]) => value !== undefined);
  return said.map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`).join('&');
}

function withCommon(command: Command): Command {
  return command
    .addOption(dataOption())
    .option('--url <url>', 'URL of the server in the text', parseUrl, 'http://127.0.0.1:8080')
    .option('--proxy <url>', 'URL of the package proxy', parseUrl)
    .option('--mac <address>', 'MAC address that the machine says it has')
    .option('--uuid <uuid>', 'UUID of its firmware')
    .option('--serial <number>', 'serial number of its firmware')
    .addOption(new Option('--platform <kind>', 'kind of its firmware').choices(['efi', 'pcbios']));
}

async function print(path: string, options: Common, { out, err }: Terminal): Promise<void> {
  const settings = {
    url: options.url,
    proxy: options.proxy ?? null,
    defaultEntry: undefined,
    ipxeDirectory: '',
    preview: { report: null },
  };
  const application = await compose({ dataDirectory: resolve(options.data), settings, readOnly: true, logger: false });
  try {
    for (const { origin, error } of application.plugins.failed) {
      err.write(`Plugin not loaded: ${origin}\n  ${error.message}\n`);
    }
    await application.start();
    out.write(await answer(application, path));
  } finally {
    await application.close();
  }
}

async function answer({ server }: Application, path: string): Promise<string> {
  const response = await server.inject(path);
  if (response.statusCode === 200) return response.body;
  throw parseExplanation(response.body);
}
