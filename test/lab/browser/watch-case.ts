import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import type { Report } from '../cases.js';
import { openWindow } from './browser.js';
import type { Subject } from './server.js';

/** How often the time that was asked for is waited until something has moved: an emulated machine may be slow. */
const longest = 4;

/** The page of a machine that is installed meanwhile, by whoever does that: it moves without being loaded again. */
export async function watchMachine(
  browser: Browser,
  { url, token }: Subject,
  { machine, seconds }: { machine: string; seconds: number },
  report: Report,
): Promise<void> {
  const { context, page, watch } = await openWindow(browser, url, {
    extraHTTPHeaders: { authorization: `Bearer ${token}` },
  });
  await page.goto(`/machines/${encodeURIComponent(machine)}`);
  await page.evaluate('globalThis.isSameDocument = true');
  const rows = () => page.locator('[role=log] tbody tr').allTextContents();
  const first = await rows();
  const shown = new Set(first);
  const began = Date.now();
  const isWithin = (times: number): boolean => Date.now() - began < times * seconds * 1000;
  while (isWithin(1) || (shown.size === first.length && isWithin(longest))) {
    await sleep(500);
    for (const row of await rows()) {
      if (!shown.has(row)) console.log(`# ${new Date().toISOString()} ${row}`);
      shown.add(row);
    }
  }
  const isSame = await page.evaluate<boolean>("'isSameDocument' in globalThis");
  report(
    `the timeline of ${machine} moved without reload`,
    shown.size > first.length && isSame,
    `${first.length} entries, then ${shown.size}`,
  );
  report('no console error meanwhile', watch.complaints.length === 0, watch.complaints.join('; '));
  report('and no request to another host', watch.foreign.length === 0, watch.foreign.join(' '));
  await context.close();
}
