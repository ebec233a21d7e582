import type { Browser } from 'playwright-core';
import type { Report } from '../cases.js';
import { logIn, openWindow } from './browser.js';
import { nameOf } from './fleet.js';
import type { Subject } from './server.js';

/** Everything without a script: search, pages, login, and an action. */
export async function checkWithoutScript(browser: Browser, subject: Subject, report: Report): Promise<void> {
  const { context, page } = await openWindow(browser, subject.url, { javaScriptEnabled: false });
  await page.goto('/machines');
  await page.getByLabel('Name, MAC address').fill(nameOf(500));
  await page.getByRole('button', { name: 'Show' }).click();
  const rows = page.locator('#live tbody tr');
  report('without a script: search finds one machine', (await rows.count()) === 1);
  await page.goto('/machines');
  await page.getByRole('link', { name: 'Next 100' }).click();
  report('without a script: the next page has 100 more', (await rows.count()) === 100 && page.url().endsWith('page=2'));
  await page
    .getByRole('link', { name: /Installed/ })
    .first()
    .click();
  report('without a script: the counts are filters', page.url().endsWith('/machines?phase=Installed'));
  await logIn(page, subject.token);
  const machine = nameOf(301);
  await page.goto(`/machines/${machine}`);
  await page.getByRole('link', { name: 'Reinstall…' }).click();
  await page.getByRole('button', { name: `Reinstall ${machine}, erase its disk` }).click();
  const facts = (await page.locator('dl.facts').textContent()) ?? '';
  report('without a script: a machine is to be installed again', facts.includes('2 wanted'));
  await context.close();
}

/** The preview shows what the machine gets, and leaves no trace. */
export async function checkPreview(browser: Browser, subject: Subject, report: Report): Promise<void> {
  const { context, page } = await openWindow(browser, subject.url);
  const machine = nameOf(13); // Pending
  const text = async (path: string) => {
    await page.goto(path);
    return (await page.locator('main').textContent()) ?? '';
  };
  const before = await text(`/machines/${machine}`);
  const shown = await text(`/machines/${machine}/preview`);
  report(
    'the preview has the script and the answers',
    /#!ipxe/.test(shown) && /preseed\.cfg/.test(shown) && /d-i /.test(shown),
  );
  report('with no token in it', shown.includes('/installations/TOKEN') && !/installations\/[\w-]{43}/.test(shown));
  report('and the machine is as it was', before !== '' && (await text(`/machines/${machine}`)) === before);
  await context.close();
}
