import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resources } from '../helpers/build-app.js';
import type { Lab } from './boot-server.js';
import { type CaseOptions, netinst, powerOn, type Report, untilLogin } from './cases.js';
import { addHost, bootAddress, hosts, ip, on, plugIn, removeNetwork } from './network.js';
import { LoggedProcess } from './process-log.js';

const mac = '52:54:00:88:00:02';
const machineName = 'mac-52-54-00-88-00-02';
const server = `http://${bootAddress}:8080`;
const browser = fileURLToPath(new URL('./browser/main.js', import.meta.url));

/** How many machines there are beside the one that is installed. */
const others = 999;

/** For how long its page is watched while it is installed, in seconds. */
const watched = 300;

/**
 * The dashboard of a server with a thousand machines, in a browser on the boot server: one that was only seen is accepted,
 * shown while it is installed, and told to be installed again.
 */
export async function checkDashboard(lab: Lab, options: CaseOptions, report: Report): Promise<void> {
  writeFleet(join(lab.directory, 'data/resources/fleet.json'));
  await lab.offer(netinst.distro);
  await meet();
  await inBrowser(lab, report, 'accept', ['--accept', 'lab']);
  const machine = powerOn(lab, options, { name: 'dashboard', mac, firmware: 'uefi' });
  const pages = inBrowser(lab, report, 'pages', ['--watch', String(watched)]);
  await untilLogin(machine, 'labnode', options, report);
  await pages;
  report('the API says that it is installed', ask(`/api/v1/machines/${machineName}`).includes('"phase":"Installed"'));
  await inBrowser(lab, report, 'reinstall', ['--reinstall']);
}

function writeFleet(path: string): void {
  const machines = Array.from({ length: others }, (_, index) => {
    const hex = index.toString(16).padStart(4, '0');
    const spec = { macs: [`52:54:00:01:${hex.slice(0, 2)}:${hex.slice(2)}`], bootProfile: 'lab' };
    return { kind: 'Machine', name: `fleet-${index}`, spec };
  });
  writeFileSync(path, resources(...machines));
}

/** The machine is seen before it is switched on: a host with its card asks once, as iPXE does, and goes. */
async function meet(): Promise<void> {
  const twin = 'srb-twin';
  await removeNetwork([twin]);
  addHost(twin);
  try {
    plugIn(twin, 'eth0', hosts.switch);
    ip('-n', twin, 'link', 'set', 'eth0', 'address', mac);
    ip('-n', twin, 'addr', 'add', '192.168.88.8/24', 'dev', 'eth0');
    const url = `${server}/boot?mac=${mac.replaceAll(':', '-')}&platform=efi&arch=x86_64&product=Seen`;
    spawnSync(...on(twin, 'curl', '-sf', '--retry', '5', '--retry-all-errors', url));
  } finally {
    await removeNetwork([twin]);
  }
  for (let tries = 0; tries < 100 && !ask('/api/v1/machines?phase=Discovered').includes(machineName); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function ask(path: string): string {
  return spawnSync(...on(hosts.boot, 'curl', '-s', `${server}${path}`), { encoding: 'utf8' }).stdout;
}

/** Runs the browser test on the boot server; each of its lines is a result of this run. */
async function inBrowser(lab: Lab, report: Report, name: string, what: readonly string[]): Promise<void> {
  const args = ['--url', server, '--token-file', lab.tokens, '--machine', machineName, ...what];
  const log = join(lab.directory, 'logs', `browser-${name}`);
  const run = new LoggedProcess(...on(hosts.boot, process.execPath, '--enable-source-maps', browser, ...args), log);
  while (run.isRunning) await new Promise((resolve) => setTimeout(resolve, 500));
  await run.stop();
  for (const { text } of run.lines) {
    const [, not, rest] = /^(not )?ok - (.*)$/.exec(text) ?? [];
    if (rest !== undefined) report(`dashboard, ${name}: ${rest}`, not === undefined);
  }
  report(`the browser has looked at all (${name})`, run.matches(/^\d+ passed, \d+ failed$/), log);
}
