import t from 'tap';
import { answers, boot, plugin, render, testMistakes } from '../../helpers/kit.js';

testMistakes(t, {
  'an unknown variable in a boot script': [
    plugin({ files: { 'boot.ipxe.liquid': `${boot}{{ kernelArg }}` } }),
    /undefined variable: kernelArg\n +at .*boot\.ipxe\.liquid:5:\d+/,
  ],
  'an answer file that never reports': [
    plugin({ files: { 'answers.liquid': answers.replace('/done', '') } }),
    'automation: expected a file that reports the end to {{ url.report }}/done, received none',
  ],
  'a URL that is not there': [
    plugin({ files: { 'answers.liquid': `${answers}{{ url.content }}/boot/nothing` } }),
    /expected http:\/\/192\.0\.2\.1:8080\/iso\/content\/tiny-7\.iso\/boot\/nothing to be there, received 404/,
  ],
  'a boot script that ends without a kernel': [
    plugin({ files: { 'boot.ipxe.liquid': boot.replace('boot\n', 'exit 0\n').replace('boot\n', '') } }),
    'boot: expected a script that starts a kernel, received one that ends by exit',
  ],
  'a boot script that loops': [
    plugin({ files: { 'boot.ipxe.liquid': '#!ipxe\n:a\ngoto a\n' } }),
    'boot: expected a script that starts a kernel, received one that ends by endless',
  ],
  'an answer that is no JSON': [
    plugin({
      module: [
        "'answers.txt': { template: 'answers.liquid' }",
        "'a.json': { render: (v) => 'it is no JSON: ' + JSON.stringify(v.configuration) + (v.url.report ? v.url.report + '/done' : '') }",
      ],
    }),
    /^a\.json: expected JSON, received SyntaxError/,
  ],
  'a field that is neither heeded nor refused': [
    plugin({ files: { 'answers.liquid': answers.replace('configuration |', 'configuration.users |') } }),
    /^Configuration\.locale: expected a text that changes with it, or an entry in "unsupported"/,
  ],
  'forgotten kernel arguments of the operator': [
    plugin({ files: { 'boot.ipxe.liquid': boot.replace('{{ kernelArgs }}', '') } }),
    'boot: expected {{ kernelArgs }} on the kernel command line, received a line without them',
  ],
  'an initrd without the firmware': [
    plugin({ files: { 'boot.ipxe.liquid': boot.replace('{{ url.initrd }}', '{{ url.content }}/boot/initrd') } }),
    'boot: expected the initrd by {{ url.initrd }}, to which firmware is joined, received another one',
  ],
  'answers that nobody is told of': [
    plugin({ files: { 'boot.ipxe.liquid': boot.replace(/\{% if.*endif %\}/, '') } }),
    'boot: expected the URL of the answers on the kernel command line ({{ url.automation }}), received none',
  ],
  'answers that are named where there are none': [
    plugin({ files: { 'boot.ipxe.liquid': boot.replace('{% if url.automation %}', '').replace('{% endif %}', '') } }),
    /expected no answer file where nobody said how to install .*, received answers\.txt/,
  ],
  'a report to nobody': [
    plugin({
      files: { 'index.mjs': '', ...plugin(render('(v) => JSON.stringify(v.configuration) + v.url.report + "/done"')) },
    }),
    /expected nothing made of a value that is null or no text, received ".*null\/done"/,
  ],
  'a typo in a command that is tried again': [
    plugin({
      files: { 'boot.ipxe.liquid': boot.replace(/^kernel (.*)$/m, '{% retry "the kernel" %}kernell $1{% endretry %}') },
    }),
    /line \d+ of .*: kernell: no command that every build of iPXE has/,
  ],
  'a query that is forgotten': [
    plugin({ files: { 'boot.ipxe.liquid': boot.replace('{{ url.query }}', '') } }),
    /answers\.txt to be there, received 400: .*Is \{\{ url\.query \}\} behind its name\?$/s,
  ],
  'a Configuration of its own that it cannot do': [
    plugin({
      module: ['  parameters:', "  unsupported: [{ field: 'packages', because: 'it has none' }],\n  parameters:"],
      files: {
        'configurations/a.yaml': `apiVersion: serabut.io/v1alpha1
kind: Configuration
metadata: { name: own }
spec: { users: [{ name: a, sshKeys: [ssh-ed25519 A a] }], packages: [vim] }
`,
      },
    }),
    /Configuration "own" has 1 finding:\n {2}- spec\.packages: expected nothing here .*because it has none/,
  ],
});
