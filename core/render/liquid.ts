import { Liquid, LiquidError, type Template as LiquidTemplate } from 'liquidjs';
import { SerabutError } from '../errors.js';
import { CountedCapture } from './counted-capture.js';
import { filters } from './filters.js';
import { requireShallow } from './nesting.js';
import { RetryTag } from './retry-tag.js';

/** A parsed template. */
export interface Template {
  /** Throws SERABUT_ERR_TEMPLATE with file, line and column when the view lacks a variable or a filter refuses a value. */
  render(view: object): string;
  /** All variables that it asks its view for, also where a condition hides them from some views. Throws as `render` does. */
  variables(): TemplateVariable[];
}

/** A variable that a template asks for, such as `['configuration', 'users', 0]`, and at which file:line:column. */
export interface TemplateVariable {
  readonly path: readonly (string | number)[];
  readonly where: string;
}

type Variable = ReturnType<Liquid['analyzeSync']>['globals'][string][number];

export interface Renderer {
  /** Throws SERABUT_ERR_TEMPLATE with file, line and column when the text is no template. */
  parse(text: string, file: string): Template;
}

/** Bounds on what one template may do: milliseconds to render, and liquidjs's own counts of characters and objects. */
const limits = { parseLimit: 1_000_000, renderLimit: 1_000, memoryLimit: 10_000_000 } as const;

/**
 * LiquidJS, strict: an unknown variable or filter is an error, only own properties are seen, and no template can
 * include a file (`templates` is an empty set that stands in for the disk).
 */
export function createRenderer(): Renderer {
  const engine = new Liquid({
    ...limits,
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    templates: {},
  });
  for (const [name, filter] of Object.entries(filters)) {
    engine.registerFilter(name, function (value: unknown, argument?: unknown) {
      const text = filter(value, argument);
      this.context.memoryLimit.use(text.length);
      return text;
    });
  }
  engine.registerTag('capture', CountedCapture);
  engine.registerTag('retry', RetryTag);
  return {
    parse(text, file) {
      requireShallow(text, file);
      const parsed = located(file, () => engine.parse(text, file));
      return {
        render: (view) => located(file, () => render(engine, parsed, view)),
        variables: () => located(file, () => Object.values(engine.analyzeSync(parsed).globals).flat().map(toVariable)),
      };
    },
  };
}

/** Its path as far as it is written out: what another variable gives ends it. */
function toVariable({ segments, location: { file = '', row, col } }: Variable): TemplateVariable {
  const end = segments.findIndex((segment) => typeof segment === 'object');
  const path = segments.slice(0, end === -1 ? undefined : end) as (string | number)[];
  return { path, where: `${file}:${row}:${col}` };
}

function render(engine: Liquid, parsed: LiquidTemplate[], view: object): string {
  return engine.renderSync(parsed, view) as string;
}

/** Runs a step of LiquidJS; its error becomes ours, placed at file:line:column. */
function located<T>(file: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (!LiquidError.is(cause)) {
      // Where a limit is reached outside of a tag, or a file asked for that is no part of the template.
      throw new SerabutError('SERABUT_ERR_TEMPLATE', (cause as Error).message, { where: file, cause });
    }
    const [row, column] = cause.token.getPosition();
    const reason = cause.message.replace(/, (file|line):.*/s, '');
    throw new SerabutError('SERABUT_ERR_TEMPLATE', reason, { where: `${file}:${row}:${column}`, cause });
  }
}
