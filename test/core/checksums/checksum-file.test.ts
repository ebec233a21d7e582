import t from 'tap';
import { parseChecksumFile } from '../../../core/checksums/checksum-file.js';
import { MAX_LINE_BYTES, MAX_LINES, MAX_LIST_BYTES } from '../../../core/checksums/list-lines.js';

const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
const sha1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';
const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const sha512 = 'cf83e1357eefb8bd'.repeat(8);

const parse = (...lines: string[]) => parseChecksumFile(Buffer.from(`${lines.join('\n')}\n`));
const entries = (...lines: string[]) => parse(...lines).entries.map((entry) => Object.values(entry).join(' '));
const problems = (...lines: string[]) => parse(...lines).problems.map(({ line, why }) => `${line}: ${why}`);

t.test('text, binary and BSD lines are read, for each algorithm', async (t) => {
  t.strictSame(parse(`${md5}  ./pool/a b.deb`).entries, [{ algorithm: 'md5', digest: md5, name: 'pool/a b.deb' }]);
  t.strictSame(entries(`${sha1} *x.iso`), [`sha1 ${sha1} x.iso`]);
  t.strictSame(entries(`SHA256 (x (1).iso) = ${sha256}`), [`sha256 ${sha256} x (1).iso`]);
  t.strictSame(entries(`${sha512.toUpperCase()}  x`), [`sha512 ${sha512} x`]);
  t.strictSame(entries(`${md5}  a`, `SHA1 (a) = ${sha1}`, `${sha256} *b`), [
    `md5 ${md5} a`,
    `sha1 ${sha1} a`,
    `sha256 ${sha256} b`,
  ]);
});

t.test('comments, empty lines, CR LF and a last line without an end are taken as they are meant', async (t) => {
  const list = parseChecksumFile(Buffer.from(`# x.iso: 7 bytes\r\n\r\n${md5}  a\r\n${md5}  b`));
  t.strictSame(
    list.entries.map(({ name }) => name),
    ['a', 'b'],
  );
  t.equal(list.problemCount, 0);
  t.strictSame(parseChecksumFile(Buffer.alloc(0)).entries, []);
});

t.test('an escaped name is one with a line feed, a carriage return or a backslash', async (t) => {
  t.equal(parse(`\\${md5}  a\\nb\\\\n\\r`).entries[0]?.name, 'a\nb\\n\r');
  t.equal(parse(`${md5}  a\\nb`).entries[0]?.name, 'a\\nb');
});

t.test('names that are not UTF-8 are decoded as names in an ISO are, line by line', async (t) => {
  const list = parseChecksumFile(
    Buffer.concat([Buffer.from(`${md5}  \u00fc\n${md5}  `), Buffer.from([0xfc]), Buffer.from('2\n')]),
  );
  t.strictSame(
    list.entries.map(({ name }) => name),
    ['\u00fc', '\u00fc2'],
  );
});

t.test('a name stays below its directory, or its line cannot be used', async (t) => {
  t.strictSame(
    entries(`${md5}  .//a/./b/`, `${md5}  ...`, `${md5}  ..a/b..`).map((entry) => entry.slice(37)),
    ['a/b', '...', '..a/b..'],
  );
  for (const name of ['../x', 'a/../b', '..', '/etc/passwd', '.', './', 'a\0b']) {
    t.strictSame(problems(`${md5}  ${name}`), ['1: it names no path below the list'], JSON.stringify(name));
  }
  t.strictSame(entries(`${md5}  __proto__`), [`md5 ${md5} __proto__`]);
});

t.test('what is no checksum is a problem with its line, not nothing', async (t) => {
  for (const line of ['x', md5, `${md5}  `, `${md5} x`, `${md5}\tx`, `SHA256(x)= ${sha256}`, `${md5.slice(1)}  x`]) {
    t.strictSame(problems('', line), ['2: it is no checksum of a file'], line);
  }
  for (const line of [`${md5}0  x`, `MD5 (x) = ${sha1}`, `SHA384 (x) = ${sha256}`, `SHA3 (x) = ${sha512}`]) {
    t.strictSame(problems(line), ['1: its digest is of no known algorithm'], line);
  }
});

t.test('a name may be repeated, but not with another digest of the same algorithm', async (t) => {
  const other = md5.replace('d', 'e');
  t.equal(parse(`${md5}  a`, `${md5.toUpperCase()} *./a`).entries.length, 1);
  t.strictSame(problems(`${md5}  a`, `${other}  a`), ['2: an earlier line has another digest for this name']);
  t.strictSame(entries(`${md5}  a`, `${other}  a`), [`md5 ${md5} a`]);
});

const signed = (...lines: string[]) => [
  '-----BEGIN PGP SIGNED MESSAGE-----',
  'Hash: SHA256',
  '',
  ...lines,
  '-----BEGIN PGP SIGNATURE-----',
  '',
  'iQEzBAEBCAAdFiEE',
  '-----END PGP SIGNATURE-----',
];

t.test('of a clear-signed text, what was signed is read', async (t) => {
  const list = parse('', ...signed('# x: 1', `${md5}  a \t`, `- ${md5}  b`, '- -----BEGIN'), '');
  t.equal(list.clearSigned, true);
  t.strictSame(
    list.entries.map(({ name }) => name),
    ['a', 'b'],
  );
  t.strictSame(list.problems, [{ line: 8, why: 'it is no checksum of a file' }]);
  t.equal(parse(`${md5}  a`).clearSigned, false);
});

t.test('what nobody signed makes a clear-signed text useless', async (t) => {
  const line = `${md5}  a`;
  const outside = (number: number) => ({
    code: 'SERABUT_ERR_CHECKSUM_LIST',
    message: `it is clear-signed, but line ${number} stands outside of the signed text`,
  });
  t.throws(() => parse(...signed(line), line), outside(9));
  t.throws(() => parse(...signed(line), ...signed(line)), outside(9));
  t.throws(() => parse(...signed(line).toSpliced(2, 0, line)), outside(3));
  t.throws(() => parse(...signed(line).toSpliced(2, 0, `Comment: ${line}`)), outside(3));
  t.throws(() => parse(...signed(line).slice(0, -1)), { message: /its signature is cut off/ });
  t.throws(() => parse(...signed(line).slice(0, 4)), { message: /its signature is cut off/ });
  t.throws(() => parse(...signed(line, '-----BEGIN PGP SIGNED MESSAGE-----')), {
    message: /line 5 is not dash-escaped/,
  });
  t.same(parse(line, ...signed(line)).problems[0], { line: 2, why: 'it is no checksum of a file' });
});

t.test('a list that no publisher makes is refused or bounded', async (t) => {
  const code = 'SERABUT_ERR_CHECKSUM_LIST';
  const million = Buffer.alloc(1_000_000 * 36, `${md5}  a\n\n`);
  t.throws(() => parseChecksumFile(million), { code, message: `it has more than ${MAX_LINES} lines` });
  t.throws(() => parseChecksumFile(Buffer.alloc(MAX_LIST_BYTES + 1)), { code, message: /longer than/ });
  const longName = parseChecksumFile(Buffer.from(`${md5}  ${'a'.repeat(60 * 1024 * 1024)}\n${md5}  b\n`));
  t.strictSame(longName.problems, [{ line: 1, why: 'it is longer than any path' }]);
  t.equal(longName.entries.length, 1);
  t.equal(parse(`${md5}  ${'a'.repeat(MAX_LINE_BYTES - 34)}`).entries.length, 1);
  t.equal(parse(`${md5}  ${'a'.repeat(MAX_LINE_BYTES - 33)}`).entries.length, 0);
  const rubbish = parseChecksumFile(Buffer.alloc(200_000, 'x\n'));
  t.equal(rubbish.problemCount, 100_000);
  t.equal(rubbish.problems.length, 20);
});
