import type { Browser, Page } from 'playwright-core';
import type { Report } from '../cases.js';
import { logIn, openWindow } from './browser.js';
import { Player } from './installer.js';
import type { Subject } from './server.js';

/** How long a page may take to show what has happened, in milliseconds. */
const mostMs = 20_000;

/** A machine is discovered, accepted with the keyboard alone, and installed, while its page is open and never loaded again. */
export async function checkInstall(browser: Browser, { url, token }: Subject, report: Report): Promise<void> {
  const player = new Player(url, '52:54:00:aa:00:01');
  const { context, page, watch } = await openWindow(browser, url);
  await player.meet();
  await logIn(page, token);
  await acceptByKeyboard(page, player.discoveredName, report);
  // Lost with the document: whoever loads the page again would show.
  await page.evaluate('globalThis.isSameDocument = true');
  const script = await player.boot();
  report('the accepted machine gets the script of an installation', script.includes('/installations/'));
  await seen(page, 'ScriptSent', report);
  for (const { shows, run } of player.steps) {
    await run();
    await seen(page, shows, report);
  }
  await player.boot();
  await seen(page, 'It boots its disk', report);
  const isSame = await page.evaluate<boolean>("'isSameDocument' in globalThis");
  report('all of that was shown without loading the page again', isSame);
  report('the list shows it as installed', await isListed(page, player.discoveredName));
  report('no console error meanwhile', watch.complaints.length === 0, watch.complaints.join('; '));
  report('and no request to another host', watch.foreign.length === 0, watch.foreign.join(' '));
  await context.close();
}

/** Goes from the top of the machine's page to the end of its acceptance with Tab and Enter. */
async function acceptByKeyboard(page: Page, name: string, report: Report): Promise<void> {
  await page.goto(`/machines/${name}`);
  const link = await tabTo(page, /^Accept/);
  report('Tab reaches Accept', link, await focused(page));
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/machines/${name}/accept`);
  const question = (await page.locator('main').textContent()) ?? '';
  const names = question.includes(`The disk of ${name} will be erased.`);
  report('the question names the machine and says that its disk will be erased', names);
  await tabTo(page, /^kubernetes|^gpu|^next/);
  await page.keyboard.type('kubernetes-w');
  const button = await tabTo(page, /^Accept .* erase its disk/);
  report('Tab reaches the button', button, await focused(page));
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/machines/${name}`);
  await seen(page, 'It is to be installed as generation 1', report);
  await seen(page, 'Pending', report);
}

/** Presses Tab until what has the focus has such a text; whether it came to that. */
async function tabTo(page: Page, text: RegExp): Promise<boolean> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab');
    if (text.test(await focused(page))) return true;
  }
  return false;
}

function focused(page: Page): Promise<string> {
  return page.evaluate<string>("document.activeElement?.textContent?.trim() ?? ''");
}

async function seen(page: Page, text: string, report: Report): Promise<void> {
  const from = Date.now();
  const isThere = await page
    .locator('#live')
    .getByText(text)
    .first()
    .waitFor({ timeout: mostMs })
    .then(
      () => true,
      () => false,
    );
  report(`the open page shows: ${text}`, isThere, `after ${Date.now() - from} ms`);
}

async function isListed(page: Page, name: string): Promise<boolean> {
  await page.goto(`/machines?search=${name}`);
  const row = page.locator('#live tbody tr').filter({ hasText: name });
  return (await row.textContent())?.includes('Installed') === true;
}
