import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { type ClientName, clientKinds } from '../../core/simulate/client-kinds.js';
import { type Simulation, simulate } from '../../core/simulate/simulate.js';
import type { Walk } from '../../core/simulate/walk.js';
import { buildApp, type TestApp } from './build-app.js';
import { dataFiles, loaders } from './simulated-data.js';
import { type Asked, type LanParts, makeLan, type Offer } from './simulated-lan.js';

/** What stands between a client and the real server: gives its answer on, or another in its place. */
export type Between = (path: string, request: IncomingMessage, response: ServerResponse) => boolean | undefined;

/** What is otherwise than in a good world. */
export interface Plant {
  readonly offers?: (good: readonly Offer[], asked: Asked) => ReturnType<LanParts['offers']>;
  readonly again?: (good: Offer, asked: Asked) => Offer | undefined;
  readonly tftp?: (file: string, good: Buffer) => ReturnType<LanParts['tftp']>;
  /** Answers in place of the server, and says so. */
  readonly between?: Between;
  /** Of the proxy, in place of what the mirror behind it has. */
  readonly proxy?: Between;
  readonly simulation?: Partial<Simulation>;
}

const loaderOf: Record<number, string> = {
  0: 'undionly.kpxe',
  7: 'snponly.efi',
  11: 'ipxe-arm64.efi',
  16: 'snponly.efi',
};

async function listening(t: Test, server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The real server, something between it and its clients, and a proxy with a mirror behind it. */
export class World {
  #plant: Plant = {};
  #front = '';
  #app: TestApp | undefined;

  static async make(t: Test): Promise<World> {
    const world = new World();
    const answers = (between: Between | undefined, asked: IncomingMessage, response: ServerResponse) =>
      between?.(asked.url ?? '', asked, response) === true;
    world.#front = await listening(
      t,
      createServer((asked, response) => {
        if (!answers(world.#plant.between, asked, response)) passOn(world.app.url, asked, response);
      }),
    );
    const proxy = await listening(
      t,
      createServer((asked, response) => {
        if (!answers(world.#plant.proxy, asked, response)) asMirror(asked, response);
      }),
    );
    world.#app = await buildApp(t, { files: dataFiles(proxy), settings: { url: world.#front } });
    return world;
  }

  get app(): TestApp {
    if (this.#app === undefined) throw new Error('the server is not there yet');
    return this.#app;
  }

  /** The URL at which clients reach the server. */
  get url(): string {
    return this.#front;
  }

  /** Goes the way of a machine: from power-on on a LAN of its own, or from the script on where nothing before is otherwise. */
  async play(t: Test, client: ClientName, plant: Plant = {}): Promise<Walk> {
    this.#plant = plant;
    const isOnLan = client === 'http' || !(plant.between ?? plant.proxy ?? plant.simulation);
    const from = isOnLan ? await makeLan(t, lanOf(this.#front, plant)) : this.#front;
    const patience = { quietMs: 10_000, triesNotReady: 2, pauseMs: 1 };
    return simulate({ client, mac: '02:00:00:00:99:01', from, patience, ...plant.simulation });
  }
}

function passOn(target: string, { url, method, headers }: IncomingMessage, response: ServerResponse): void {
  const sent = request(`${target}${url}`, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  sent.end();
}

/** A proxy whose mirror has one release. */
function asMirror({ url }: IncomingMessage, response: ServerResponse): void {
  const isThere = url === 'http://mirror.example/debian/dists/trixie/Release';
  response.writeHead(isThere ? 200 : 404).end(isThere ? 'Suite: stable\n' : 'none');
}

/** The LAN of a good world, as dnsmasq answers there, with what is planted. */
function lanOf(server: string, plant: Plant): LanParts {
  const script = `${server}/boot?mac=\${mac}&uuid=\${uuid}&arch=\${buildarch}&platform=\${platform}`;
  const good = ({ arch, isIpxe }: Asked): Offer[] => {
    const loader = loaderOf[arch] ?? '';
    const [file, vendorClass] =
      arch === clientKinds.http.arch
        ? [`${server}/ipxe/${loader}`, 'HTTPClient']
        : [arch === 0 ? loader : '', 'PXEClient'];
    return [{ address: '127.0.0.50' }, { vendorClass, next: '127.0.0.1', file: isIpxe ? script : file }];
  };
  return {
    offers: (asked) => plant.offers?.(good(asked), asked) ?? good(asked),
    again: (asked) => {
      const named = { vendorClass: 'PXEClient', next: '127.0.0.1', file: loaderOf[asked.arch] ?? '' };
      return plant.again === undefined ? named : plant.again(named, asked);
    },
    tftp: (file) => {
      const found = loaders[file];
      if (found === undefined) return 'missing';
      return plant.tftp === undefined ? found : plant.tftp(file, found);
    },
  };
}
