import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { run } from '../../helpers/run-cli.js';

async function script(shell: string): Promise<string> {
  const { out, done } = run('completion', shell);
  await done;
  return out.text;
}

/** What bash would offer for a line whose last word is being typed. */
async function offers(t: Test, line: string): Promise<string[]> {
  const file = join(t.testdir({ script: await script('bash') }), 'script');
  const words = line.split(' ').map((word) => `'${word}'`);
  const program = `source '${file}'; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _serabut; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', program], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

t.test('bash completes commands, subcommands, choices and options', async (t) => {
  t.strictSame(await offers(t, 'serabut des'), ['describe']);
  t.strictSame(await offers(t, 'serabut get ma'), ['machines']);
  t.strictSame(await offers(t, 'serabut get machines --wa'), ['--watch']);
  t.strictSame(await offers(t, 'serabut iso l'), ['ls']);
  t.strictSame(await offers(t, 'serabut image add --sha'), ['--sha256']);
  t.strictSame(await offers(t, 'serabut get machines web-1 --tok'), ['--token-file']);
  t.strictSame(await offers(t, 'serabut nothing-like-it'), []);
});

t.test('zsh and fish have every command', async (t) => {
  const [zsh, fish] = [await script('zsh'), await script('fish')];
  for (const name of ['serve', 'up', 'get', 'describe', 'accept', 'reinstall', 'logs', 'image', 'completion', 'iso']) {
    t.match(zsh, new RegExp(`'${name}'\\) words_=`));
    t.match(fish, new RegExp(`__fish_use_subcommand -a ${name} -d '`));
  }
  t.match(zsh, /^#compdef serabut\n/);
  t.match(zsh, /'image add'\) words_='[^']*--sha256/);
  t.match(fish, /from image; and not __fish_seen_subcommand_from add' -a add -d/);
  t.match(fish, /from image; and __fish_seen_subcommand_from add' -l sha256 -d/);
});

t.test('a shell that is not known is a wrong use', async (t) => {
  await t.rejects(run('completion', 'tcsh').done, { code: 'commander.invalidArgument' });
});
