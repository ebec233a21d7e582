import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { imageFile } from '../../../core/resources/image.js';
import { checkResource, type Resource } from '../../../core/resources/kinds.js';

const check = (spec: object) =>
  checkResource({ apiVersion: 'serabut.io/v1alpha1', kind: 'Image', metadata: { name: 'x' }, spec }, 'x.yaml');

/** What is wrong with a spec, one line each. */
function wrong(spec: object): string[] {
  const checked = check(spec);
  return Array.isArray(checked) ? checked.map(({ path, expected }) => `${path}: ${expected}`) : [];
}

const url = 'https://cdimage.example.org/current/debian-13.iso';
const digest = 'a'.repeat(64);

t.test('an Image is a file that somebody puts there, or one with a url, whose name is its last part', async (t) => {
  const file = (spec: object) => imageFile((check(spec) as Resource<'Image'>).spec);
  t.equal(file({ type: 'iso', path: 'a.iso' }), 'a.iso');
  t.equal(file({ type: 'iso', url }), 'debian-13.iso');
  t.equal(file({ type: 'iso', url: `${url}?a=/b#`.replace('#', '') }), 'debian-13.iso');
  t.equal(file({ type: 'iso', url, path: 'a.iso' }), 'a.iso');
  t.match((check({ type: 'iso', url }) as Resource<'Image'>).spec, { keep: 'always' });
});

t.test('each field that makes no sense is a finding', async (t) => {
  t.same(wrong({ type: 'iso' }), ['spec.path: a path or a url']);
  t.same(wrong({ type: 'iso', path: 'a.iso', limit: 3 }), ['spec.limit: nothing, as there is no url']);
  t.same(wrong({ type: 'iso', path: 'a.iso', keep: 'referenced', checksums: { url } }), [
    'spec.checksums: nothing, as there is no url',
    'spec.keep: nothing, as there is no url',
  ]);
  t.same(wrong({ type: 'iso', url, sha256: digest, checksums: { url } }), [
    'spec.checksums: either sha256 or checksums',
  ]);
  t.same(wrong({ type: 'iso', url, checksums: { url, signature: url } }), [
    'spec.checksums.keyring: the keyring that the signature is checked with',
  ]);
  for (const bad of [
    'https://example.org',
    'https://example.org/',
    'https://example.org/a/..',
    'https://example.org/%2e.iso',
  ])
    t.same(wrong({ type: 'iso', url: bad }), ['spec.path: a plain file name, as the url does not end with one'], bad);
  t.same(wrong({ type: 'iso', url: 'https://example.org/a.img' }), ['spec.path: a name that ends with .iso']);
  t.same(wrong({ type: 'firmware', url: 'https://example.org/a.cpio.gz' }), []);
  t.same(wrong({ type: 'iso', url: 'http://[/a.iso' }), ['spec.url: a URL']);
  for (const bad of [
    'ftp://example.org/a.iso',
    'https://u:p@example.org/a.iso',
    'https://example.org/a.iso#x',
    'file:///etc/passwd',
  ])
    t.same(wrong({ type: 'iso', url: bad }), ['spec.url: an http or https URL without a user and a "#"'], bad);
  t.same(wrong({ type: 'iso', url, sha256: 'A'.repeat(64), limit: 0 }), [
    'spec.sha256: a SHA-256 of 64 hexadecimal digits in lower case',
    'spec.limit: whole megabytes per second',
  ]);
  t.same(wrong({ type: 'iso', url, checksums: { url, keyring: '../x.gpg' } }), [
    'spec.checksums.keyring: a plain file name',
  ]);
  t.same(wrong({ type: 'iso', url, keep: 'never' }), ['spec.keep: one of "always", "referenced"']);
});

t.test('each example of docs/images.md is an Image', async (t) => {
  const page = readFileSync(new URL('../../../../docs/images.md', import.meta.url), 'utf8');
  const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => parse(text));
  t.equal(examples.length, 5);
  for (const example of examples)
    t.match(checkResource(example, 'images.md'), { kind: 'Image' }, example.metadata.name);
});
