import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Where distributions put Chromium. */
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome-stable'];

/** Starts Chromium without a window; installed first where it can be. Throws a sentence that says what is missing. */
export async function startBrowser(): Promise<Browser> {
  const found = places.find((path) => existsSync(path)) ?? install();
  // Its own sandbox does not start under root; the one server that it visits is this run's own, or the lab's.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: found, args });
}

function install(): string {
  const [place = ''] = places;
  const wanted = `The browser test needs Chromium at one of ${places.join(', ')}`;
  if (process.getuid?.() !== 0 || spawnSync('which', ['apt-get']).status !== 0) {
    throw new Error(`${wanted}: install it (apt-get install chromium), or run this as root where there is apt-get.`);
  }
  console.log('# installing chromium');
  const stdio = ['ignore', 'ignore', 'inherit'] as const;
  spawnSync('apt-get', ['-qq', 'update'], { stdio: [...stdio] });
  spawnSync('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', 'chromium'], { stdio: [...stdio] });
  if (!existsSync(place)) throw new Error(`${wanted}, and apt-get could not install it.`);
  return place;
}

/** What pages did that no page of the dashboard may do. */
export interface Watch {
  /** Errors and warnings on the console, and exceptions that nobody caught. */
  readonly complaints: string[];
  /** URLs of other hosts that were asked for. */
  readonly foreign: string[];
  /** How many requests were made. */
  requests: number;
}

/** A window of its own, with cookies of its own, in which everything that is asked for is looked at. */
export async function openWindow(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ context: BrowserContext; page: Page; watch: Watch }> {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1200, height: 760 }, ...options });
  context.setDefaultTimeout(10_000);
  const watch: Watch = { complaints: [], foreign: [], requests: 0 };
  await context.route('**/*', (route) => {
    watch.requests += 1;
    const asked = route.request().url();
    if (new URL(asked).origin === new URL(url).origin) return route.continue();
    watch.foreign.push(asked);
    return route.abort();
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) watch.complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => watch.complaints.push(`${page.url()}: ${error.message}`));
  return { context, page, watch };
}

/** Logs in by the form. */
export async function logIn(page: Page, token: string): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('Token of an operator').fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'Log out' }).waitFor();
}
