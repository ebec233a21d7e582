import { readFile, stat } from 'node:fs/promises';
import { type ParsedYaml, parseYaml } from '../yaml-documents.js';

/** How much a text file may hold, in bytes; a longer one is refused before it is read. */
const fileLimit = 256 * 1024;

/** How many nodes the aliases of a document may stand for: few texts of some bytes could stand for gigabytes. */
const aliasLimit = 100;

/** A document of a YAML file: what it says, or why it says nothing. */
export type YamlDocument = { readonly value: unknown } | { readonly problems: readonly string[] };

/** A text file of bounded length. What is no regular file is refused before it is opened: a pipe would wait for a writer. */
export async function readSmallFile(path: string): Promise<string> {
  const stats = await stat(path);
  if (!stats.isFile() || stats.size > fileLimit) throw new Error(`it is no file of at most ${fileLimit} bytes`);
  return readFile(path, 'utf8');
}

/** The documents of a YAML file. One that cannot be read counts as one broken document. */
export async function readYaml(path: string): Promise<YamlDocument[]> {
  try {
    return yamlDocuments(await readSmallFile(path));
  } catch (error) {
    return [{ problems: [(error as Error).message] }];
  }
}

/** The documents of a text. One that cannot be parsed at all counts as one broken document. */
export function yamlDocuments(text: string): YamlDocument[] {
  try {
    return parseYaml(text).map(toDocument);
  } catch (error) {
    return [{ problems: [(error as Error).message] }];
  }
}

function toDocument({ document, problems }: ParsedYaml): YamlDocument {
  if (problems.length > 0) return { problems };
  try {
    const value: unknown = document.toJS({ maxAliasCount: aliasLimit });
    JSON.stringify(value); // Throws where an alias stands inside of what it stands for, which no message could show.
    return { value };
  } catch (error) {
    return { problems: [String(error)] };
  }
}
