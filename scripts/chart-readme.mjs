#!/usr/bin/env node
// Makes the table of values in chart/README.md out of chart/values.yaml: each value with its default and its comment.
// With --check it changes nothing, and fails if the table is another one.
import { readFileSync, writeFileSync } from 'node:fs';
import { isMap, parseDocument } from 'yaml';

const file = (name) => new URL(`../chart/${name}`, import.meta.url);
const [begin, end] = ['<!-- values: made by scripts/chart-readme.mjs -->', '<!-- end of values -->'];

/** The values below a map as rows, with a row for each map before what it holds. */
function rows(map, path = []) {
  return map.items.flatMap(({ key, value }) => {
    const name = [...path, key.value].join('.');
    const comment = ownComment(key.commentBefore ?? '', map, key, path);
    if (comment === '') throw new Error(`${name} has no comment in values.yaml`);
    if (isMap(value) && !value.flow && value.items.length > 0 && !isOne(value))
      return [`| **${name}** | | ${comment} |`, ...rows(value, [...path, key.value])];
    return [`| \`${name}\` | \`${JSON.stringify(value.toJSON())}\` | ${comment} |`];
  });
}

/** The requests and limits of a container are one value. */
function isOne(map) {
  return map.items.some(({ key }) => key.value === 'requests');
}

/** The last paragraph before a value. That of a map's first value is kept by the parser as the map's own. */
function ownComment(before, map, key, path) {
  const isFirst = map.items[0].key === key;
  const text = before || (isFirst && path.length > 0 ? (map.commentBefore ?? '') : '');
  return text.split(/\n\s*\n/).at(-1).split('\n').map((line) => line.trim()).join(' ').replaceAll('|', '\\|').trim(); // biome-ignore format: one chain
}

const document = parseDocument(readFileSync(file('values.yaml'), 'utf8'));
if (!isMap(document.contents)) throw new Error('values.yaml holds no values');
const table = ['| value | default | what it is |', '| --- | --- | --- |', ...rows(document.contents)].join('\n');
const readme = readFileSync(file('README.md'), 'utf8');
const [start, stop] = [readme.indexOf(begin), readme.indexOf(end)];
if (start < 0 || stop < start) throw new Error(`README.md lacks the lines ${begin} and ${end}`);
const made = `${readme.slice(0, start)}${begin}\n\n${table}\n\n${readme.slice(stop)}`;
if (!process.argv.includes('--check')) writeFileSync(file('README.md'), made);
else if (made !== readme) {
  console.error('The table of values in chart/README.md is not of values.yaml: run node scripts/chart-readme.mjs');
  process.exitCode = 1;
}
