import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RequestLine, requests } from '../evidence.js';
import type { LogLine } from '../process-log.js';
import { ContainerLog } from './container-log.js';
import type { Kubectl } from './kubectl.js';
import { name, namespace } from './release.js';

/** What the containers of the pod print while a machine installs, whichever pod it is. */
export class PodLogs {
  readonly server: ContainerLog;
  readonly dnsmasq: ContainerLog;
  readonly squid: ContainerLog;

  constructor(kubectl: Kubectl) {
    const follow = (container: string) => new ContainerLog(kubectl, namespace, name, container);
    [this.server, this.dnsmasq, this.squid] = [follow('server'), follow('dnsmasq'), follow('squid')];
  }

  /** The requests for a URL that were answered whole. */
  sent(url: RegExp, since: number): RequestLine[] {
    return requests(this.server.lines).filter(
      (request) => request.at >= since && url.test(request.url) && request.status === 200 && !request.aborted,
    );
  }

  /** The requests for a URL whose answer was broken off. */
  brokenOff(url: RegExp, since: number): RequestLine[] {
    return requests(this.server.lines).filter(
      (request) => request.at >= since && url.test(request.url) && request.aborted === true,
    );
  }

  /** What server and dnsmasq say. */
  ofBoot(): LogLine[] {
    return [...this.server.lines, ...this.dnsmasq.lines];
  }

  /** Leaves what was printed in files `NAME-CONTAINER.log` of a directory. */
  async stop(directory: string, name: string): Promise<void> {
    for (const container of ['server', 'dnsmasq', 'squid'] as const) {
      const log = this[container];
      await log.stop();
      const lines = log.lines.map(({ at, text }) => `${at.toFixed(2)} ${text}\n`);
      writeFileSync(join(directory, `${name}-${container}.log`), lines.join(''));
    }
  }
}
