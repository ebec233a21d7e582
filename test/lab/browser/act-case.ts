import type { Browser } from 'playwright-core';
import type { Report } from '../cases.js';
import { logIn, openWindow } from './browser.js';
import type { Subject } from './server.js';

/** A discovered machine is accepted with a BootProfile, by the pages alone. */
export async function acceptMachine(
  browser: Browser,
  { url, token }: Subject,
  { machine, profile }: { machine: string; profile: string },
  report: Report,
): Promise<void> {
  const { context, page, watch } = await openWindow(browser, url);
  await logIn(page, token);
  await page.goto(`/machines/${machine}`);
  await page.getByRole('link', { name: 'Accept…' }).click();
  await page.locator('main select').selectOption(profile);
  await page.getByRole('button', { name: `Accept ${machine}, erase its disk` }).click();
  await page.waitForURL(`**/machines/${machine}`);
  const text = (await page.locator('#live').textContent()) ?? '';
  report('it is accepted', /1 wanted, 0 begun/.test(text), text.replace(/\s+/g, ' ').slice(0, 300));
  report('without a complaint of the console', watch.complaints.length === 0, watch.complaints.join('; '));
  await context.close();
}

/** A machine that is installed is told to be installed again. */
export async function reinstallMachine(
  browser: Browser,
  { url, token }: Subject,
  machine: string,
  report: Report,
): Promise<void> {
  const { context, page, watch } = await openWindow(browser, url);
  await logIn(page, token);
  await page.goto(`/machines/${machine}`);
  await page.getByRole('link', { name: 'Reinstall…' }).click();
  await page.getByRole('button', { name: `Reinstall ${machine}, erase its disk` }).click();
  await page.waitForURL(`**/machines/${machine}`);
  const text = (await page.locator('#live').textContent()) ?? '';
  report(
    'it is to be installed again',
    /2 wanted, 1 begun, 1 installed/.test(text),
    text.replace(/\s+/g, ' ').slice(0, 300),
  );
  report('without a complaint of the console', watch.complaints.length === 0, watch.complaints.join('; '));
  await context.close();
}
