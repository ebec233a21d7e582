import type { Browser } from 'playwright-core';
import type { Report } from '../cases.js';
import { logIn, openWindow } from './browser.js';
import { nameOf } from './fleet.js';
import { Player } from './installer.js';
import type { Subject } from './server.js';

/** What an operator does, and how the same is refused to whoever is none. */
export async function checkActions(browser: Browser, subject: Subject, machine: string, report: Report): Promise<void> {
  const { context, page } = await openWindow(browser, subject.url);
  await page.goto(`/machines/${machine}`);
  report('without a session the page offers no action', (await page.locator('a.button').count()) === 0);
  await page.goto(`/machines/${machine}/reinstall`);
  report(
    'and the question leads to the login',
    page.url().includes(`/login?next=%2Fmachines%2F${machine}%2Freinstall`),
  );
  await page.getByLabel('Token of an operator').fill('not-the-token-of-anybody');
  await page.getByRole('button', { name: 'Log in' }).click();
  report('a wrong token is refused', await page.getByText('It is not the token of an operator.').isVisible());
  await page.getByLabel('Token of an operator').fill(subject.token);
  await page.getByRole('button', { name: 'Log in' }).click();
  const text = (await page.locator('main').textContent()) ?? '';
  report(
    'the right one leads back to the question, which names the machine',
    text.includes(`The disk of ${machine} will be erased.`),
  );
  const [cookie] = await context.cookies();
  report('the cookie is for this site and for no script', cookie?.httpOnly === true && cookie.sameSite === 'Strict');
  const csrf = await page.locator('main input[name=csrf]').inputValue();
  await refusals(subject, machine, { cookie: `${cookie?.name}=${cookie?.value}`, csrf }, report);
  await context.close();
}

interface Session {
  readonly cookie: string;
  readonly csrf: string;
}

/** By raw requests, as another site's page or a program could send them. Each has to be refused, and to change nothing. */
async function refusals({ url }: Subject, machine: string, { cookie, csrf }: Session, report: Report): Promise<void> {
  const own = { origin: url, 'sec-fetch-site': 'same-origin' };
  const tries: [string, Record<string, string>, string][] = [
    ['without a cookie', own, csrf],
    ['with a made-up cookie', { ...own, cookie: `serabut-session=${'x'.repeat(43)}` }, csrf],
    ['with a wrong field', { ...own, cookie }, 'x'.repeat(43)],
    ['without the field', { ...own, cookie }, ''],
    ['from another origin', { cookie, origin: 'http://elsewhere.example' }, csrf],
    ['from a sandboxed page', { cookie, origin: 'null' }, csrf],
    ['from another site', { cookie, 'sec-fetch-site': 'cross-site' }, csrf],
  ];
  const before = await generationOf(url, machine);
  for (const action of ['reinstall', 'accept', 'forget']) {
    for (const [how, headers, field] of tries) {
      const body = new URLSearchParams({ csrf: field });
      const init = { method: 'POST', headers, body, redirect: 'manual' } as const;
      const { status } = await fetch(`${url}/machines/${machine}/${action}`, init);
      report(`${action} ${how} is refused`, status === 401 || status === 403, `status ${status}`);
    }
  }
  const type = { ...own, cookie, 'content-type': 'text/plain' };
  const plain = await fetch(`${url}/machines/${machine}/reinstall`, {
    method: 'POST',
    headers: type,
    body: `csrf=${csrf}`,
  });
  report('a form of another type is refused', plain.status >= 400 && plain.status < 500, `status ${plain.status}`);
  const after = await generationOf(url, machine);
  report('none of them changed anything', before !== '' && after === before, `${before} before, ${after} after`);
}

async function generationOf(url: string, machine: string): Promise<string> {
  const page = await (await fetch(`${url}/machines/${machine}`)).text();
  return /\d+ wanted, \d+ begun, \d+ installed/.exec(page)?.[0] ?? '';
}

/** A machine is reinstalled, one is forgotten, and who has logged out can do neither. Only on a server of this run's own. */
export async function checkReinstall(browser: Browser, { url, token }: Subject, report: Report): Promise<void> {
  const { context, page, watch } = await openWindow(browser, url);
  await logIn(page, token);
  const machine = nameOf(300);
  await page.goto(`/machines/${machine}`);
  await page.getByRole('link', { name: 'Reinstall…' }).click();
  await page.getByRole('button', { name: `Reinstall ${machine}, erase its disk` }).click();
  await page.waitForURL(`**/machines/${machine}`);
  report(
    'a machine is to be installed again',
    (await page.locator('dl.facts').textContent())?.includes('2 wanted, 1 begun') === true,
  );
  const player = new Player(url, '52:54:00:01:01:2c');
  report('and is, when it asks', (await player.boot()).includes('/installations/'));
  const stray = new Player(url, '52:54:00:aa:00:02');
  await stray.meet();
  await page.goto(`/machines/${stray.discoveredName}/forget`);
  await page.getByRole('button', { name: `Forget ${stray.discoveredName}` }).click();
  await page.waitForURL('**/machines');
  const gone = await page.goto(`/machines/${stray.discoveredName}`);
  report('a discovered machine is forgotten', gone?.status() === 404);
  watch.complaints.length = 0;
  await page.goto('/machines/gateway');
  await page.getByRole('link', { name: 'Reinstall…' }).click();
  await page.getByRole('button', { name: /^Reinstall gateway/ }).click();
  const told = (await page.locator('main').textContent()) ?? '';
  const says = /set spec\.install\.generation to 1/.test(told) && told.includes('all.yaml');
  report('of a machine in a file the page says what to change where', says, told.replace(/\s+/g, ' ').slice(0, 200));
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.goto(`/machines/${machine}/reinstall`);
  report('who has logged out is asked for the token', page.url().includes('/login'));
  await context.close();
}
