import { parseAllDocuments } from 'yaml';

/** What is wrong with the form of an answer file, as far as its name or its first line tells what it is. */
export function checkSyntax(file: string, text: string): string | undefined {
  try {
    if (file.endsWith('.json')) JSON.parse(text);
    if (/\.ya?ml$/.test(file) || text.startsWith('#cloud-config')) return yamlProblem(file, text);
    return undefined;
  } catch (error) {
    return `${file}: expected JSON, received ${String(error)}`;
  }
}

function yamlProblem(file: string, text: string): string | undefined {
  const documents = parseAllDocuments(text);
  const error = Array.isArray(documents) ? documents.flatMap(({ errors }) => errors)[0] : undefined;
  return error && `${file}: expected YAML, received ${error.message}`;
}
