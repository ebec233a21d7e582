import t from 'tap';
import { clientKinds } from '../../../core/simulate/client-kinds.js';
import { checkKernel, checkLoader, readProgram } from '../../../core/simulate/programs.js';
import { arm64, efiProgram, kernel, x64 } from '../../helpers/boot-programs.js';

const { bios, 'uefi-x64': uefi, 'uefi-arm64': arm } = clientKinds;

t.test('the headers of an EFI program tell its architecture and its length', async (t) => {
  t.strictSame(readProgram(efiProgram(x64, 5000)), { machine: x64, end: 5000 });
  t.equal(readProgram(Buffer.from('MZ')), undefined);
  const wild = efiProgram(x64);
  wild.writeUInt32LE(0xffff_fff0, 60);
  t.equal(readProgram(wild), undefined, 'headers outside of the file');
});

t.test('boot programs', async (t) => {
  t.equal(checkLoader('a.efi', efiProgram(arm64), arm), 'an EFI program for arm64');
  t.throws(() => checkLoader('a.efi', efiProgram(x64).subarray(0, 100), uefi), { code: 'loader-cut-short' });
  t.throws(() => checkLoader('a.efi', efiProgram(0x14c), uefi), { message: /program for x86, 32 bit/ });
  t.throws(() => checkLoader('a.efi', efiProgram(0x5064), uefi), { message: /architecture 0x5064/ });
  t.throws(() => checkLoader('a', Buffer.alloc(0), bios), { message: /begins with nothing: it is empty/ });
  t.throws(() => checkLoader('a.efi', Buffer.from([1, 2, 3]), uefi), { message: /begins with bytes 010203/ });
});

t.test('kernels', async (t) => {
  const check = (bytes: Buffer, kind: typeof bios | typeof uefi | typeof arm) =>
    checkKernel('k', bytes, bytes.length, kind);
  t.equal(check(kernel(x64), bios), 'a Linux kernel for x86');
  t.equal(check(kernel(x64), uefi), 'a Linux kernel for x86');
  t.equal(check(kernel(arm64), arm), 'a Linux kernel for arm64');
  t.equal(check(efiProgram(x64, 300_000), uefi), 'an EFI program');
  t.throws(() => check(kernel(arm64), bios), {
    code: 'kernel-no-kernel',
    message: /no form that this firmware can start/,
  });
});
