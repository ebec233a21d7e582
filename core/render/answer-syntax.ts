import { parseYaml } from '../yaml-documents.js';

/** What is wrong with the form of an answer file, as far as its name or its first line tells what it is. */
export function checkSyntax(file: string, text: string): string | undefined {
  try {
    if (file.endsWith('.json')) JSON.parse(text);
    if (/\.ya?ml$/.test(file) || text.startsWith('#cloud-config')) return yamlProblem(file, text);
    return undefined;
  } catch (error) {
    return `${file}: expected ${file.endsWith('.json') ? 'JSON' : 'YAML'}, received ${String(error)}`;
  }
}

function yamlProblem(file: string, text: string): string | undefined {
  const [problem] = parseYaml(text).flatMap(({ problems }) => problems);
  return problem && `${file}: expected YAML, received ${problem}`;
}
