import t from 'tap';
import Type from 'typebox';
import { structural } from '../../../core/resources/structural.js';
import { line, nullable, oneOf, part, text } from '../../../core/resources/text.js';

t.test('what may be null is nullable, with the schema of what it is otherwise', async (t) => {
  t.strictSame(structural(nullable(text('^[a-z]+$', 'a word', 9))), {
    description: 'a word',
    type: 'string',
    maxLength: 9,
    pattern: '^[a-z]+$',
    nullable: true,
  });
});

t.test('words are an enumeration, and a pattern where null may stand for them', async (t) => {
  t.match(structural(oneOf('a', 'b')), { type: 'string', enum: ['a', 'b'] });
  t.match(structural(Type.Union([Type.Literal('a'), Type.Literal('b')])), { type: 'string', enum: ['a', 'b'] });
  t.strictSame(structural(Type.Literal(3)), { type: 'number', enum: [3] });
  const both = structural(nullable(oneOf('a', 'b')));
  t.match(both, { type: 'string', pattern: '^(a|b)$', nullable: true });
  t.notHas(both, { enum: [] });
});

t.test('a field with a default may be left out, one without must be there', async (t) => {
  const schema = Type.Object(
    { here: line(), filled: Type.Integer({ default: 3 }), none: nullable(line()), some: part({ a: Type.Boolean() }) },
    { additionalProperties: false },
  );
  const { required, properties, additionalProperties } = structural(schema);
  t.strictSame(
    required,
    ['here', 'none'].filter((name) => name !== 'none'),
  );
  t.equal(additionalProperties, undefined, 'the API server prunes what it does not know');
  t.strictSame(properties?.filled, { type: 'integer', default: 3 });
  t.equal(properties?.none?.default, undefined);
  t.strictSame(properties?.some?.default, {});
});

t.test('patterns are in the words of RE2, or left to the server', async (t) => {
  t.equal(structural(text('^[^\\u0000-\\u001f]*$', 'x')).pattern, '^[^\\x{0000}-\\x{001f}]*$');
  for (const lookaround of ['^(?!a)b$', '^(?=a)', 'b(?<!a)$', 'b(?<=a)$'])
    t.equal(structural(text(lookaround, 'x')).pattern, undefined, lookaround);
});

t.test('maps have values of one form, or of any', async (t) => {
  t.strictSame(structural(Type.Record(Type.String(), Type.String())), {
    type: 'object',
    additionalProperties: { type: 'string' },
  });
  const any = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  t.strictSame(structural(Type.Record(Type.String(), Type.Unknown())), any);
  t.strictSame(structural(Type.Object({})), { type: 'object', properties: {} });
});

t.test('a value of several types is left to the server', async (t) => {
  const reference = Type.Object({ secretRef: Type.String() });
  const schema = structural(nullable(Type.Union([Type.String(), reference])));
  t.strictSame(schema, { 'x-kubernetes-preserve-unknown-fields': true, nullable: true });
});

t.test('lists whose items are unique are sets, conditions are found by their type', async (t) => {
  t.match(structural(Type.Array(line(), { uniqueItems: true, maxItems: 3 })), {
    type: 'array',
    maxItems: 3,
    'x-kubernetes-list-type': 'set',
  });
  const condition = Type.Object({ type: line(), status: line(), lastTransitionTime: line() });
  t.strictSame(structural(Type.Array(condition))['x-kubernetes-list-map-keys'], ['type']);
  t.equal(structural(Type.Array(line()))['x-kubernetes-list-type'], undefined);
});

t.test('a keyword that nobody has thought of is an error', async (t) => {
  t.throws(() => structural({ type: 'null' } as never), /type null has no structural form/);
});
