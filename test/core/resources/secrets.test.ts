import t from 'tap';
import { findings } from '../../../core/check.js';
import { checkResource, type Resource } from '../../../core/resources/kinds.js';
import {
  referencesOf,
  type Secrets,
  withoutSecrets,
  withPlaceholders,
  withSecrets,
} from '../../../core/resources/secrets.js';
import { passphrase, passwordHash } from '../../../core/resources/text.js';
import { resources } from '../../helpers/build-app.js';

const ref = (name: string, key: string) => ({ secretRef: { name, key } });
const spec = {
  root: { passwordHash: ref('web', 'root') },
  users: [
    { name: 'ada', passwordHash: '$6$a$b' },
    { name: 'eve', passwordHash: ref('web', 'eve') },
  ],
  storage: { layout: 'lvm', passphrase: ref('disk', 'passphrase') },
  afterInstall: ['register "$LICENSE"'],
  secrets: { LICENSE: ref('vendor', 'license.key') },
};
const check = (of: object) =>
  checkResource(JSON.parse(resources({ kind: 'Configuration', name: 'web', spec: of })), 'x.yaml:1');
const configurationOf = (of: object): Resource<'Configuration'> => {
  const checked = check(of);
  if (Array.isArray(checked)) throw new Error(JSON.stringify(checked));
  return checked as Resource<'Configuration'>;
};
const configuration = configurationOf(spec);

const kept: Record<string, string> = {
  'web/root': '$6$r$r',
  'web/eve': '$6$e$e',
  'disk/passphrase': 'correct horse',
  'vendor/license.key': "it's $5",
};
const secretsOf = (values: Record<string, string>): Secrets => ({
  read: async (name, key) => values[`${name}/${key}`] ?? '',
});

t.test('references are found in every field that takes them', async (t) => {
  t.strictSame(
    referencesOf(configuration.spec)
      .map(({ path, secretRef }) => `${path} ${secretRef.name}/${secretRef.key}`)
      .sort(),
    [
      'root.passwordHash web/root',
      'secrets.LICENSE vendor/license.key',
      'storage.passphrase disk/passphrase',
      'users[1].passwordHash web/eve',
    ],
  );
  t.equal(withoutSecrets(configuration), undefined);
  const plain = withoutSecrets(configurationOf({ users: spec.users.slice(0, 1) }));
  t.equal(plain?.spec.users[0]?.passwordHash, '$6$a$b');
  t.strictSame(plain?.spec.secrets, {});
});

t.test('values stand in their place', async (t) => {
  const { spec: plain } = await withSecrets(configuration, secretsOf(kept));
  t.equal(plain.root.passwordHash, '$6$r$r');
  t.strictSame(
    plain.users.map((user) => user.passwordHash),
    ['$6$a$b', '$6$e$e'],
  );
  t.equal(plain.storage.passphrase, 'correct horse');
  t.strictSame(plain.secrets, { LICENSE: "it's $5" });
});

t.test('placeholders have the form of what they stand for, and open nothing', async (t) => {
  const { spec: plain } = withPlaceholders(configuration);
  t.strictSame(findings(passwordHash(), plain.root.passwordHash), []);
  t.match(plain.root.passwordHash, /\*$/, 'no hash of crypt(5) holds an asterisk');
  t.strictSame(findings(passphrase(), plain.storage.passphrase), []);
  t.strictSame(plain.secrets, { LICENSE: 'placeholder' });
});

t.test('a value of another form than a literal may have is refused, and is in no message', async (t) => {
  for (const [key, value] of [
    ['web/root', 'top-secret'],
    ['web/root', '$6$top-secret\n$6$x'],
    ['web/eve', ''],
    ['disk/passphrase', ' top-secret'],
    ['disk/passphrase', 'töp-secret'],
    ['vendor/license.key', 'top-secret\nsecond'],
    ['vendor/license.key', ''],
  ] as const) {
    const error = await withSecrets(configuration, secretsOf({ ...kept, [key]: value })).then(
      () => t.fail(key),
      (thrown) => thrown,
    );
    t.equal(error.code, 'SERABUT_ERR_SECRET');
    t.match(error.message, `key "${key.split('/')[1]}" of Secret "${key.split('/')[0]}"`);
    t.notMatch(`${error.stack} ${JSON.stringify(error)}`, 'top-secret');
  }
});

t.test('what is no reference is a finding', async (t) => {
  for (const [of, path] of [
    [{ root: { passwordHash: { secretRef: { name: 'web' } } } }, 'spec.root.passwordHash'],
    [{ root: { passwordHash: { secretRef: { name: '../web', key: 'x' } } } }, 'spec.root.passwordHash'],
    [{ root: { passwordHash: { secretRef: { name: 'web', key: '..' } } } }, 'spec.root.passwordHash'],
    [{ root: { passwordHash: { secretRef: { name: 'web', key: 'a/b' } } } }, 'spec.root.passwordHash'],
    [{ root: { passwordHash: { ...ref('web', 'x'), more: 1 } } }, 'spec.root.passwordHash'],
    [{ root: { passwordHash: 'clear text' } }, 'spec.root.passwordHash'],
    [{ secrets: { license: ref('web', 'x') }, afterInstall: ['true'] }, 'spec.secrets.license'],
    [{ secrets: { LICENSE: 'clear text' }, afterInstall: ['true'] }, 'spec.secrets.LICENSE'],
    [{ secrets: { LICENSE: ref('web', 'x') } }, 'spec.secrets'],
  ] as const) {
    const found = check(of);
    t.ok(Array.isArray(found) && found.some((finding) => finding.path === path), JSON.stringify(of));
  }
});

t.test('checking a Configuration again leaves it as it is', async (t) => {
  t.strictSame(check(configuration.spec), configuration);
});
