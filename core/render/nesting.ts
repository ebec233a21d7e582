import { SerabutError } from '../errors.js';

/**
 * How deep tags and brackets of a template may be nested. LiquidJS calls itself for each level; V8 ends the whole process
 * where a regular expression is needed for the first time with the stack nearly full, so that no catch helps.
 */
const deepest = 100;

/** A tag or an output, or what is left of one that has no end. */
const markup = /\{[{%][\s\S]*?(?:[%}]\}|$)/g;

/** The name of a tag; inside of `liquid` each line is one. */
const names = /(?:^\{%-?|\n)\s*(\w+)/g;

const opening = /^(if|unless|for|case|capture|tablerow|block|layout|comment|raw|doc)$/;
const closing = /^end\w+$/;

/** Throws SERABUT_ERR_TEMPLATE for a text that is nested too deep to be parsed. */
export function requireShallow(text: string, file: string): void {
  let depth = 0;
  for (const [found] of text.matchAll(markup)) {
    for (const [, name = ''] of found.matchAll(names)) {
      if (opening.test(name)) depth++;
      else if (closing.test(name)) depth = Math.max(0, depth - 1);
      if (depth > deepest) throw tooDeep(file);
    }
    if (bracketsIn(found) > deepest) throw tooDeep(file);
  }
}

/** How many brackets are open at once at most. Those in quotes count, too: nobody writes a hundred of them. */
function bracketsIn(text: string): number {
  let [open, most] = [0, 0];
  for (const sign of text) {
    if (sign === '[' || sign === '(') most = Math.max(most, ++open);
    else if (sign === ']' || sign === ')') open--;
  }
  return most;
}

function tooDeep(file: string): SerabutError {
  return new SerabutError('SERABUT_ERR_TEMPLATE', `it is nested deeper than ${deepest} levels`, { where: file });
}
