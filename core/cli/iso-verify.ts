import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import type { Finding, Verification } from '../checksums/verify-iso.js';
import { verifyIso } from '../checksums/verify-iso.js';
import { SerabutError } from '../errors.js';
import { printable } from '../iso/printable.js';
import { openVolume, type Volume } from '../iso/volume.js';
import { progressBar } from './progress.js';
import type { Terminal } from './terminal.js';

/** `serabut iso verify`: compares an ISO with the checksums that it carries of itself. */
export function isoVerifyCommand(terminal: Terminal): Command {
  return new Command('verify')
    .description("compare an ISO with its own checksums: md5sum.txt, .treeinfo, CHECKSUMS, and Fedora's implanted MD5")
    .argument('<file>')
    .option('--json', 'print the result for programs')
    .addHelpText(
      'after',
      `
Ends with 0 only if nothing differs and nothing is missing. Finds damage, not forgery:
signatures are not checked, and whoever changes a file can change its checksum.

Example:
  $ serabut iso verify debian.iso`,
    )
    .action((file: string, { json }: { json?: true }) => verify(file, json === true, terminal));
}

async function verify(file: string, json: boolean, { out, err, stopped }: Terminal): Promise<void> {
  const volume = await openVolume(resolve(file));
  const progress = json ? undefined : progressBar(err);
  try {
    const result = await verifyIso(volume, { signal: stopped, onProgress: progress?.update });
    progress?.stop();
    await pipeline(Readable.from(json ? [asJson(volume, result)] : report(result)), out, { end: false });
    if (!result.passed) throw differs(volume);
  } finally {
    progress?.stop();
  }
}

function differs(volume: Volume): SerabutError {
  const message = 'the ISO is not what its own checksums say';
  return new SerabutError('SERABUT_ERR_ISO_DIFFERS', message, { where: volume.file.path });
}

function* report({ lists, findings, image, counts, notChecked }: Verification): Generator<string> {
  for (const { path, entries, clearSigned, problems, problemCount } of lists) {
    const algorithms = [...new Set(entries.map(({ algorithm }) => algorithm))].join(', ');
    const signed = clearSigned ? ', clear-signed; the signature is not checked' : '';
    yield `${path}: ${entries.length} checksums (${algorithms || 'none'})${signed}\n`;
    for (const { line, why } of problems) yield `UNUSABLE  ${path}, line ${line}: ${why}\n`;
    if (problemCount > problems.length) yield `UNUSABLE  ${path}: ${problemCount - problems.length} more lines\n`;
  }
  for (const finding of findings) yield describe(finding);
  if (image !== undefined) {
    const said = image.actual === image.expected ? 'fits' : `DIFFERS: it is ${image.actual}, not ${image.expected}`;
    yield `The implanted MD5 of the whole image ${said}\n`;
  }
  for (const what of notChecked) yield `Not checked: ${what}\n`;
  const { fit, differ, missing, withoutChecksum } = counts;
  yield `${fit} files fit, ${differ} differ, ${missing} missing, ${withoutChecksum} without checksum\n`;
}

function describe({ kind, path, list, algorithm, expected, actual, likely }: Finding): string {
  const found = actual === undefined ? `in ${list}` : `${algorithm} is ${actual}, ${list} says ${expected}`;
  const reason = likely === undefined ? '' : `\n          likely: ${likely}`;
  return `${kind.toUpperCase().padEnd(8)}  ${printable(path)}\n          ${found}${reason}\n`;
}

function asJson({ file }: Volume, { lists, ...rest }: Verification): string {
  const shown = lists.map(({ entries, ...list }) => ({ ...list, checksums: entries.length }));
  return `${harmless(JSON.stringify({ file: file.path, lists: shown, ...rest }, undefined, 2))}\n`;
}

/** JSON itself escapes only the first 32 control characters; names out of an ISO may hold others. */
function harmless(json: string): string {
  const code = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return json.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (found) => found.split('').map(code).join(''));
}
