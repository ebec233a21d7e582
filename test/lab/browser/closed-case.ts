import type { Browser } from 'playwright-core';
import type { Report } from '../cases.js';
import { openWindow } from './browser.js';
import { startSubject } from './server.js';

/** A server of which nothing can be read without a token, but what machines ask for. */
export async function checkClosed(browser: Browser, report: Report): Promise<void> {
  const subject = await startSubject(['--closed']);
  const { context, page, watch } = await openWindow(browser, subject.url);
  try {
    for (const path of ['/', '/machines', '/machines/gateway/preview', '/images', '/distros', '/plugins']) {
      await page.goto(path);
      report(`closed: ${path} leads to the login`, page.url().includes(`/login?next=${encodeURIComponent(path)}`));
    }
    await page.getByLabel('Token of an operator').fill(subject.token);
    await page.getByRole('button', { name: 'Log in' }).click();
    report('closed: who is logged in reads on', await page.getByRole('heading', { name: 'Plugins' }).isVisible());
    await page.goto('/');
    await context.clearCookies();
    await page.waitForURL('**/login?next=%2F', { timeout: 20_000 });
    report('closed: an open page of a session that is over goes to the login by itself', true);
    report('closed: no console error', watch.complaints.length === 0, watch.complaints.join('; '));
    const boot = await fetch(`${subject.url}/boot?mac=52-54-00-aa-00-03&product=`);
    report('closed: machines are served all the same', boot.status === 200);
  } finally {
    await context.close();
    await subject.stop();
  }
}
