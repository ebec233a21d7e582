import { SerabutError } from '../errors.js';
import type { MachineView } from '../plugin/contract.js';
import Type, { type Static } from '../typebox.js';
import { asLine } from './instant.js';
import type { SaidFacts } from './outcome.js';

const said = (maxLength = 128) => Type.Optional(Type.String({ maxLength }));

/** What iPXE may tell of the machine in a request. An unset setting of iPXE arrives as an empty text. */
const machineQuery = { mac: said(), uuid: said(), serial: said(), platform: said() };
export type MachineQuery = Static<typeof schema>;
const schema = Type.Object(machineQuery);

/** All that iPXE can tell. Firmware has texts of any length. */
export const wholeQuery = {
  ...machineQuery,
  serial: said(1024),
  arch: said(),
  manufacturer: said(1024),
  product: said(1024),
  /** MiB, by iPXE's `${memsize}`; empty where iPXE does not know. */
  memory: said(20),
};
const wholeSchema = Type.Object(wholeQuery);
export type WholeQuery = Static<typeof wholeSchema>;

/** What iPXE is to say in a query so that all is said; expanded by iPXE, escaped for a URL. */
export const askedOfIpxe = [
  `mac=\${mac:hexhyp}&uuid=\${uuid}&serial=\${serial:uristring}`,
  `manufacturer=\${manufacturer:uristring}&product=\${product:uristring}`,
  `arch=\${buildarch}&platform=\${platform}&memory=\${memsize}`,
].join('&');

/**
 * The header of a request that only plays a machine (`serabut simulate`). As with HEAD nothing is kept of it and nothing
 * begins: it gives no right that the same request has not without it, and takes some.
 */
export const simulationHeader = 'serabut-simulation';

/** Whether a request says all that iPXE knows, or names no machine at all; an unset setting is said as an empty text. */
export function isWhole({ mac, uuid, serial, product }: WholeQuery): boolean {
  return product !== undefined || !(mac || uuid || serial);
}

/** What a request says of the machine. */
export function saidFacts(query: WholeQuery): SaidFacts {
  const { arch = '', manufacturer = '', product = '', memory = '' } = query;
  const { serial, ...identity } = machineView(query);
  return {
    ...identity,
    serial: serial?.slice(0, 128).replace(/-$/, '') ?? null,
    arch: /^\w{1,16}$/.test(arch) ? arch : null,
    manufacturer: asLine(manufacturer, 128) || null,
    product: asLine(product, 128) || null,
    memoryMiB: /^[1-9]\d{0,8}$/.test(memory) ? Number(memory) : null,
  };
}

/** What makers left in their firmware in place of a UUID; thousands of boards have the same. */
const junkUuids: ReadonlySet<string> = new Set([
  '03000200-0400-0500-0006-000700080009',
  '00020003-0004-0005-0006-000700080009',
  '12345678-1234-5678-90ab-cddeefaabbcc',
  '12345678-1234-1234-1234-123456789abc',
  '01234567-89ab-cdef-0123-456789abcdef',
  '4c4c4544-0000-2010-8020-80c04f202020',
]);

/** And in place of a serial number, with dashes for what a host name cannot hold. */
const junkSerials: ReadonlySet<string> = new Set([
  'to-be-filled-by-o-e-m',
  'to-be-filled-by-oem',
  'default-string',
  'system-serial-number',
  'system-serial',
  'chassis-serial-number',
  'serial-number',
  'sernum',
  'not-specified',
  'not-applicable',
  'not-available',
  'unspecified',
  'unknown',
  'none',
  'null',
  'empty',
  'invalid',
  'n-a',
  'na',
  'oem',
  'o-e-m',
  'type1-serial-number',
  '0',
  '0123456789',
  '1234567890',
  '123456789',
  '12345678',
]);

/** What a request says of the machine, in one form. What firmware left senseless counts as not said. */
export function machineView({ mac, uuid, serial, platform }: MachineQuery): MachineView {
  const digits = mac?.toLowerCase().replace(/[-:]/g, '') ?? '';
  const word = serial?.toLowerCase().replace(/[^a-z0-9]+/g, '-') ?? '';
  const id = uuid?.toLowerCase() ?? '';
  const number = word.replace(/^-|-$/g, '');
  return {
    mac: /^[0-9a-f]{12}$/.test(digits) ? (digits.match(/../g)?.join(':') ?? null) : null,
    uuid:
      /^(?!([0-9a-f])(\1|-)+$)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) && !junkUuids.has(id) ? id : null,
    serial: number === '' || /^(.)(\1|-)+$/.test(number) || junkSerials.has(number) ? null : number,
    platform: platform === 'efi' || platform === 'pcbios' ? platform : null,
  };
}

/** The same as a query, to be said again when an answer file is asked for; empty when nothing is known. */
export function queryOf(machine: MachineView): string {
  const known = Object.entries(machine).filter(([, value]) => value !== null);
  const pairs = known.map(([name, value]) => `${name}=${String(value).replaceAll(':', '-')}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

/** A host name with what the machine says in place of what stands in braces, cut to the 63 letters of RFC 1123. */
export function hostnameOf(pattern: string, machine: MachineView): string {
  const name = pattern.replace(/\{(mac|serial|uuid)\}/g, (_, key: 'mac' | 'serial' | 'uuid') => {
    const value = machine[key];
    if (value !== null) return value.replaceAll(':', '');
    throw new SerabutError(
      'SERABUT_ERR_BAD_REQUEST',
      `the host name ${pattern} needs the machine's ${key}: ask with ?${key}=`,
    );
  });
  return name.slice(0, 63).replace(/-+$/, '');
}
