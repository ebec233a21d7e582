import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { SerabutError } from '../errors.js';
import type { ImageView } from '../operator/image-view.js';
import { ApiClient, addClientOptions, type ClientOptions, plain } from './api-client.js';
import { progressBar } from './progress.js';
import type { Terminal } from './terminal.js';

interface AddOptions extends ClientOptions {
  readonly name: string;
  readonly type?: string;
  readonly path?: string;
  readonly sha256?: string;
  readonly sums?: string;
  readonly signature?: string;
  readonly keyring?: string;
  readonly wait: boolean;
}

/** `serabut image …`: images of a running server. */
export function imageCommand(terminal: Terminal): Command {
  const command = new Command('image').description('images of a running server');
  const add = new Command('add')
    .description('have the server download an image, and follow it')
    .argument('<url>', 'http or https URL of the ISO or firmware archive')
    .requiredOption('--name <name>', 'name of the Image')
    .option('--sha256 <hex>', 'its SHA-256, as its publisher gives it')
    .option('--sums <url>', 'URL of the list of checksums that is published beside it, in place of --sha256')
    .option('--signature <url>', 'URL of the detached signature of that list')
    .option('--keyring <file>', 'file in keyrings/ of the data directory with the keys that may have signed it')
    .option('--type <type>', 'iso or firmware; iso when left out')
    .option('--path <file>', 'name of the file; the last part of the URL when left out')
    .option('--no-wait', 'do not follow the download')
    .addHelpText(
      'after',
      `
Example:
  $ serabut image add https://example.org/debian.iso --name debian --sums https://example.org/SHA256SUMS --token-file token`,
    );
  addClientOptions(add).action((url: string, options: AddOptions) => {
    if ((options.sha256 === undefined) === (options.sums === undefined)) {
      add.error('error: say by either --sha256 HEX or --sums URL what the image must be.');
    }
    return addImage(url, options, terminal);
  });
  return command.addCommand(add);
}

async function addImage(url: string, options: AddOptions, terminal: Terminal): Promise<void> {
  const client = await ApiClient.open(options, terminal.stopped);
  const { name, type, path, sha256, sums, signature, keyring } = options;
  const checksums = sums === undefined ? undefined : { url: sums, signature, keyring };
  const { where } = await client.ask<{ where: string }>('POST', '/images', {
    name,
    url,
    type,
    path,
    sha256,
    checksums,
  });
  terminal.out.write(`Image ${name} is added (${plain(where)}).\n`);
  if (!options.wait) {
    terminal.out.write(`Next: serabut get images ${name}\n`);
    return;
  }
  const { recognised } = await follow(name, client, terminal);
  const what = recognised === null ? '' : `: ${plain(recognised)}`;
  terminal.out.write(`Image ${name} is ready${what}.\nNext: serabut get distros\n`);
}

/** How often is asked how far a download is, in milliseconds, and how often an Image may not be listed yet. */
const askMs = 500;
const mostAbsent = 60;

/** Resolves when the Image is ready. Throws what is wrong with it; the server goes on trying what may pass. */
async function follow(name: string, client: ApiClient, { err, stopped }: Terminal): Promise<ImageView> {
  const bar = progressBar(err);
  let absent = 0;
  try {
    for (;;) {
      const { items } = await client.ask<{ items: ImageView[] }>('GET', '/images');
      const image = items.find((one) => one.name === name);
      absent = image === undefined ? absent + 1 : 0;
      if (image?.state === 'ready') return image;
      if (image?.state === 'failed' || absent > mostAbsent)
        throw failed(name, image?.problem ?? 'the server does not list it');
      if (image !== undefined) bar.update(image.downloadedBytes ?? 0, image.size ?? 0);
      await delay(askMs, undefined, { signal: stopped }).catch(() => Promise.reject(stopped.reason));
    }
  } finally {
    bar.stop();
  }
}

function failed(name: string, problem: string): SerabutError {
  const message = `Image ${name}: ${plain(problem)} Next: serabut get images ${name}`;
  return new SerabutError('SERABUT_ERR_IMAGE_DOWNLOAD', message);
}
