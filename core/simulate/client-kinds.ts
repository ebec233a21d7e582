/** A kind of firmware, as it is seen on the network. */
export interface ClientKind {
  readonly name: string;
  /** Option 93 (RFC 4578 §2.1). */
  readonly arch: number;
  /** The same of the iPXE that it gets. */
  readonly ipxeArch: number;
  readonly vendorClass: 'PXEClient' | 'HTTPClient';
  /** Whether it asks on port 4011 for its boot program, or takes what the offer has. */
  readonly asksAgain: boolean;
  /** iPXE's settings `buildarch` and `platform` in the loader that it gets. */
  readonly buildarch: 'x86_64' | 'arm64' | 'i386';
  readonly platform: 'efi' | 'pcbios';
  /** Field `Machine` of an EFI program (PE format §3.3.1); null for firmware that starts no EFI programs. */
  readonly peMachine: number | null;
}

const x64 = { ipxeArch: 7, buildarch: 'x86_64', platform: 'efi', peMachine: 0x8664 } as const;

export const clientKinds = {
  'uefi-x64': { name: 'uefi-x64', arch: 7, vendorClass: 'PXEClient', asksAgain: true, ...x64 },
  'uefi-arm64': {
    name: 'uefi-arm64',
    arch: 11,
    ipxeArch: 11,
    vendorClass: 'PXEClient',
    asksAgain: true,
    buildarch: 'arm64',
    platform: 'efi',
    peMachine: 0xaa64,
  },
  bios: {
    name: 'bios',
    arch: 0,
    ipxeArch: 0,
    vendorClass: 'PXEClient',
    asksAgain: false,
    // undionly.kpxe is a 32 bit program.
    buildarch: 'i386',
    platform: 'pcbios',
    peMachine: null,
  },
  http: { name: 'http', arch: 16, vendorClass: 'HTTPClient', asksAgain: false, ...x64 },
} as const satisfies Record<string, ClientKind>;

export type ClientName = keyof typeof clientKinds;
export const clientNames = Object.keys(clientKinds) as ClientName[];
