import { SerabutError } from '../errors.js';
import { expandSettings } from '../ipxe/line.js';
import { type Asking, askDhcp } from '../lan/dhcp-ask.js';
import { type DhcpAnswer, type DhcpQuestion, isHttpUrl } from '../lan/dhcp-packet.js';
import { TftpError } from '../lan/tftp-file.js';
import { tftpRead } from '../lan/tftp-read.js';
import type { Context, OnLan } from './context.js';
import { Broken } from './faults.js';
import { getText } from './files.js';
import { checkOffers } from './offers.js';
import { checkLoader } from './programs.js';

/** How long others are listened to when the offers that are needed are there, in milliseconds. */
const graceMs = 500;

/** From power-on to the URL of the boot script, as firmware and then iPXE ask for it. */
export async function startFirmware(context: Context, onLan: OnLan): Promise<{ url: string; server: string }> {
  const offer = await context.walk.step(
    'DHCP',
    `asks as ${context.kind.name} for an address and what to boot`,
    (note) =>
      checkOffers(context, note, (arch, isEnough) => ask(onLan, discover(context, { arch }), { isEnough, graceMs })),
  );
  if (context.kind.vendorClass === 'HTTPClient') await loadByHttp(context, offer);
  else await loadByTftp(context, onLan, await namedLoader(context, onLan, offer));
  return { url: await scriptUrl(context, onLan, offer.from), server: offer.from };
}

function discover({ kind, settings }: Context, more: Partial<DhcpQuestion> = {}): DhcpQuestion {
  return { type: 1, mac: settings.get('mac') ?? '', vendorClass: kind.vendorClass, arch: kind.arch, ...more };
}

/** Asks, and says as a broken link why it could not. */
async function ask(onLan: OnLan, question: DhcpQuestion, asking: Asking): Promise<DhcpAnswer[]> {
  try {
    return await (onLan.askDhcp ?? askDhcp)(onLan.lan, question, { ...asking, ...onLan.asking });
  } catch (error) {
    if (error instanceof SerabutError) throw new Broken('cannot-ask', error.message);
    throw error;
  }
}

/** The boot program, and who has it: in the offer, or in the answer on port 4011 of the server. */
async function namedLoader(context: Context, onLan: OnLan, offer: DhcpAnswer): Promise<DhcpAnswer> {
  const { walk, kind } = context;
  if (!kind.asksAgain && offer.file !== '') {
    walk.say(`the offer names ${offer.file} on ${nextServer(offer)}`, 'ok');
    return offer;
  }
  return walk.step('DHCP', `asks ${offer.from} again, on UDP port 4011`, async (note) => {
    const question = { ...discover(context), type: 3, address: onLan.lan.address } as const;
    const isEnough = (answers: readonly DhcpAnswer[]) => answers.some(({ file }) => file !== '');
    const answers = await ask(onLan, question, { server: offer.from, isEnough });
    const answer = answers.find(({ file }) => file !== '');
    if (answers.length === 0) {
      const message = `${offer.from} named no boot program: nobody answered on UDP port 4011`;
      throw new Broken('pxe-port-silent', message);
    }
    if (answer === undefined)
      throw new Broken('pxe-port-no-file', `${offer.from} answers on UDP port 4011, and names no boot program`);
    note.what = `${offer.from} names ${answer.file} on ${nextServer(answer)} (UDP 4011)`;
    return answer;
  });
}

function nextServer({ siaddr, from }: DhcpAnswer): string {
  return siaddr === '0.0.0.0' ? from : siaddr;
}

async function loadByTftp({ walk, kind }: Context, onLan: OnLan, answer: DhcpAnswer): Promise<void> {
  const server = nextServer(answer);
  const { file, from } = answer;
  const read = (of: string) => (onLan.tftpRead ?? tftpRead)(of, file, onLan.tftp);
  await walk.step('TFTP', `${file} from ${server}`, async (note) => {
    const program = await read(server).catch(async (error: unknown) => {
      if (!(error instanceof TftpError)) throw error;
      if (error.reason === 'refused') throw new Broken('loader-missing', `${server} has no ${file}: ${error.message}`);
      const isElsewhere = server !== from && (await read(from).catch(() => undefined)) !== undefined;
      if (isElsewhere)
        throw new Broken('wrong-next-server', `${from} sends machines to ${server} for ${file}, where nobody has it`);
      throw new Broken('tftp-silent', `${file} does not come from ${server}: ${error.message}`);
    });
    note.bytes = program.length;
    note.what = `${file} from ${server}: ${checkLoader(file, program, kind)}`;
  });
}

/** UEFI HTTP boot takes the URL from the offer (UEFI 2.10 §24.7.3). */
async function loadByHttp(context: Context, { file, from }: DhcpAnswer): Promise<void> {
  if (!isHttpUrl(file)) {
    const message = `the offer of ${from} to a machine that boots by HTTP has ${file === '' ? 'no URL' : `"${file}", no URL`}`;
    return context.walk.step('HTTP', 'the boot program', async () => {
      throw new Broken('offer-without-url', message);
    });
  }
  await getText(context, file, {
    what: 'the boot program',
    meaning: { missing: 'loader-missing' },
    check: (bytes) => checkLoader(file, bytes, context.kind),
  });
}

/** iPXE, known by what it sends, gets the URL of its script in the offer. */
async function scriptUrl(context: Context, onLan: OnLan, server: string): Promise<string> {
  return context.walk.step('DHCP', 'iPXE asks for its script', async (note) => {
    const question = discover(context, { vendorClass: 'PXEClient', isIpxe: true, arch: context.kind.ipxeArch });
    const urlOf = ({ file }: DhcpAnswer) => expandSettings(file, context.settings);
    const isScript = (answer: DhcpAnswer) => isHttpUrl(urlOf(answer));
    const answers = await ask(onLan, question, { isEnough: (all) => all.some(isScript) });
    const told = answers.find(isScript);
    if (told !== undefined) {
      note.what = `iPXE is told its script: ${told.file}`;
      return urlOf(told);
    }
    const named = answers.find(({ from, file }) => from === server && file !== '')?.file;
    if (named === undefined) throw new Broken('ipxe-no-script-url', `${server} offers iPXE no URL of a boot script`);
    throw new Broken(
      'ipxe-gets-loader',
      `${server} offers iPXE ${named} in place of a script, which it would load again`,
    );
  });
}
