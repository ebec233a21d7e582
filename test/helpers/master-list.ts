import { join } from 'node:path';
import {
  basicUnicode,
  deep,
  links,
  longNames,
  manyFiles,
  odd,
  ordinary,
  pycdlibTree,
  shortLinks,
  simple,
  unicode,
} from './master-trees.js';
import { type Doubt, genisoimage, hardLinked, type Master, own, pycdlib, run, sessions, xorriso } from './masters.js';
import { contents } from './trees.js';

const longLinks: Doubt = {
  oracle: 'bsdtar',
  about: /^links\/long$|^link\d$/,
  because: 'it leaves out the slash between the components of two SL entries (RRIP §4.1.3)',
};

const decomposed: Doubt = {
  oracle: 'bsdtar',
  about: /^(e\u0301|é)\.txt$/,
  because: 'it composes characters of Joliet names that are recorded as two',
};

const relocation: Doubt = {
  oracle: 'bsdtar',
  about: /./,
  because: 'it does not find directories that xorriso relocated (RRIP §4.1.5)',
};

const placeOfRelocation: Doubt = {
  oracle: 'bsdtar',
  about: /^\.?rr_moved$/,
  because: 'it hides the directory that others were relocated to, which has no RE entry (RRIP §4.1.5.3)',
};

const serialNumbers: Doubt = {
  oracle: 'bsdtar',
  about: /^a (file\.txt|directory\/file2)$|^n+$/,
  because: 'it takes files for links to the first one, since pycdlib gives all the serial number 0 (RRIP 1.12 §4.1.1)',
};

const sharedSector: Doubt = {
  oracle: 'xorriso',
  about: /^no extension$/,
  because: 'it takes an empty file for the boot catalog that is recorded at the same place',
};

const both = (because: string): Doubt[] =>
  (['bsdtar', 'xorriso'] as const).map((oracle) => ({ oracle, about: /./, because }));

const extendedArchitecture = both('it does not look for SP behind the data of CD-XA (SUSP §5.3)');

const enhancedDescriptor = both('it does not look for an enhanced volume descriptor (ISO 9660:1999 §8.5)');

const caseless: Doubt = {
  oracle: 'bsdtar',
  about: /^names\/upper\.txt$/i,
  because: 'it takes Joliet names that differ in case alone for the same',
};

/** How genisoimage is told what encoding names have. */
const utf8 = '-input-charset utf-8';

/** The system area of a hybrid image, with a partition for UEFI that is in no directory. */
const hybrid: Master = {
  ...xorriso('hybrid with an appended partition', 'rock-ridge', '-r', {
    ...ordinary,
    'efi.img': Buffer.alloc(65_536, 'efi'),
  }),
  make: (image, directory) => {
    const partition = ['-append_partition', '2', '0xef', join(directory, 'efi.img'), '-appended_part_as_gpt'];
    const boot = ['-c', 'boot.cat', '-e', '--interval:appended_partition_2:all::', '-no-emul-boot'];
    const options = [
      '-stdio_sync',
      'off',
      '-as',
      'mkisofs',
      '-r',
      '-no-pad',
      '-partition_offset',
      '16',
      ...partition,
      ...boot,
    ];
    run('xorriso', [...options, '-o', image, directory]);
  },
};

const torito = '-r -J -b boot/loader.bin -c boot/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table';

/** A boot loader that is changed while it is written into the image, so that it is not as its source was. */
const withTorito: Master = {
  ...genisoimage(
    'with El Torito',
    'rock-ridge',
    torito,
    { ...ordinary, 'boot/loader.bin': 'boot'.repeat(1024) },
    sharedSector,
  ),
  holdsSource: false,
};

const few = Object.fromEntries(Object.entries(contents()).filter(([path]) => !/^(pool|long)|\.$/.test(path)));

const fewWithoutLinks = Object.fromEntries(
  Object.entries(few).filter(([, content]) => typeof content === 'string' || !('symlink' in content)),
);

export const masters: readonly Master[] = [
  xorriso('level 1', 'plain', '-iso-level 1', simple),
  xorriso('level 2', 'plain', '-iso-level 2', simple),
  xorriso('level 3', 'plain', '-iso-level 3', ordinary),
  xorriso('level 4', 'enhanced', '-iso-level 4', ordinary, ...enhancedDescriptor),
  xorriso('untranslated', 'plain', '-U', ordinary),
  xorriso('without versions', 'plain', '-N -l -d', simple),
  xorriso('Joliet', 'joliet', '-J', { ...ordinary, ...basicUnicode }, decomposed),
  xorriso('long Joliet', 'joliet', '-J -joliet-long', { ...ordinary, ...basicUnicode }, decomposed),
  xorriso('as Debian does', 'rock-ridge', '-r -J -joliet-long -iso-level 3', contents(), longLinks),
  xorriso('Rock Ridge as recorded', 'rock-ridge', '-R', { ...links, ...unicode, ...odd, ...longNames }, longLinks),
  xorriso('deep directories relocated', 'rock-ridge', '-r -rr_reloc_dir /rr_moved', deep, relocation),
  xorriso('deep directories relocated elsewhere', 'rock-ridge', '-r -rr_reloc_dir /level-1', deep, relocation),
  xorriso('deep directories as they are', 'rock-ridge', '-r -D', deep),
  xorriso('many files', 'rock-ridge', '-r', manyFiles),
  xorriso('many files with plain names', 'plain', '-iso-level 3', manyFiles),
  hybrid,
  hardLinked(xorriso('with hard links', 'rock-ridge', '-R --hardlinks', ordinary)),
  sessions('one session', links, [['-map', 'SOURCE', '/']], longLinks),
  sessions(
    'two sessions',
    links,
    [
      ['-map', 'SOURCE', '/'],
      ['-map', 'SOURCE/boot', '/later'],
    ],
    longLinks,
  ),
  sessions(
    'a session that removes and renames',
    links,
    [
      ['-map', 'SOURCE', '/'],
      ['-rm_r', '/pool', '--', '-mv', '/boot', '/kernel', '--'],
    ],
    longLinks,
  ),
  genisoimage('level 1', 'plain', '-iso-level 1', simple),
  genisoimage('level 2', 'plain', '-iso-level 2', simple),
  genisoimage('level 4', 'enhanced', '-iso-level 4', ordinary),
  genisoimage('without versions, long', 'plain', '-N -l -d', simple),
  genisoimage('Joliet', 'joliet', `-J ${utf8}`, { ...ordinary, ...basicUnicode }, decomposed),
  genisoimage('long Joliet', 'joliet', '-J -joliet-long', { ...ordinary, [`${'x'.repeat(99)}.txt`]: '103' }),
  genisoimage('Rock Ridge and Joliet', 'rock-ridge', `-r -J -joliet-long ${utf8}`, { ...shortLinks, ...basicUnicode }),
  genisoimage('untranslated', 'rock-ridge', '-r -U', { ...shortLinks, ...odd }),
  genisoimage('deep directories relocated', 'rock-ridge', '-r', deep, placeOfRelocation),
  genisoimage('deep directories relocated, hidden', 'rock-ridge', '-r -hide-rr-moved', deep, placeOfRelocation),
  genisoimage('deep directories as they are', 'rock-ridge', '-R -D', deep),
  genisoimage('long names', 'rock-ridge', '-R', longNames),
  genisoimage('with translation tables', 'rock-ridge', '-r -T', ordinary),
  genisoimage('beside UDF', 'rock-ridge', '-r -udf', ordinary),
  hardLinked(genisoimage('with hard links', 'rock-ridge', '-R -cache-inodes', ordinary)),
  withTorito,
  pycdlib('rock_ridge_109', 'rock-ridge', pycdlibTree),
  pycdlib('rock_ridge_112_and_joliet', 'rock-ridge', pycdlibTree, serialNumbers),
  pycdlib('relocated_directories', 'rock-ridge', {}, placeOfRelocation),
  pycdlib('long_names_and_links', 'rock-ridge', {}, longLinks, serialNumbers),
  pycdlib('joliet_only_names', 'joliet', pycdlibTree),
  pycdlib('joliet_hides_a_file', 'joliet', { both: 'both', joliet: 'joliet' }),
  pycdlib('level_1', 'plain'),
  pycdlib('level_4_enhanced', 'enhanced'),
  pycdlib('duplicate_primary_descriptor', 'rock-ridge', pycdlibTree),
  pycdlib('el_torito', 'rock-ridge', pycdlibTree),
  pycdlib('el_torito_hidden', 'plain'),
  pycdlib('hard_links', 'rock-ridge', pycdlibTree),
  pycdlib('extended_architecture', 'rock-ridge', pycdlibTree, ...extendedArchitecture),
  pycdlib('udf_bridge', 'plain'),
  own('in several extents', few, { splitAbove: 1024 * 1024 }, longLinks),
  own('with Rock Ridge and Joliet', few, { joliet: true }, longLinks),
  own('with Joliet', fewWithoutLinks, { rockRidge: false, joliet: true }, caseless),
];
