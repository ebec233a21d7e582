import { readFile, stat } from 'node:fs/promises';
import { type Document, parseAllDocuments } from 'yaml';

/** How much a YAML file may hold, in bytes; a longer one is refused before it is parsed. */
const fileLimit = 256 * 1024;

/** How many nodes the aliases of a document may stand for: few texts of some bytes could stand for gigabytes. */
const aliasLimit = 100;

/** A document of a YAML file: what it says, or why it says nothing. */
export type YamlDocument = { readonly value: unknown } | { readonly problems: readonly string[] };

/** The documents of a YAML file. One that cannot be read counts as one broken document. */
export async function readYaml(path: string): Promise<YamlDocument[]> {
  try {
    const stats = await stat(path);
    if (!stats.isFile() || stats.size > fileLimit) throw new Error(`it is no file of at most ${fileLimit} bytes`);
    const documents = parseAllDocuments(await readFile(path, 'utf8'), { prettyErrors: true });
    return Array.isArray(documents) ? documents.map((document) => toDocument(document)) : [];
  } catch (error) {
    return [{ problems: [(error as Error).message] }];
  }
}

function toDocument(document: Document.Parsed): YamlDocument {
  if (document.errors.length > 0) return { problems: document.errors.map(({ message }) => message) };
  try {
    const value: unknown = document.toJS({ maxAliasCount: aliasLimit });
    JSON.stringify(value); // Throws where an alias stands inside of what it stands for, which no message could show.
    return { value };
  } catch (error) {
    return { problems: [String(error)] };
  }
}
