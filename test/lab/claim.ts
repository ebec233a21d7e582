import { createServer } from 'node:net';

const claimed = new Set<string>();

/**
 * Claims the lab's namespaces for this process and all of its cases, so that no second run takes a first one's network
 * away. The claim is a socket without a file (unix(7), abstract): the kernel gives it up when the process ends, however
 * that ends.
 */
export async function claimLab(name = 'serabut-lab'): Promise<void> {
  if (claimed.has(name)) return;
  const claim = createServer();
  await new Promise<void>((resolve, reject) => {
    claim.once('error', () => reject(new Error('Another run of the lab is going on on this machine.')));
    claim.listen(`\0${name}`, resolve);
  });
  claim.unref();
  claimed.add(name);
}
