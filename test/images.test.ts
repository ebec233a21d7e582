import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const images = fileURLToPath(new URL('../../images/', import.meta.url));
const names = readdirSync(images, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** The instructions of a container file, without comments, one a line. */
function instructions(name: string): string[] {
  const text = readFileSync(`${images}${name}/Containerfile`, 'utf8');
  return text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n');
}

const last = (lines: readonly string[], instruction: string): string =>
  lines.findLast((line) => line.startsWith(`${instruction} `))?.slice(instruction.length + 1) ?? '';

t.test('there is an image for each container of the pod', async (t) => {
  t.strictSame(names.sort(), ['dnsmasq', 'server', 'squid']);
});

for (const name of names) {
  t.test(`the image ${name} stands on the base that is given`, async (t) => {
    const lines = instructions(name);
    t.match(lines[0], /^ARG BASE=docker\.io\/library\/debian:trixie-slim$/);
    for (const line of lines.filter((text) => text.startsWith('FROM '))) t.match(line, /^FROM \$\{BASE\}( AS \w+)?$/);
  });

  t.test(`the image ${name} runs one program, by itself and as nobody`, async (t) => {
    const lines = instructions(name);
    t.equal(last(lines, 'USER'), '65534:65534');
    const command: unknown = JSON.parse(last(lines, 'ENTRYPOINT'));
    t.notMatch(command, [/sh$/]);
    t.notOk(
      lines.some((line) => /\.sh\b/.test(line)),
      'it has a script',
    );
  });
}

t.test('the server keeps its memory as small as its program says', async (t) => {
  const program = readFileSync(new URL('../core/main.js', import.meta.url), 'utf8');
  const flags = /^#!\/usr\/bin\/env -S node (.*)$/m.exec(program)?.[1]?.split(' ') ?? [];
  t.ok(flags.length > 0);
  const command = JSON.parse(last(instructions('server'), 'ENTRYPOINT')) as string[];
  for (const flag of flags) t.ok(command.includes(flag), flag);
});
