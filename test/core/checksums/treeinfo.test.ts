import t from 'tap';
import { parseTreeinfo } from '../../../core/checksums/treeinfo.js';

const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const parse = (text: string) => parseTreeinfo(Buffer.from(text));

t.test('the section of checksums is read, and no other', async (t) => {
  const { entries, problemCount, clearSigned } = parse(`[header]
type = productmd.treeinfo
[checksums]
; WARNING.0 = a comment
images/install.img = sha256:${sha256}
images/a; b "c".img=SHA256:${sha256}
# another
[general]
images/x = sha256:${sha256}
`);
  t.strictSame(entries, [
    { algorithm: 'sha256', digest: sha256, name: 'images/install.img' },
    { algorithm: 'sha256', digest: sha256, name: 'images/a; b "c".img' },
  ]);
  t.equal(problemCount, 0);
  t.equal(clearSigned, false);
  t.strictSame(parse('[general]\nfamily = Fedora\n').entries, []);
});

t.test('a line of the section that cannot be used is a problem', async (t) => {
  const why = (line: string) => parse(`[checksums]\n${line}\n`).problems.map((problem) => problem.why)[0];
  t.equal(why('images/x'), 'it is no checksum of a file');
  t.equal(why(`images/x = ${sha256}`), 'it is no checksum of a file');
  t.equal(why(`images/x = md5:${sha256}`), 'its digest is of no known algorithm');
  t.equal(why(`images/x = :${sha256}`), 'its digest is of no known algorithm');
  t.equal(why(`images/x = sha256:${sha256}, and more`), 'its digest is of no known algorithm');
  t.equal(why(`../x = sha256:${sha256}`), 'it names no path below the list');
  t.equal(why(`= sha256:${sha256}`), 'it names no path below the list');
  t.equal(why(`${'x'.repeat(10_000)} = sha256:${sha256}`), 'it is no checksum of a file');
});
