/**
 * Every error that Serabut shows to a person, as one table: code → HTTP status and remedy.
 * `docs/errors.md` has a section for each code; a test compares the two in both directions.
 *
 * 404 says that the thing does not exist, 503 that it is not there yet (iPXE waits and asks again by itself),
 * 500 that Serabut or its data is at fault.
 */
export const errorTable = {
  SERABUT_ERR_ACTIONS_OFF: {
    status: 403,
    remedy:
      'Start the server with --operator-token-file FILE (in the chart operator.tokenSecret), one NAME:TOKEN a line.',
  },
  SERABUT_ERR_BAD_REQUEST: { status: 400, remedy: 'Correct the request as the message says.' },
  SERABUT_ERR_BUSY: { status: 503, remedy: 'Ask again later; if it stays, allow more open files (ulimit -n).' },
  SERABUT_ERR_CACHE_SPACE: { status: 500, remedy: 'Give Squid a larger volume, or make its cache smaller.' },
  SERABUT_ERR_CAPTURE: { status: 500, remedy: 'Record it again, as docs/doctor.md shows.' },
  SERABUT_ERR_CHECKSUM_LIST: {
    status: 500,
    remedy: 'Get the list, or the ISO that holds it, again from its publisher.',
  },
  SERABUT_ERR_CHILD_FAILED: { status: 500, remedy: 'Read the lines that the program printed before it ended.' },
  SERABUT_ERR_CONFIGURATION_NOT_FOUND: { status: 404, remedy: 'Add a Configuration of this name to resources/.' },
  SERABUT_ERR_CONFLICT: { status: 503, remedy: 'Nothing: somebody else was faster, ask again.' },
  SERABUT_ERR_DATA_TAKEN: {
    status: 500,
    remedy: 'Stop the other server, or give this one a data directory of its own.',
  },
  SERABUT_ERR_DISTRO_NOT_FOUND: { status: 404, remedy: 'Ask /boot for the list of what can be booted.' },
  SERABUT_ERR_DISTRO_NOT_READY: { status: 500, remedy: 'Mend the resource or image that the message names.' },
  SERABUT_ERR_FILE_CHANGED: { status: 503, remedy: 'Nothing: the file was just replaced, ask again.' },
  SERABUT_ERR_FILE_NOT_FOUND: { status: 404, remedy: 'Check the path; the listing of its directory helps.' },
  SERABUT_ERR_FILE_UNREADABLE: {
    status: 503,
    remedy: 'See to the disk, the file server or the permissions; it is read again by itself.',
  },
  SERABUT_ERR_FOREIGN_FORM: { status: 403, remedy: 'Load the page again and send its form anew.' },
  SERABUT_ERR_IMAGE_DIFFERS: {
    status: 500,
    remedy: "Compare the checksum with the publisher's; if that is right, what the server at the URL sends is not.",
  },
  SERABUT_ERR_IMAGE_DOWNLOAD: {
    status: 503,
    remedy: 'See to what the message names; it is tried again by itself, and what has arrived is kept.',
  },
  SERABUT_ERR_IMAGE_EXISTS: { status: 409, remedy: 'Take another name, or change the Image that is there.' },
  SERABUT_ERR_IMAGE_IN_THE_WAY: {
    status: 409,
    remedy: 'Remove or rename that file, or give the Image another path; nothing was overwritten.',
  },
  SERABUT_ERR_IMAGE_NOT_LISTED: {
    status: 500,
    remedy: 'Correct checksums.url: the list must be the one that is published beside this very image.',
  },
  SERABUT_ERR_IMAGE_SIGNATURE: {
    status: 500,
    remedy: 'Do not use the image before checksums.signature and checksums.keyring are known to be the right ones.',
  },
  SERABUT_ERR_IMAGE_SPACE: {
    status: 500,
    remedy: 'Free space or enlarge the volume; the download then goes on by itself.',
  },
  SERABUT_ERR_INTERNAL: { status: 500, remedy: 'Report it with the lines that the server logged.' },
  SERABUT_ERR_ISO_DAMAGED: { status: 500, remedy: 'Copy the ISO again and compare its checksum.' },
  SERABUT_ERR_ISO_DIFFERS: { status: 500, remedy: 'Get the ISO again, unless a likely reason explains each finding.' },
  SERABUT_ERR_ISO_NOT_FOUND: { status: 404, remedy: 'Put the ISO into isos/ of the data directory.' },
  SERABUT_ERR_ISO_NO_CHECKSUMS: {
    status: 404,
    remedy: 'Compare the whole ISO with the checksum that its publisher gives.',
  },
  SERABUT_ERR_ISO_PREPARING: { status: 503, remedy: 'Nothing: the ISO is being copied or indexed, ask again.' },
  SERABUT_ERR_ISO_UDF_ONLY: {
    status: 500,
    remedy: 'Use an ISO 9660 image; UDF, as Windows media have it, is not read.',
  },
  SERABUT_ERR_ISO_UNSUPPORTED: { status: 500, remedy: 'Use the ISO 9660 image that the distribution publishes.' },
  SERABUT_ERR_LAN: { status: 500, remedy: 'Name an interface that has an IPv4 address on the boot LAN.' },
  SERABUT_ERR_LAN_LOST: {
    status: 503,
    remedy: 'See to the interface and to the DHCP server that gives it an address; until then no machine can boot.',
  },
  SERABUT_ERR_MACHINE_NOT_FOUND: { status: 404, remedy: 'List the names: serabut get machines.' },
  SERABUT_ERR_MACHINE_STATE: { status: 409, remedy: 'See how the Machine stands: serabut describe machine NAME.' },
  SERABUT_ERR_NAME_NOT_FOUND: { status: 404, remedy: 'List the names: serabut get images, distros or plugins.' },
  SERABUT_ERR_NEEDS_INSTALLATION: {
    status: 403,
    remedy: 'Install a Machine with it: raise spec.install.generation, and let it boot.',
  },
  SERABUT_ERR_NOT_INSTALLING: {
    status: 409,
    remedy: 'Raise spec.install.generation of the Machine to install it, and let it boot from the network.',
  },
  SERABUT_ERR_NOT_PERMITTED: {
    status: 403,
    remedy: 'Do it yourself as the message says, or give the server the right to (operator.tokenSecret of the chart).',
  },
  SERABUT_ERR_OPERATOR_TOKEN: {
    status: 401,
    remedy: 'Send the token that stands in the file of the server: --token-file FILE, or Authorization: Bearer TOKEN.',
  },
  SERABUT_ERR_PATH_INVALID: { status: 400, remedy: 'Use a plain path without "..", NUL or a backslash.' },
  SERABUT_ERR_PLUGIN_FAILED: { status: 500, remedy: 'Mend the plugin; the cause is in the message.' },
  SERABUT_ERR_PLUGIN_INVALID: { status: 500, remedy: 'Mend each finding; docs/plugin-authors.md has the contract.' },
  SERABUT_ERR_POD_NOT_READY: {
    status: 500,
    remedy: 'See to what the message names; kubectl describe and kubectl logs of the pod say more.',
  },
  SERABUT_ERR_PORT_TAKEN: {
    status: 500,
    remedy: 'Stop the program that has it, take another port by --port, or boot machines from another host.',
  },
  SERABUT_ERR_PRECONDITION: { status: 412, remedy: 'Ask again without the condition, or with the present ETag.' },
  SERABUT_ERR_PROFILE_NOT_FOUND: { status: 404, remedy: 'Add a BootProfile of this name to resources/.' },
  SERABUT_ERR_RANGE: { status: 416, remedy: 'Ask for a range inside the length that Content-Range gives.' },
  SERABUT_ERR_READ_ONLY: { status: 409, remedy: 'Change the file that the message names.' },
  SERABUT_ERR_RESOURCE_INVALID: { status: 500, remedy: 'Mend each finding in the YAML file it names.' },
  SERABUT_ERR_ROUTE_NOT_FOUND: { status: 404, remedy: 'See the routes in docs/http.md.' },
  SERABUT_ERR_SECRET: { status: 500, remedy: 'Mend the Secret, or the reference to it, that the message names.' },
  SERABUT_ERR_SIMULATION: {
    status: 500,
    remedy: 'A machine would fail in the same way; see to what the message names.',
  },
  SERABUT_ERR_STORE: {
    status: 503,
    remedy: 'See to the disk or the API server that the message names; it is tried again by itself.',
  },
  SERABUT_ERR_TEMPLATE: { status: 500, remedy: 'Mend the template at the line that the message names.' },
  SERABUT_ERR_TOKEN: { status: 403, remedy: 'Let the machine boot from the network again, if it is to be installed.' },
  SERABUT_ERR_TOO_MANY_GUESSES: { status: 429, remedy: 'Wait a minute, and see which program asks.' },
  SERABUT_ERR_UNREACHABLE: {
    status: 503,
    remedy: 'See that the server runs, and name it by --server URL.',
  },
} as const satisfies Record<string, { status: number; remedy: string }>;

export type ErrorCode = keyof typeof errorTable;

/** What else is known of an error: where it is, what caused it, after how many seconds asking again makes sense. */
export interface ErrorDetails {
  readonly where?: string;
  readonly cause?: unknown;
  readonly retryAfter?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The one error class. `message` says what is wrong; the text for people is made by {@link explain}. */
export class SerabutError extends Error {
  override readonly name = 'SerabutError';
  readonly where: string | undefined;
  readonly retryAfter: number | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(message, { cause: details.cause });
    this.where = details.where;
    this.retryAfter = details.retryAfter;
    this.headers = details.headers ?? {};
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  get remedy(): string {
    return errorTable[this.code].remedy;
  }
}

/** The whole error as short plain text: code, what, where, what to do. */
export function explain(error: SerabutError): string {
  const where = error.where === undefined ? '' : `\n  at ${error.where}`;
  return `${error.code}: ${error.message}${where}\n  ${error.remedy}\n`;
}

/** The error that a text of {@link explain} is of; an internal error with the whole text if it is of none. */
export function parseExplanation(text: string): SerabutError {
  const code = /^(SERABUT_ERR_\w+): /.exec(text)?.[1] ?? '';
  if (!isErrorCode(code)) return new SerabutError('SERABUT_ERR_INTERNAL', text);
  const remedy = `\n  ${errorTable[code].remedy}\n`;
  const said = text.slice(code.length + 2, text.endsWith(remedy) ? -remedy.length : undefined);
  const [, message = said, where] = /^(.*)\n {2}at (.*)$/s.exec(said) ?? [];
  return new SerabutError(code, message, where === undefined ? {} : { where });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}

/** Anything that was thrown, as a SerabutError: its own kind as it is, all else as an internal error with its cause. */
export function asSerabutError(thrown: unknown): SerabutError {
  if (thrown instanceof SerabutError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new SerabutError('SERABUT_ERR_INTERNAL', message, { cause: thrown });
}
