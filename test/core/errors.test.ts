import { readFileSync } from 'node:fs';
import t from 'tap';
import { asSerabutError, errorTable, explain, parseExplanation, SerabutError } from '../../core/errors.js';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

t.test('docs/errors.md has a section for each code with its status, and for no other', async (t) => {
  const documented = [...page.matchAll(/^## (SERABUT_ERR_\w+) \((\d+)\)$/gm)].map(
    ([, code, status]) => `${code} ${status}`,
  );
  t.strictSame(
    documented,
    Object.entries(errorTable)
      .map(([code, { status }]) => `${code} ${status}`)
      .sort(),
  );
});

t.test('docs/errors.md says of each code what has happened, and what to do', async (t) => {
  for (const section of page.split(/^## /m).slice(1)) {
    const [title = '', ...lines] = section.split('\n');
    const [cause = '', remedy = '', ...more] = lines.join(' ').split('**Remedy:**');
    t.ok(cause.trim().split(/\s+/).length >= 5, `${title}: write a sentence that says the cause`);
    t.ok(remedy.trim().split(/\s+/).length >= 2, `${title}: write "**Remedy:**" and what to do`);
    t.strictSame(more, [], `${title}: one remedy`);
  }
});

t.test('an explanation has code, message, place and remedy', async (t) => {
  const error = new SerabutError('SERABUT_ERR_LAN', 'no such interface', { where: 'eth9' });
  t.equal(
    explain(error),
    'SERABUT_ERR_LAN: no such interface\n  at eth9\n  Name an interface that has an IPv4 address on the boot LAN.\n',
  );
});

t.test('whatever was thrown becomes an error with a code and keeps its cause', async (t) => {
  const cause = new Error('boom');
  t.match(asSerabutError(cause), { code: 'SERABUT_ERR_INTERNAL', status: 500, message: 'boom', cause });
  t.match(asSerabutError('text'), { code: 'SERABUT_ERR_INTERNAL', message: 'text' });
});

t.test('an explanation can be read back: what is explained again is the same', async (t) => {
  for (const error of [
    new SerabutError('SERABUT_ERR_LAN', 'no such interface', { where: 'eth9' }),
    new SerabutError('SERABUT_ERR_LAN', 'no such interface'),
    new SerabutError('SERABUT_ERR_PLUGIN_INVALID', '2 findings:\n  a: b\n  c: d', { where: 'x/index.mjs' }),
  ]) {
    const { code, message, where } = error;
    t.match(parseExplanation(explain(error)), { code, message, where });
    t.equal(explain(parseExplanation(explain(error))), explain(error));
  }
  t.match(parseExplanation('no explanation'), { code: 'SERABUT_ERR_INTERNAL', message: 'no explanation' });
  t.match(parseExplanation('SERABUT_ERR_OTHER: x'), { code: 'SERABUT_ERR_INTERNAL' });
});
