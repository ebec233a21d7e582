import { asLine } from './instant.js';
import { withoutTokens } from './tokens.js';

/** How many characters of a report are kept. */
const longest = 256;

/** What an installer says in a report, by its query or its body, as a text of one line without a token. */
export function reportText(query: string, body: string): string {
  const said = [...new URLSearchParams(query)].map(([name, value]) => value || name);
  return asLine(withoutTokens([...said, bodyText(body.trim())].join(' ')), longest);
}

/**
 * A text, or the event of a webhook as Ubuntu's installer sends it (curtin, reporter/events.py). Its description is left
 * out: of a late command it is the command, with the secrets in it.
 */
function bodyText(body: string): string {
  if (!body.startsWith('{')) return body;
  try {
    const { name, event_type: type, result } = JSON.parse(body) as Record<string, unknown>;
    return [name, type, result].filter((part) => typeof part === 'string').join(' ');
  } catch {
    return '';
  }
}
