import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { buildApp } from '../helpers/build-app.js';

interface Board {
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly panels: readonly {
    readonly id: number;
    readonly gridPos: { readonly x: number; readonly y: number };
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}

const file = fileURLToPath(new URL('../../../chart/dashboards/serabut.json', import.meta.url));
const text = readFileSync(file, 'utf8');
const board = JSON.parse(text) as Board;

t.test('every metric and label that the board of Grafana asks for is one that the server has', async (t) => {
  const { server } = await buildApp(t);
  const registered = new Map(server.metrics.getMetricsAsArray().map((metric) => [metric.name, metric]));
  const queries = board.panels.flatMap(({ targets }) => targets);
  t.equal(queries.length, 12);
  for (const { expr, legendFormat } of queries) {
    const name = /serabut_\w+/.exec(expr)?.[0].replace(/_bucket$/, '') ?? '';
    const metric = registered.get(name) as { readonly labelNames?: readonly string[] } | undefined;
    t.ok(metric, `there is ${name}`);
    // Prometheus itself adds these two.
    const known = ['job', 'namespace', ...(metric?.labelNames ?? [])];
    const chosen = [...expr.matchAll(/(\w+)=~?"/g)].map(([, label = '']) => label);
    // What a quantile is made of is not shown.
    const by =
      /by \((.*?)\)/
        .exec(expr)?.[1]
        ?.split(', ')
        .filter((label) => label !== 'le') ?? [];
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
    t.strictSame(
      [...chosen, ...by].filter((label) => !known.includes(label)),
      [],
      `${name} has the labels of ${expr}`,
    );
    t.strictSame(shown.sort(), by.sort(), `${legendFormat} shows what is left`);
  }
});

t.test('the panels of the board have a place and a number each, and ask by variables that there are', async (t) => {
  const places = board.panels.map(({ gridPos: { x, y } }) => `${x} ${y}`);
  t.equal(new Set(places).size, 10);
  t.equal(new Set(board.panels.map(({ id }) => id)).size, 10);
  const variables = new Set(board.templating.list.map(({ name }) => name));
  const used = [...text.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name);
  t.strictSame(
    used.filter((name) => !name.startsWith('__') && !variables.has(name)),
    [],
  );
});
