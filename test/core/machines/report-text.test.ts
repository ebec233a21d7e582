import t from 'tap';
import { reportText } from '../../../core/machines/report-text.js';
import { newToken } from '../../../core/machines/tokens.js';

t.test('a report is one line of its query and its body', async (t) => {
  t.equal(reportText('stage=partitioning', ''), 'partitioning');
  t.equal(reportText('', 'half of the packages\n'), 'half of the packages');
  t.equal(reportText('stage=a%20b&now', 'c'), 'a b now c');
  t.equal(reportText('', ''), '');
});

t.test('an event of a webhook is its name and end, not its description', async (t) => {
  const event = {
    name: 'subiquity/Late/run/command_0',
    description: 'curtin in-target -- sh -c "export LICENSE=secret"',
    event_type: 'finish',
    result: 'SUCCESS',
    level: 1,
  };
  t.equal(reportText('', JSON.stringify(event)), 'subiquity/Late/run/command_0 finish SUCCESS');
  t.equal(reportText('', '{"name": 1, "result": null}'), '');
  t.equal(reportText('', JSON.stringify(event).slice(0, -5)), '', 'half of one says nothing');
});

t.test('the token of a URL that failed is not kept', async (t) => {
  const token = newToken();
  const said = `curl: (22) http://10.0.0.2/installations/${token}/automation/ks.cfg 503`;
  t.equal(reportText('', said), 'curl: (22) http://10.0.0.2/installations/…/automation/ks.cfg 503');
  t.notMatch(reportText(`token=${token}`, ''), token);
});

t.test('nothing in it is more than a character of a line', async (t) => {
  t.equal(reportText('a=1%0A2%00', 'x\r\n\u001b[31my\u2028z\u0085'), '1 2 x [31my z');
  t.equal(reportText('', '😀'.repeat(1000)), `${'😀'.repeat(127)}…`);
  t.ok(reportText('', '\ud800x').isWellFormed());
  t.equal(reportText('%', ''), '%');
});
