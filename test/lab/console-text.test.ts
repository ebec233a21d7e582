import t from 'tap';
import { LineSplitter, trouble } from './console-text.js';

t.test('lines come without control sequences, however the bytes come', async (t) => {
  const text = '\u001b[0;1miPXE\u001b[0m 1.0\r\n\u001b(Btwo\u001b[06;02H\nthree';
  for (const size of [1, 3, 1000]) {
    const splitter = new LineSplitter();
    const chunks = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
    t.strictSame(
      chunks.flatMap((chunk) => splitter.push(chunk)),
      ['iPXE 1.0', 'two'],
    );
    t.equal(splitter.partial, 'three');
  }
});

t.test('a prompt is seen before its line ends', async (t) => {
  const splitter = new LineSplitter();
  splitter.push('iPXE');
  splitter.push('> \u001b[');
  t.equal(splitter.partial, 'iPXE> ');
});

t.test('what nobody is there to answer is trouble', async (t) => {
  t.match(trouble('[Press enter to continue]'), 'asks');
  t.match(trouble("Prompt: '?' for help, default=1> "), 'asks');
  t.match(trouble('[    2.34] Kernel panic - not syncing: Attempted to kill init!'), 'panics');
  t.match(trouble('Press a key for the iPXE shell, or wait for the next boot entry'), 'gives up');
  t.match(trouble('grub rescue> '), 'boot loader');
});

t.test('what an installation says in passing is none', async (t) => {
  for (const line of ['Serabut: loading the kernel', 'Configuring the network with DHCP  ... 100%', 'labnode login: '])
    t.equal(trouble(line), undefined, line);
});
