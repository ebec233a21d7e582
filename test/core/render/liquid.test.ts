import t from 'tap';
import { createRenderer } from '../../../core/render/liquid.js';

const renderer = createRenderer();
const render = (text: string, view: object = {}): string => renderer.parse(text, 'some/x.liquid').render(view);

t.test('an unknown variable is an error with file, line and column', async (t) => {
  const error = { code: 'SERABUT_ERR_TEMPLATE', where: 'some/x.liquid:2:4', message: /undefined variable: wrong/ };
  t.throws(() => render('a\n{{ wrong }}', {}), error);
  t.throws(() => render('{{ a.wrong }}', { a: {} }), { code: 'SERABUT_ERR_TEMPLATE' });
  t.throws(() => render('{% if wrong %}x{% endif %}', {}), { code: 'SERABUT_ERR_TEMPLATE' });
});

t.test('an unknown filter and a broken tag are errors when the template is parsed', async (t) => {
  for (const text of ['{{ a | nope }}', '{% if a %}', '{% nope %}', '{{ a']) {
    t.throws(() => renderer.parse(text, 'x'), { code: 'SERABUT_ERR_TEMPLATE', where: /^x:1:/ }, text);
  }
});

t.test('a template can neither include a file nor reach an inherited property', async (t) => {
  t.throws(() => render('{% include "/etc/passwd" %}'), { code: 'SERABUT_ERR_TEMPLATE' });
  t.throws(() => render('{{ a.constructor }}', { a: {} }), { code: 'SERABUT_ERR_TEMPLATE' });
});

t.test('a template that would run for ever is cut off', async (t) => {
  const text = '{% for a in (1..100000) %}{% for b in (1..100000) %}x{% endfor %}{% endfor %}';
  t.throws(() => render(text), { code: 'SERABUT_ERR_TEMPLATE' });
});

t.test('filters carry a value into a format', async (t) => {
  t.equal(render('{{ v | shell }}', { v: "it's $HOME" }), "'it'\\''s $HOME'");
  t.equal(render('{{ v | preseed }}', { v: 'a "b" $c' }), 'a "b" $c');
  t.equal(render('{{ v | yaml }}', { v: 'a: "b"\n' }), '"a: \\"b\\"\\n"');
  t.equal(render('{{ v | kickstart }}', { v: 'a "b" \\ c' }), '"a \\"b\\" \\\\ c"');
  t.equal(render('{{ v | kickstart_shell }}', { v: 'a\n%end' }), "'a\n''%end'");
  t.equal(render('{{ v | ipxe }}', { v: 'plain' }), 'plain');
});

t.test('filters refuse what a format cannot carry, and say where', async (t) => {
  for (const [filter, value] of [
    ['preseed', 'a\nd-i evil/question string'],
    ['preseed', 'a\\'],
    ['shell', 'a\rb'],
    ['preseed', ' a'],
    ['preseed', 'a '],
    ['ipxe', 'a $' + '{net0/mac}'],
    ['ipxe', 'a\nshell'],
    ['kickstart', 'a\nrootpw'],
  ] as const) {
    const error = { code: 'SERABUT_ERR_TEMPLATE', message: /cannot carry/, where: 'some/x.liquid:1:1' };
    t.throws(() => render(`{{ v | ${filter} }}`, { v: value }), error, `${filter} ${JSON.stringify(value)}`);
  }
});

t.test('retry makes a loop that ends in a message', async (t) => {
  t.equal(
    render('{% retry "the kernel" %}\nkernel {{ url }}\n{% endretry %}', { url: 'http://h/k' }),
    `set tries:int32 0
:try_the_kernel
echo Serabut: loading the kernel
kernel http://h/k && goto done_the_kernel || set error \${errno}
inc tries
iseq \${tries} 5 && goto failed_the_kernel ||
echo Serabut: could not load the kernel (error \${error}), trying again in 3 s
sleep 3
goto try_the_kernel
:failed_the_kernel
echo Serabut: could not load the kernel: 5 tries failed, the last with error \${error}
echo Is the server up? Its log names what was asked for. https://ipxe.org/err/\${error} explains the number.
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1
:done_the_kernel`,
  );
});

t.test('retry without a name in quotes, or without an end, is an error', async (t) => {
  t.throws(() => render('{% retry the kernel %}{% endretry %}'), { code: 'SERABUT_ERR_TEMPLATE' });
  t.throws(() => render('{% retry "a" %}'), { code: 'SERABUT_ERR_TEMPLATE', message: /not closed/ });
});
