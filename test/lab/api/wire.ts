import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A cable to a port of loopback that can be cut. */
export class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isApart = false;

  private constructor(port: number) {
    this.#server = createServer((socket) => {
      if (this.#isApart) return void socket.destroy();
      const other = connect(port, '127.0.0.1');
      for (const [one, far] of [
        [socket, other],
        [other, socket],
      ] as const) {
        // biome-ignore format: one line
        this.#sockets.add(one);
        one.pipe(far);
        one.on('error', () => far.destroy());
        one.once('close', () => {
          this.#sockets.delete(one);
          far.destroy();
        });
      }
    });
  }

  static async to(port: number): Promise<Wire> {
    const wire = new Wire(port);
    await once(wire.#server.listen(0, '127.0.0.1'), 'listening');
    return wire;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends the connections; new ones can be made at once. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Ends the connections, and lets no new one come to be until it is joined. */
  part(): void {
    this.#isApart = true;
    this.cut();
  }

  join(): void {
    this.#isApart = false;
  }

  stop(): void {
    this.cut();
    this.#server.close();
  }
}
