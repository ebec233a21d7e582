import { execFileSync } from 'node:child_process';
import t from 'tap';
import { withVariables } from '../../../core/render/variables.js';

t.test('a script and all that it starts find the variables as they are', async (t) => {
  const variables = { A: 'it\'s $HOME `id` \\ "x"', B_2: '%end' };
  const [script = ''] = withVariables(['sh -c \'printf "%s|%s" "$A" "$B_2"\''], variables);
  t.equal(execFileSync('sh', ['-c', script], { encoding: 'utf8' }), `${variables.A}|%end`);
});

t.test('without variables scripts are as they were', async (t) => {
  t.strictSame(withVariables(['one', 'two\n'], {}), ['one', 'two\n']);
});
