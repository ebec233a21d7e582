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

t.test('a template that is nested deeper than any is refused before it is parsed', async (t) => {
  const deep = { code: 'SERABUT_ERR_TEMPLATE', message: /nested deeper than 100 levels/, where: 'x' };
  const ifs = (count: number) => `${'{% if a %}'.repeat(count)}${'{% endif %}'.repeat(count)}`;
  t.throws(() => renderer.parse(ifs(101), 'x'), deep);
  t.throws(() => renderer.parse(`{% liquid\n${'if a\n'.repeat(101)}${'endif\n'.repeat(101)}%}`, 'x'), deep);
  t.throws(() => renderer.parse(`{{ a${'[a'.repeat(101)} }}`, 'x'), deep);
  t.equal(render(ifs(1).repeat(500), { a: 1 }), '', 'one behind the other is not deep');
  t.equal(render(ifs(60), { a: 1 }), '');
});

t.test('a text that grows by itself is cut off, by whatever it grows', async (t) => {
  const tooMuch = { code: 'SERABUT_ERR_TEMPLATE', message: /memory alloc limit exceeded/ };
  t.throws(() => render(`{{ v${' | yaml'.repeat(30)} }}`, { v: '"' }), tooMuch);
  const double = '{% capture a %}{{ a }}{{ a }}{% endcapture %}';
  t.throws(() => render(double.repeat(30), { a: 'text' }), tooMuch);
  t.equal(render(`${double}{{ a }}`, { a: 'text' }), 'texttext');
});

t.test('what LiquidJS throws beside its own errors has a code, too', async (t) => {
  t.throws(() => renderer.parse('a'.repeat(1_000_001), 'x'), { code: 'SERABUT_ERR_TEMPLATE', where: 'x' });
  const template = renderer.parse('{% include "/etc/passwd" %}', 'x');
  t.throws(() => template.variables(), { code: 'SERABUT_ERR_TEMPLATE', message: /ENOENT/ });
});

t.test('an addition that cannot be laid over is refused with the reason', async (t) => {
  const merged = (other: string) => render('{{ "a: 1" | merge_yaml: other }}', { other });
  for (const [other, message] of [
    ['a: [', /the addition is no YAML: .* at line 1, column 5/],
    ['a: !!binary aGk=', /the whole is no YAML any more: Tag not resolved/],
    ['a: 1\n---\nb: 2', /it holds more than one document/],
    ['['.repeat(200), /nested deeper than 100 levels/],
  ] as const)
    t.throws(() => merged(other), { code: 'SERABUT_ERR_TEMPLATE', message }, other.slice(0, 20));
  for (const nothing of ['', '# a comment\n']) t.equal(merged(nothing), 'a: 1');
});
