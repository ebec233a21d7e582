import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import type { Report } from '../cases.js';
import { acceptMachine, reinstallMachine } from './act-case.js';
import { checkActions, checkReinstall } from './actions-case.js';
import { startBrowser } from './browser.js';
import { checkClosed } from './closed-case.js';
import { nameOf } from './fleet.js';
import { checkInstall } from './live-case.js';
import { checkPages } from './pages-case.js';
import { checkPreview, checkWithoutScript } from './plain-case.js';
import { takeScreenshots } from './screenshots-case.js';
import { type Subject, startSubject } from './server.js';
import { watchMachine } from './watch-case.js';

const { values } = parseArgs({
  options: {
    /** A server that runs already, a file with the line or the token of an operator, and a machine of it. */
    url: { type: 'string' },
    'token-file': { type: 'string' },
    machine: { type: 'string' },
    /** For how long the page of that machine is watched, in seconds. */
    watch: { type: 'string', default: '60' },
    /** Accepts the machine with this BootProfile, or tells it to be installed again, and nothing else. */
    accept: { type: 'string' },
    reinstall: { type: 'boolean', default: false },
    /** Whether the pictures of the documents are made anew. */
    screenshots: { type: 'boolean', default: false },
  },
});

let [passed, failed] = [0, 0];
const report: Report = (name, ok, detail = '') => {
  if (ok) passed++;
  else failed++;
  console.log(`${ok ? 'ok' : 'not ok'} - ${name}${detail === '' ? '' : `: ${detail}`}`);
};

try {
  const browser = await startBrowser();
  try {
    await (values.url === undefined ? ownServer(browser) : givenServer(browser, values.url));
  } finally {
    await browser.close();
  }
} catch (error) {
  report('the browser test runs', false, error instanceof Error ? error.message : String(error));
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** A server with a fleet, that ends with the run: nothing on it is sacred. */
async function ownServer(browser: Browser): Promise<void> {
  const subject = await startSubject();
  try {
    if (values.screenshots) return await takeScreenshots(browser, subject, report);
    await checkPages(browser, subject, nameOf(0), report);
    await checkInstall(browser, subject, report);
    await checkActions(browser, subject, nameOf(400), report);
    await checkReinstall(browser, subject, report);
    await checkWithoutScript(browser, subject, report);
    await checkPreview(browser, subject, report);
  } finally {
    await subject.stop();
  }
  await checkClosed(browser, report);
}

/** Somebody's server: what changes nothing is checked, and what is refused, unless one action is asked for. */
async function givenServer(browser: Browser, url: string): Promise<void> {
  const { machine, 'token-file': file } = values;
  if (machine === undefined || file === undefined) throw new Error('--url wants --token-file FILE and --machine NAME');
  const [line = ''] = readFileSync(file, 'utf8').split('\n');
  const token = line.replace(/^[^:]*:/, '').trim();
  const subject: Subject = { url: new URL(url).origin, token, isOwn: false, stop: async () => {} };
  if (values.accept !== undefined) return acceptMachine(browser, subject, { machine, profile: values.accept }, report);
  if (values.reinstall) return reinstallMachine(browser, subject, machine, report);
  await checkPages(browser, subject, machine, report);
  await checkActions(browser, subject, machine, report);
  await watchMachine(browser, subject, { machine, seconds: Number(values.watch) }, report);
}
