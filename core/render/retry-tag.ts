import {
  type Context,
  type Emitter,
  type Liquid,
  Tag,
  type TagToken,
  type Template,
  type TopLevelToken,
} from 'liquidjs';

/** How often a step of a boot script is tried, and how many seconds lie between. */
const tries = 5;
const pause = 3;

/**
 * `{% retry "the kernel" %}kernel …{% endretry %}`: one iPXE command that is tried again and ends in a readable
 * message instead of a silent halt. After it the script is at an end: a key opens iPXE's shell, else the firmware goes
 * on to the next boot entry. Only commands that every iPXE since 2019 knows are used, BIOS builds included.
 */
export class RetryTag extends Tag {
  readonly #what: string;
  readonly #body: Template[] = [];

  constructor(token: TagToken, remaining: TopLevelToken[], liquid: Liquid) {
    super(token, remaining, liquid);
    const name = /^"([A-Za-z0-9 ]+)"$/.exec(token.args.trim())?.[1];
    if (name === undefined) throw new Error('retry wants what is tried in quotes, such as {% retry "the kernel" %}');
    this.#what = name;
    for (let next = remaining.shift(); ; next = remaining.shift()) {
      if (next === undefined) throw new Error(`tag ${token.getText()} not closed`);
      if ('name' in next && next.name === 'endretry') return;
      this.#body.push(liquid.parser.parseToken(next, remaining));
    }
  }

  /** What an analysis of the template looks into. */
  // biome-ignore lint/correctness/useYield: LiquidJS wants a generator, which may end at once.
  *children(): Generator<unknown, Template[]> {
    return this.#body;
  }

  *render(context: Context, emitter: Emitter): Generator<unknown, void, string> {
    const html = yield this.liquid.renderer.renderTemplates(this.#body, context);
    emitter.write(retryScript(this.#what, html.trim()));
  }
}

/** The iPXE script around one command. Labels are made of what is tried, so each may stand once in a script. */
function retryScript(what: string, command: string): string {
  const label = what.toLowerCase().replaceAll(' ', '_');
  return `set tries:int32 0
:try_${label}
echo Serabut: loading ${what}
${command} && goto done_${label} || set error \${errno}
inc tries
iseq \${tries} ${tries} && goto failed_${label} ||
echo Serabut: could not load ${what} (error \${error}), trying again in ${pause} s
sleep ${pause}
goto try_${label}
:failed_${label}
echo Serabut: could not load ${what}: ${tries} tries failed, the last with error \${error}
echo Is the server up? Its log names what was asked for. https://ipxe.org/err/\${error} explains the number.
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1
:done_${label}`;
}
