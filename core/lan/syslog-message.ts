/** What of a message of syslog is looked at. */
export interface SyslogMessage {
  /** 0 for emergencies to 7 for debugging (RFC 5424 §6.2.1); undefined where none is said. */
  readonly severity: number | undefined;
  /** Which program said it, without the number of its process; empty where none is named. */
  readonly program: string;
  readonly text: string;
}

const priority = /^<(\d{1,3})>/;
/** RFC 3164 §4.1.2, and what rsyslog writes instead. */
const time = /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,15}(?:Z|[+-]\d\d:\d\d)?) /;
/** RFC 3164 §5.3: the tag ends at what is no letter or digit; there may be a process in brackets. */
const tag = /^([^\s:[\]]{1,64})(?:\[[^\s\]]{0,64}\])?: ?/;
const word = /^(\S{1,255}) +/;

/**
 * Reads a message of RFC 5424, or one as programs have always written it (RFC 3164), in which nearly everything may be
 * missing: what has no known form is a text. Never throws; each step looks at a bounded beginning of what is left.
 */
export function parseSyslog(message: string): SyslogMessage {
  const [head = '', code] = priority.exec(message) ?? [];
  const severity = code === undefined || Number(code) > 191 ? undefined : Number(code) % 8;
  const rest = message.slice(head.length);
  const { program, text } = rest.startsWith('1 ') ? structured(rest) : traditional(rest);
  return { severity, program, text: text.trim() };
}

/** `1 TIME HOST PROGRAM PROCESS ID STRUCTURED-DATA TEXT` (RFC 5424 §6). */
function structured(message: string): Omit<SyslogMessage, 'severity'> {
  let rest = message;
  let program = '';
  for (let field = 0; field < 6; field++) {
    const [found, value = ''] = word.exec(rest) ?? [];
    if (found === undefined) return traditional(message);
    if (field === 3) program = value === '-' ? '' : value.slice(0, 64);
    rest = rest.slice(found.length);
  }
  return { program, text: rest.slice(dataLength(rest)).replace(/^\s?\ufeff?/, '') };
}

/** The length of the structured data: `-`, or elements in brackets, whose values escape a bracket (RFC 5424 §6.3). */
function dataLength(text: string): number {
  if (!text.startsWith('[')) return text.startsWith('-') ? 1 : 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') isQuoted = !isQuoted;
    else if (!isQuoted && text[at] === ']' && text[at + 1] !== '[') return at + 1;
  }
  return 0;
}

/** `TIME HOST PROGRAM[PROCESS]: TEXT`. BusyBox, and thus Debian's installer, leaves the host out. */
function traditional(message: string): Omit<SyslogMessage, 'severity'> {
  const [stamp = ''] = time.exec(message) ?? [];
  const rest = message.slice(stamp.length);
  const [named, own] = tag.exec(rest) ?? [];
  if (named !== undefined) return { program: own ?? '', text: rest.slice(named.length) };
  const [host = ''] = stamp === '' ? [] : (word.exec(rest) ?? []);
  const [tagged = '', program = ''] = tag.exec(rest.slice(host.length)) ?? [];
  // A word that is followed by no tag is no host, but the beginning of the text.
  return { program, text: tagged === '' ? rest : rest.slice(host.length + tagged.length) };
}
