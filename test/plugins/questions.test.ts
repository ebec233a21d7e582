import t from 'tap';
import { checkPreseed, preseedAnswers, questionsOf } from '../../plugins/debian/check-preseed.js';

const questions = questionsOf('13');
const check = (text: string) =>
  checkPreseed(text, questions).map(({ path, expected }) => `${path.split(', ')[1]}: ${expected}`);

t.test('the table has types and choices, and that of 12 stands on that of 13', async (t) => {
  t.strictSame(questions.get('netcfg/get_hostname'), ['string']);
  t.strictSame(questions.get('pkgsel/upgrade'), ['select', 'none', 'safe-upgrade', 'full-upgrade']);
  t.strictSame(questions.get('partman-md/confirm_nooverwrite'), ['boolean']);
  t.strictSame(questionsOf('12').get('passwd/root-login'), ['boolean']);
  t.ok(questions.size > 500);
});

t.test('a misspelt question is a finding that says what was meant', async (t) => {
  t.strictSame(check('# a comment\n\nd-i passwd/make-users boolean false\n'), [
    'line 3: a question of the installer (did you mean "passwd/make-user"?)',
  ]);
  t.strictSame(check('tasksel tasksel/frist multiselect x'), [
    'line 1: a question of the installer (did you mean "tasksel/first"?)',
  ]);
});

t.test('an answer that cannot be is a finding', async (t) => {
  t.strictSame(check('d-i passwd/make-user boolean yes'), ['line 1: true or false for passwd/make-user']);
  t.strictSame(check('d-i pkgsel/upgrade select everything'), [
    'line 1: one of none, safe-upgrade, full-upgrade for pkgsel/upgrade',
  ]);
  t.strictSame(check('d-i apt-setup/services-select multiselect security, updats'), [
    'line 1: one of security, updates, backports for apt-setup/services-select',
  ]);
  t.strictSame(check('d-i alone'), ['line 1: owner, question, type and value']);
});

t.test('what is right, and what cannot be known, is let through', async (t) => {
  t.strictSame(
    check(`d-i partman-auto/expert_recipe string \\
      a :: 1 1 1 free . \\
      2 2 2 ext4 .
postfix postfix/main_mailer_type select No configuration
d-i apt-setup/local0/repository string http://a b c
d-i passwd/username seen false
`),
    [],
  );
});

t.test('a preseed is read as debconf-set-selections reads it', async (t) => {
  t.strictSame(preseedAnswers('d-i a/b string  two blanks \nd-i c/d string one \\\n  two\nd-i e/f string\n'), [
    { line: 1, owner: 'd-i', question: 'a/b', type: 'string', value: ' two blanks ' },
    { line: 3, owner: 'd-i', question: 'c/d', type: 'string', value: 'one   two' },
    { line: 4, owner: 'd-i', question: 'e/f', type: 'string', value: '' },
  ]);
});
