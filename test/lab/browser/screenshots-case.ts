import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import type { Report } from '../cases.js';
import { logIn, openWindow } from './browser.js';
import { nameOf } from './fleet.js';
import type { Subject } from './server.js';

/** The pictures of the documents. */
const shots = [
  { name: 'dashboard-overview', path: '/', colorScheme: 'light' },
  { name: 'dashboard-machines', path: '/machines?sort=phase', colorScheme: 'light' },
  { name: 'dashboard-machine', path: `/machines/${nameOf(0)}`, colorScheme: 'light' },
  { name: 'dashboard-machine-dark', path: `/machines/${nameOf(0)}`, colorScheme: 'dark' },
] as const;

/** The most that a picture may have, in bytes. */
const mostBytes = 150_000;

/** Makes the pictures anew. */
export async function takeScreenshots(browser: Browser, { url, token }: Subject, report: Report): Promise<void> {
  const directory = fileURLToPath(new URL('../../../../docs/images/', import.meta.url));
  for (const { name, path, colorScheme } of shots) {
    const { context, page } = await openWindow(browser, url, { colorScheme });
    await logIn(page, token);
    await page.goto(path);
    const file = join(directory, `${name}.png`);
    await page.screenshot({ path: file });
    const { size } = statSync(file);
    report(`docs/images/${name}.png is small`, size < mostBytes, `${Math.ceil(size / 1000)} kB`);
    await context.close();
  }
}
