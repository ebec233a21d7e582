/** A packet of TFTP (RFC 1350 §5; options: RFC 2347). Texts are as they were sent, of any bytes. */
export type TftpMessage =
  | { readonly kind: 'read'; readonly file: string }
  | { readonly kind: 'data'; readonly block: number; readonly length: number }
  | { readonly kind: 'acknowledgement'; readonly block: number }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  | { readonly kind: 'options'; readonly blockSize: number };

/** The longest text that is kept: a name, a message, options. */
const longestName = 512;

/** `length` is how long the datagram was on the wire, which may be more than was kept. */
export function decodeTftp(bytes: Buffer, length: number): TftpMessage | undefined {
  if (bytes.length < 4) return undefined;
  const number = bytes.readUInt16BE(2);
  switch (bytes.readUInt16BE(0)) {
    case 1:
      return { kind: 'read', file: bytes.toString('latin1', 2, 2 + longestName).replace(/\0.*$/s, '') };
    case 3:
      return { kind: 'data', block: number, length: length - 4 };
    case 4:
      return { kind: 'acknowledgement', block: number };
    case 5:
      return {
        kind: 'error',
        code: number,
        message: bytes.toString('latin1', 4, 4 + longestName).replace(/\0.*$/s, ''),
      };
    case 6:
      return { kind: 'options', blockSize: agreedSize(bytes.toString('latin1', 2, 2 + longestName).split('\0')) };
    default:
      return undefined;
  }
}

/** Options are names and values in turn (RFC 2347); without `blksize` a block has 512 bytes (RFC 2348). */
function agreedSize(words: readonly string[]): number {
  const at = words.findIndex((word, index) => index % 2 === 0 && word.toLowerCase() === 'blksize');
  const size = Number(words[at + 1]);
  return at >= 0 && size >= 8 && size <= 65_464 ? size : 512;
}
