import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { SerabutError } from '../errors.js';
import { readSource, sliceSource } from '../http/byte-source.js';
import { quote } from '../iso/failures.js';
import { isoFileSource, lookup, walk } from '../iso/lookup.js';
import { printable } from '../iso/printable.js';
import type { IsoFile } from '../iso/tree.js';
import { openVolume, type Volume } from '../iso/volume.js';
import { recognise } from '../plugin/recognise.js';
import { PluginRegistry } from '../plugin/registry.js';
import { pluginSources } from '../plugin/sources.js';
import { createRenderer } from '../render/liquid.js';
import { isoVerifyCommand } from './iso-verify.js';
import { dataOption } from './options.js';
import type { Terminal } from './terminal.js';

/** How much of a file is read at once, in bytes. */
const chunk = 1024 * 1024;

/** `serabut iso …`: looks into ISO files without a server. */
export function isoCommand(terminal: Terminal): Command {
  const { out, err } = terminal;
  const command = new Command('iso').description('look into an ISO file');
  command
    .command('ls <file> [path]')
    .description('list every file below a path, with its size in bytes')
    .addHelpText('after', '\nExample:\n  $ serabut iso ls debian.iso /.disk')
    .action(async (file: string, path = '') => {
      const volume = await openVolume(resolve(file));
      const node = lookup(volume, path);
      if (node === volume.root) err.write(remarks(volume, file));
      const rows = node.kind === 'file' ? [{ path: node.name, node }] : walk(node);
      await pipeline(Readable.from(listing(rows)), out, { end: false });
    });
  command
    .command('cat <file> <path>')
    .description('write one file of the ISO to standard output')
    .addHelpText('after', '\nExample:\n  $ serabut iso cat debian.iso /.disk/info')
    .action(async (file: string, path: string) => {
      const volume = await openVolume(resolve(file));
      const node = lookup(volume, path);
      if (node.kind !== 'file') throw new SerabutError('SERABUT_ERR_FILE_NOT_FOUND', `${path} is a directory`);
      await pipeline(Readable.from(chunks(volume, node)), out, { end: false });
    });
  command
    .command('recognise <file>')
    .description('say which plugin knows the ISO, and what it takes it for')
    .addOption(dataOption())
    .addHelpText('after', '\nExample:\n  $ serabut iso recognise debian.iso')
    .action(async (file: string, { data }: { data: string }) => {
      const plugins = await PluginRegistry.load(pluginSources(resolve(data)), createRenderer());
      for (const { origin, error } of plugins.failed) err.write(`Plugin not loaded: ${origin}\n  ${error.message}\n`);
      plugins.close();
      const volume = await openVolume(resolve(file));
      err.write(remarks(volume, file));
      const found = await recognise(volume, plugins.loaded);
      if (found === undefined) {
        const message = `no plugin recognises ${file} (volume ${quote(volume.volumeId)})`;
        throw new SerabutError('SERABUT_ERR_DISTRO_NOT_READY', message);
      }
      const { product, release, codename, edition, arch } = found.facts;
      const rows = {
        plugin: found.by.plugin.id,
        product,
        release,
        codename,
        edition,
        arch,
        volume: quote(volume.volumeId),
      };
      for (const [name, value] of Object.entries(rows)) out.write(`${name.padEnd(10)}${value}\n`);
    });
  return command.addCommand(isoVerifyCommand(terminal));
}

/** What the list of a volume's files does not tell. */
function remarks({ boot, notes }: Volume, file: string): string {
  const names = boot === undefined ? [] : [...boot.children.values()].map((node) => `.boot/${node.name}`);
  const hint = `The boot images are listed apart (${names.join(', ')}): serabut iso ls ${file} .boot\n`;
  return [...(names.length > 0 ? [hint] : []), ...notes.map((note) => `Note: ${note}\n`)].join('');
}

function* listing(
  rows: Iterable<{ path: string; node: ReturnType<typeof lookup> | { kind: 'symlink'; target: string } }>,
) {
  for (const { path, node } of rows) {
    const size = node.kind === 'file' ? String(node.size) : '-';
    const mark = node.kind === 'directory' ? '/' : node.kind === 'symlink' ? ` -> ${node.target}` : '';
    yield `${size.padStart(12)}  ${printable(path + mark)}\n`;
  }
}

async function* chunks(volume: Volume, file: IsoFile): AsyncGenerator<Buffer> {
  const source = isoFileSource(volume, file);
  for (let at = 0; at < source.length; at += chunk) {
    yield await readSource(sliceSource(source, at, Math.min(at + chunk, source.length)), chunk);
  }
}
