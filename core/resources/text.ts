import Type, { type TNull, type TSchema, type TString, type TUnion } from 'typebox';

/**
 * Schemas of the texts that end up in answer files, command lines and URLs. Each says by `expected` what it wants, for
 * the findings. None lets a control character through: a line break in a field of one line would add a line to a
 * preseed file, or a command to a boot script.
 */
const control = '\\u0000-\\u001f\\u007f';

const text = (pattern: string, expected: string, maxLength = 255): TString =>
  Type.String({ pattern, maxLength, expected });

/** Any text of one line. */
export const line = (maxLength = 255): TString => text(`^[^${control}]*$`, 'a text of one line', maxLength);
/** A text of several lines, such as a piece of an answer file. */
export const lines = (): TString => text('^[^\\u0000]*$', 'a text', 65_536);
/** One argument of a kernel command line; not a word with which iPXE would begin another command or a comment
 * (core/exec.c). Its settings, such as `${net0/mac}`, are expanded. */
export const kernelArgument = (): TString =>
  text(`^(?!#|(\\|\\||&&|;)$)[^\\s${control}]+$`, 'one kernel argument without blanks', 1024);
/** The name of a resource: a DNS label that may hold dots (RFC 1123), as Kubernetes has it. */
export const resourceName = (): TString =>
  text('^[a-z0-9]([-a-z0-9.]{0,98}[a-z0-9])?$', 'lower-case letters, digits, "-" and "."', 100);
/** A host name without its domain (RFC 1123 §2.1). */
export const hostLabel = (): TString =>
  text('^[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$', 'a host name without a domain', 63);
/** A host name with or without a domain, or an IPv4 address, with a port where one is needed. */
export const host = (): TString =>
  text('^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:\\d{1,5})?$', 'a host name or address');
/** A user's name (shadow-utils' useradd(8)). */
export const userName = (): TString => text('^[a-z_][-a-z0-9_]{0,31}$', 'a user name in lower case', 32);
/** A password as crypt(5) stores it, never in clear text. */
export const passwordHash = (): TString => text('^\\$[!-9;-~]+$', 'a password hash as of crypt(5), starting with "$"');
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
