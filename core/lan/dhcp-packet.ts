/** What a boot ROM says of itself. */
export interface DhcpQuestion {
  /** Option 53: 1 is DISCOVER, 3 is REQUEST (RFC 2132 §9.6). */
  readonly type: 1 | 3;
  /** The field `xid`, by which an answer is known to be one to this question. */
  readonly transaction?: number;
  readonly mac: string;
  /** The client's own address, once it has one. */
  readonly address?: string;
  /** Option 60, such as `PXEClient`. */
  readonly vendorClass?: string;
  /** Option 93 (RFC 4578 §2.1). */
  readonly arch?: number;
  /** Option 77 `iPXE` and option 175, which iPXE sends. */
  readonly isIpxe?: boolean;
}

/** What a server says of what to boot. */
export interface DhcpAnswer {
  readonly from: string;
  readonly transaction: number;
  /** The address that is given; 0.0.0.0 in a proxyDHCP offer. */
  readonly yiaddr: string;
  /** The address of the next server. */
  readonly siaddr: string;
  /** The field `sname`, or option 66 where that is empty. */
  readonly serverName: string;
  /** The field `file`, or option 67 where that is empty. */
  readonly file: string;
  readonly vendorClass: string;
}

const magic = Buffer.from([99, 130, 83, 99]);

/** A message in the form of RFC 2131 §2, with the broadcast flag, as boot ROMs send it. */
export function encodeQuestion(question: DhcpQuestion): Buffer {
  const fixed = Buffer.alloc(236);
  fixed.set([1, 1, 6, 0]); //                         op BOOTREQUEST, Ethernet, length of the address, hops
  fixed.writeUInt32BE(question.transaction ?? 0x5e2ab07, 4); // xid
  fixed.writeUInt16BE(0x8000, 10); //                 flags: answer by broadcast
  if (question.address !== undefined) fixed.set(question.address.split('.').map(Number), 12);
  fixed.set(
    question.mac.split(':').map((part) => Number.parseInt(part, 16)),
    28,
  );
  const arch = question.arch ?? 0;
  const options: [code: number, bytes: Buffer][] = [
    [53, Buffer.from([question.type])],
    [55, Buffer.from([1, 3, 43, 60, 66, 67, 128, 129])],
    [97, Buffer.from(`\0${'serabut machine1'}`, 'latin1')],
  ];
  if (question.vendorClass !== undefined) {
    options.push([60, Buffer.from(`${question.vendorClass}:Arch:${String(arch).padStart(5, '0')}:UNDI:003016`)]);
    options.push([93, Buffer.from([arch >> 8, arch & 255])]);
    options.push([94, Buffer.from([1, 3, 16])]);
  }
  if (question.isIpxe) options.push([77, Buffer.from('iPXE')], [175, Buffer.from([0x13, 1, 1])]);
  const encoded = options.map(([code, bytes]) => Buffer.concat([Buffer.from([code, bytes.length]), bytes]));
  const message = Buffer.concat([fixed, magic, ...encoded, Buffer.from([255])]);
  return Buffer.concat([message, Buffer.alloc(Math.max(0, 300 - message.length))]);
}

/** Reads an answer; undefined when the bytes are none. */
export function decodeAnswer(bytes: Buffer, from: string): DhcpAnswer | undefined {
  if (bytes.length < 240 || bytes[0] !== 2 || !bytes.subarray(236, 240).equals(magic)) return undefined;
  const address = (offset: number) => [...bytes.subarray(offset, offset + 4)].join('.');
  const text = (start: number, end: number) => bytes.toString('latin1', start, end).replace(/\0.*$/s, '');
  return {
    from,
    transaction: bytes.readUInt32BE(4),
    yiaddr: address(16),
    siaddr: address(20),
    serverName: text(44, 108) || optionText(bytes, 66).replace(/\0+$/, ''),
    file: text(108, 236) || optionText(bytes, 67).replace(/\0+$/, ''),
    vendorClass: optionText(bytes, 60),
  };
}

function optionText(bytes: Buffer, wanted: number): string {
  for (let at = 240; at < bytes.length && bytes[at] !== 255; ) {
    if (bytes[at] === 0) {
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (bytes[at] === wanted) return bytes.toString('latin1', at + 2, at + 2 + length);
    at += 2 + length;
  }
  return '';
}

/** Whether the file that an answer names is to be fetched by HTTP, as iPXE and UEFI HTTP boot do (UEFI 2.10 §24.7.3). */
export function isHttpUrl(file: string): boolean {
  return /^https?:\/\//.test(file) && URL.canParse(file);
}
