import { Broken } from './faults.js';

/**
 * A server that goes by the network tells a computer which says another's MAC address that it is not that machine: what
 * the machine itself would get is not to be seen from here. Throws `not-this-machine`.
 */
export function refuseStranger(screen: readonly string[]): void {
  const said = /Who asks is not Machine (\S+): (.+?)\. /.exec(screen.join('\n'));
  if (said === null) return;
  const [, machine, why = ''] = said;
  // Only there does it help: it is for machines of which the server's neighbour table has nothing.
  const remote = why.startsWith('no MAC address is known') ? '; behind a router, --identify query is needed' : '';
  throw new Broken(
    'not-this-machine',
    `the server does not take this computer for Machine ${machine}: ${why}${remote}`,
  );
}
