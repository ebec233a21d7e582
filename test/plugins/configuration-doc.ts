import { configurationFields, type FieldSchema } from '../../core/resources/configuration-fields.js';
import { type FieldRow, fieldRows } from './fields.js';

/** The tables of docs/configuration.md, by the name of the comment that stands before each. */
export function tables(): Record<'fields' | 'answers', string> {
  return { fields: fieldsTable(), answers: answersTable() };
}

/** The fields that hold a value, as against those that hold further fields. */
export const leaves = configurationFields.filter(
  ({ path }) =>
    !configurationFields.some((other) => other.path.startsWith(`${path}.`) || other.path.startsWith(`${path}[].`)),
);

function fieldsTable(): string {
  const lines = leaves.map(({ path, schema }) => {
    const about = fieldRows.find(({ field }) => field === path)?.about ?? '';
    const said =
      about === '' ? fieldRows.find(({ field }) => field === path.replace('otherDisk', 'disk'))?.about : about;
    return `| \`${path}\` | ${said} | ${wordsOf(schema)} | ${defaultOf(schema)} |`;
  });
  return ['| field | what it says | value | default |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

function wordsOf(schema: FieldSchema): string {
  const { expected, items, type } = schema;
  const words = expected ?? (items === undefined ? `${type}` : `a list of: ${items.expected ?? items.type}`);
  return words.replaceAll('|', '\\|');
}

function defaultOf({ default: value }: FieldSchema): string {
  if (value === undefined) return 'needed';
  if (value === null) return '';
  return `\`${JSON.stringify(value).replaceAll('"', '')}\``;
}

function answersTable(): string {
  const code = (text: string | null) => (text === null ? '— (a finding)' : `\`${text.replaceAll('|', '\\|')}\``);
  const lines = fieldRows.map(
    ({ field, debian, ubuntu, fedora }: FieldRow) =>
      `| \`${field}\` | ${[debian, ubuntu, fedora].map(code).join(' | ')} |`,
  );
  return ['| field | Debian | Ubuntu | Fedora and its kin |', '| --- | --- | --- | --- |', ...lines].join('\n');
}
