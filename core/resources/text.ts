import Type, {
  type TBoolean,
  type TNull,
  type TObject,
  type TProperties,
  type TSchema,
  type TString,
  type TUnion,
  type TUnsafe,
} from '../typebox.js';

/**
 * Schemas of the texts that end up in answer files, command lines and URLs. Each says by `expected` what it wants, for
 * the findings. None lets a control character through: a line break in a field of one line would add a line to a
 * preseed file, or a command to a boot script. Unicode's further line breaks count: Python, in which Anaconda is
 * written, splits lines at them.
 */
export const control = '\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029';

export const text = (pattern: string, expected: string, maxLength = 255): TString =>
  Type.String({ pattern, maxLength, expected });

/** Any text of one line. */
export const line = (maxLength = 255): TString => text(`^[^${control}]*$`, 'a text of one line', maxLength);
/** A text of several lines, such as a script or a piece of an answer file: tabs and line feeds, no other control character. */
export const lines = (maxLength = 65_536): TString =>
  text(
    '^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$',
    'a text without control characters',
    maxLength,
  );
/** One argument of a kernel command line; not a word with which iPXE would begin another command or a comment
 * (core/exec.c). Its settings, such as `${net0/mac}`, are expanded. */
export const kernelArgument = (): TString =>
  text(`^(?!#|(\\|\\||&&|;)$)[^\\s${control}]+$`, 'one kernel argument without blanks', 1024);
/** How many characters the name of a resource may have. */
export const longestName = 100;
/** The name of a resource: a DNS label that may hold dots (RFC 1123), as Kubernetes has it. */
export const resourceName = (): TString =>
  text('^[a-z0-9]([-a-z0-9.]{0,98}[a-z0-9])?$', 'lower-case letters, digits, "-" and "."', longestName);
/** A host name without its domain (RFC 1123 §2.1), in which placeholders may stand for what the machine says. */
export const hostPattern = (): TString =>
  text(
    '^([A-Za-z0-9]|\\{(mac|serial|uuid)\\})(([-A-Za-z0-9]|\\{(mac|serial|uuid)\\})*([A-Za-z0-9]|\\{(mac|serial|uuid)\\}))?$',
    'a host name without a domain, such as web1 or node-{mac}; {serial} and {uuid} are known too',
    63,
  );
/** Six pairs of hexadecimal digits with colons between them, in lower case. */
export const macAddress = (): TString =>
  text('^[0-9a-f]{2}(:[0-9a-f]{2}){5}$', 'a MAC address in lower case such as 52:54:00:12:34:56', 17);
/** A UUID in lower case, as SMBIOS and iPXE have it. */
export const uuid = (): TString => text('^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', 'a UUID in lower case', 36);
/** A host name without its domain (RFC 1123 §2.1). */
export const plainHost = (): TString =>
  text('^[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$', 'a host name without a domain', 63);
/** A moment in UTC, to the millisecond (RFC 3339). */
export const instant = (): TString =>
  text(
    '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?Z$',
    'a time in UTC such as 2026-11-28T12:00:00.000Z',
    30,
  );
const octet = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)';
/** An IPv4 address. */
export const ipv4 = (): TString => text(`^${octet}(\\.${octet}){3}$`, 'an IPv4 address');
/** An IPv4 address with the length of its network's prefix. */
export const addressWithPrefix = (): TString =>
  text(`^${octet}(\\.${octet}){3}/([1-9]|[12]\\d|3[01])$`, 'an IPv4 address with its prefix such as 192.168.88.10/24');
/** A host name with or without a domain, or an IPv4 address, with a port where one is needed. */
export const host = (): TString =>
  text('^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:\\d{1,5})?$', 'a host name or address');
/** A user's name (shadow-utils' useradd(8)). */
export const userName = (): TString => text('^[a-z_][-a-z0-9_]{0,31}$', 'a user name in lower case', 32);
/** A group's name. */
export const groupName = (): TString => text('^[a-z_][-a-z0-9_]{0,31}$', 'a group name in lower case', 32);
/** What passwd(5) can hold of a person's name: no colon; and no comma, = or &, which chfn and Debian's installer drop. */
export const personName = (): TString =>
  text(`^(?! )[^${control}:,=&]+(?<! )$`, 'a name of one line without ":", ",", "=", "&" and blanks at its ends', 128);
/** A password as crypt(5) stores it, never in clear text. */
export const passwordHash = (): TString => text('^\\$[!-9;-~]+$', 'a password hash as of crypt(5), starting with "$"');
/** What a Secret holds for a variable of the environment. */
export const secretLine = (): TString => text(`^[^${control}]+$`, 'a text of one line', 4096);
/** A disk's passphrase as somebody types it. */
export const passphrase = (): TString =>
  text('^[!-~]( ?[!-~])*(?<!\\\\)$', 'ASCII characters without a blank or backslash at an end', 512);
/** The key of a value in a Secret, as Kubernetes has it; also the name of a file that is neither of the directories. */
export const secretKey = (): TString =>
  text('^[.]?[-A-Za-z0-9_][-A-Za-z0-9._]*$', 'letters, digits, "-", "_" and "."', 253);
/** The name of a variable of the environment (POSIX XBD §8.1), in capitals. */
export const variableName = (): TString => text('^[A-Z][A-Z0-9_]*$', 'a name in capitals', 64);
/** The name of a package. */
export const packageName = (): TString => text('^[A-Za-z0-9@][-A-Za-z0-9.+_:]*$', 'a package name');
/** An absolute path of POSIX without blanks. */
export const absolutePath = (): TString => text(`^/[^\\s${control}]*$`, 'an absolute path');
/** The name of a file directly in a directory of its own. */
export const fileName = (): TString => text('^[A-Za-z0-9][-A-Za-z0-9._+~]*$', 'a plain file name');

/** A field that may be left out: it is null then, so that a template can ask for it without being wrong. */
export const nullable = <T extends TSchema>(schema: T): TUnion<[T, TNull]> =>
  Type.Union([schema, Type.Null()], {
    default: null,
    expected: (schema as { expected?: string }).expected ?? 'a value',
  });

/** Where a value stands that is in no Configuration: the key of a Secret. */
export const secretReference = () =>
  Type.Object(
    { secretRef: Type.Object({ name: resourceName(), key: secretKey() }, { additionalProperties: false }) },
    { additionalProperties: false, expected: 'a reference such as {secretRef: {name: web, key: password}}' },
  );

/** A field whose value may stand in a Secret. */
export const orSecret = <T extends TString>(schema: T): TUnion<[T, ReturnType<typeof secretReference>]> =>
  Type.Union([schema, secretReference()], {
    expected: `${(schema as { expected?: string }).expected}; or a secretRef`,
  });

/** One of some words. */
export const oneOf = <const T extends readonly string[]>(...words: T): TUnsafe<T[number]> =>
  Type.Unsafe<T[number]>({
    type: 'string',
    enum: words,
    expected: `one of ${words.map((word) => `"${word}"`).join(', ')}`,
  });

/** A field that is true or false. */
export const switchable = (value: boolean): TBoolean => Type.Boolean({ default: value, expected: 'true or false' });

/** An object that may be left out, or given in part: what is missing has its default. */
export const part = <T extends TProperties>(properties: T): TObject<T> =>
  Type.Object(properties, { additionalProperties: false, default: {} });
