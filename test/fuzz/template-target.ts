import { strict as assert } from 'node:assert';
import { pluginLimits } from '../../core/plugin/run.js';
import { createRenderer, type Template, type TemplateVariable } from '../../core/render/liquid.js';
import type { FuzzTarget, Outcome } from './target.js';
import { textMutator } from './text-mutate.js';
import { refusable } from './texts.js';

const pieces = [
  ...[
    '{{',
    '}}',
    '{%',
    '%}',
    '{%-',
    '-%}',
    '{{ text }}',
    '{{ list | join }}',
    '{{ none }}',
    '{{ object.a.b }}',
    '{{ list[0] }}',
  ],
  ...[
    '{% if text %}',
    '{% endif %}',
    '{% for i in list %}',
    '{% endfor %}',
    '{% for i in (1..3) %}',
    '{% for i in (1..100000) %}',
  ],
  ...[
    '{% capture text %}',
    '{% endcapture %}',
    '{% assign text = text | append: text %}',
    '{% case text %}',
    '{% when 1 %}',
  ],
  ...[
    '{% endcase %}',
    '{% else %}',
    '{% tablerow i in list %}',
    '{% liquid\n',
    '{% raw %}',
    '{% endraw %}',
    '{% comment %}',
  ],
  ...[
    '{% include "/etc/passwd" %}',
    '{% render "/etc/passwd" %}',
    '{% layout "a" %}',
    '{% block a %}',
    '{% retry "a" %}',
    '{% cycle 1 %}',
  ],
  ...[
    '| shell',
    '| yaml',
    '| preseed',
    '| ipxe',
    '| kickstart',
    '| kickstart_shell',
    '| merge_yaml: text',
    '| required: "a"',
  ],
  ...[
    '| append: text',
    '| split: ""',
    '| concat: list',
    '| replace: "a", text',
    '| date: "%999999Y"',
    '| times: 1e9',
    '| json: 9',
  ],
  ...[
    '| where: "a"',
    '| where_exp: "x", "x"',
    '| strip_html',
    '| url_decode',
    '| truncate: 9',
    '| slice: 0, 9',
    '| sort | uniq',
  ],
  ...[
    'object.__proto__',
    'object.constructor',
    '(1..9)',
    '[',
    ']',
    '(',
    ')',
    '"',
    "'",
    '\\',
    '\n',
    '${',
    '\x1b',
    '\xff',
  ],
] as const;

const view = {
  text: 'aaaa: "b" \'c\'\n${d}',
  list: ['a', 'b', { a: 1 }, [1, 2], null],
  object: { a: { b: 'c' } },
  none: null,
  url: { server: 'http://10.0.0.1', kernel: 'http://10.0.0.1/vmlinuz', initrd: 'http://10.0.0.1/initrd' },
  configuration: { hostname: 'web-1', users: [], packages: ['curl'], storage: { disk: { path: null } } },
};

const renderer = createRenderer();

/** Templates of plugins, which are rendered in the server's own process. */
export const target: FuzzTarget = {
  mutator: textMutator({ pieces, longest: 4096 }),
  attempt,
  maxSeconds: 2.5,
  maxHeapMib: 256,
};

async function attempt(input: Uint8Array): Promise<Outcome> {
  const text = Buffer.from(input).toString('utf8');
  const template = await refusable(['SERABUT_ERR_TEMPLATE'], () => renderer.parse(text, 'a.liquid'));
  if (template === undefined) return 'refused';
  const variables = await refusable(['SERABUT_ERR_TEMPLATE'], () => template.variables());
  return rendered(template, viewFor(variables ?? []));
}

/** The view with all that a template asks for, so that it comes far. */
function viewFor(variables: readonly TemplateVariable[]): object {
  const full: Record<string, unknown> = structuredClone(view);
  for (const { path } of variables) {
    let at = full;
    for (const [index, name] of path.slice(0, 8).entries()) {
      if (Object.hasOwn(at, name) && typeof at[name] !== 'object') break;
      const next = index === path.length - 1 ? view.text : {};
      if (!Object.hasOwn(at, name) || at[name] === null)
        Object.defineProperty(at, name, { value: next, enumerable: true, writable: true, configurable: true });
      at = at[name] as Record<string, unknown>;
    }
  }
  return full;
}

async function rendered(template: Template, full: object): Promise<Outcome> {
  const text = await refusable(['SERABUT_ERR_TEMPLATE'], () => template.render(full));
  assert(text === undefined || typeof text === 'string');
  // What is longer is refused by who asked for it, before anything looks into it.
  assert((text ?? '').length > pluginLimits.textLength || !/root:x:0/.test(text ?? ''), 'a file was read');
  return text === undefined ? 'refused' : 'read';
}
