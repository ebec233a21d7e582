import { Document, isMap, isScalar, type YAMLMap } from 'yaml';
import { parseYaml } from '../yaml-documents.js';

/**
 * A YAML text with another one laid over it. Comments stay, and a JSON text stays JSON. Throws when either is no YAML or
 * no mapping.
 */
export function mergeYaml(base: string, other: string): string {
  const over = parsed(other, 'the addition');
  if (over.contents === null) return base;
  const document = parsed(base, 'the answer file');
  mergeMap(document, mapOf(document, 'the answer file'), mapOf(over, 'the addition'));
  if (isJson(base)) return `${JSON.stringify(document.toJS(), undefined, 2)}\n`;
  return written(document);
}

/** What can be read can not always be written: bytes (`!!binary`) have no tag in YAML 1.2. */
function written(document: Document): string {
  try {
    return document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: 65_536 });
  } catch (cause) {
    throw new Error(`the whole is no YAML any more: ${(cause as Error).message}`, { cause });
  }
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

function parsed(text: string, what: string): Document {
  const [first, ...others] = parseYaml(text);
  const problem = others.length > 0 ? 'it holds more than one document' : first?.problems[0];
  if (problem !== undefined) throw new Error(`${what} is no YAML: ${problem}`);
  return first?.document ?? new Document();
}

function mapOf({ contents }: Document, what: string): YAMLMap {
  if (isMap(contents)) return contents;
  throw new Error(`${what} is no mapping of YAML`);
}

function mergeMap(document: Document, into: YAMLMap, from: YAMLMap): void {
  for (const { key, value } of from.items) {
    const name = isScalar(key) ? key.value : key;
    const known = into.get(name, true);
    if (isMap(known) && isMap(value)) mergeMap(document, known, value);
    else into.set(document.createNode(name), value);
  }
}
