import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import type { Report } from '../cases.js';
import { logIn, openWindow } from './browser.js';
import { hostileProduct } from './fleet.js';
import type { Subject } from './server.js';

/** How long a page may take, from the click to all that it is made of being there, in milliseconds. */
const mostMs = 1000;

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** When the document was there, and all that it is made of, in milliseconds since the page was asked for. */
const timing =
  "performance.getEntriesByType('navigation').flatMap((e) => [e.domContentLoadedEventEnd, e.loadEventStart])";

/** The pages of a server; `machine` is the name of one of its machines. */
function pathsOf(machine: string, isOwn: boolean): string[] {
  const name = encodeURIComponent(machine);
  return [
    ...['/', '/machines', '/machines?sort=lastSeen', '/machines?phase=Discovered', '/machines?search=52:54'],
    // Of one that boots its disk the preview has two scripts.
    ...(isOwn ? ['/machines?page=10', '/machines?search=nobody-has-this', '/machines/gateway/preview'] : []),
    ...[`/machines/${name}`, `/machines/${name}/preview`, `/machines/${name}/reinstall`],
    ...['/images', '/distros', '/plugins', '/login'],
  ];
}

/** Every page, light and dark: how long it takes, whether it is accessible, and what it asks for. */
export async function checkPages(browser: Browser, subject: Subject, machine: string, report: Report): Promise<void> {
  const { url, token, isOwn } = subject;
  for (const colorScheme of ['light', 'dark'] as const) {
    const { context, page, watch } = await openWindow(browser, url, { colorScheme });
    await logIn(page, token);
    for (const path of pathsOf(machine, isOwn)) {
      if (colorScheme === 'light') await checkTime(page, path, report);
      else await page.goto(path);
      await checkAccess(page, `${path} (${colorScheme})`, report);
    }
    if (isOwn) await checkHostile(page, report);
    report(
      `no page complains on the console (${colorScheme})`,
      watch.complaints.length === 0,
      watch.complaints.join('; '),
    );
    const nothing = watch.foreign.length === 0 && watch.requests > 0;
    report(`of ${watch.requests} requests none is for another host`, nothing, watch.foreign.join(' '));
    await context.close();
  }
}

/**
 * What the browser itself measured, until it was quick enough or five times: what is above the best is what else the host
 * had to do. All figures are shown.
 */
async function checkTime(page: Page, path: string, report: Report): Promise<void> {
  const times: { dom: number; load: number }[] = [];
  while (times.length < 5 && !times.some(({ load }) => load < mostMs)) {
    const response = await page.goto(path, { waitUntil: 'load' });
    if (response?.status() !== 200) return report(`${path} renders`, false, `status ${response?.status()}`);
    const [dom = 0, load = 0] = await page.evaluate<number[]>(timing);
    times.push({ dom, load });
  }
  const figures = times.map(({ dom, load }) => `${Math.round(dom)}/${Math.round(load)}`).join(', ');
  const best = Math.min(...times.map(({ load }) => load));
  report(`${path} renders under a second`, best > 0 && best < mostMs, `DOMContentLoaded/load in ms: ${figures}`);
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly unknown[] }[];
}

async function checkAccess(page: Page, name: string, report: Report): Promise<void> {
  // By the devtools protocol, which the page's own content security policy does not bind.
  await page.evaluate(axe);
  const violations = await page.evaluate<Violation[]>('axe.run().then(({ violations }) => violations)');
  const found = violations.map(
    ({ id, nodes }) =>
      `${id} at ${nodes
        .map(({ target }) => target.join(' '))
        .slice(0, 3)
        .join(', ')}`,
  );
  report(`axe finds nothing wrong with ${name}`, violations.length === 0, found.join('; '));
}

/** What a machine says of itself is text, whatever it says. */
async function checkHostile(page: Page, report: Report): Promise<void> {
  await page.goto(`/machines?search=${encodeURIComponent('img src')}`);
  await page.locator('#live tbody a').first().click();
  const facts = page.locator('dl.facts');
  await facts.waitFor();
  report(
    'what a machine says of itself is shown as text',
    (await facts.textContent())?.includes(hostileProduct) === true,
  );
  report('and makes no element', (await page.locator('main img').count()) === 0);
}
