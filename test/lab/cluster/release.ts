import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fillDataDirectory, type Mirror, type Neighbours, profile, squidExtra } from '../material.js';
import type { Cluster } from './cluster.js';
import { customPlugin, makeCustomIso, pluginMap } from './custom-plugin.js';
import { tag } from './images.js';
import { lanAddress, type PodJson } from './lan-pod.js';
import { routerAddress } from './network.js';

export const chart = fileURLToPath(new URL('../../../../chart', import.meta.url));
export const namespace = 'serabut';
/** The name of the release, and of its deployment. */
export const name = 'serabut';
/** The options of kubectl that say which pod is meant. */
export const ofPod = ['-n', namespace, '-l', `app.kubernetes.io/instance=${name}`] as const;

/** The router leads to the mirror, has what the mirror lacks, and takes the installer's syslog. */
export const neighbours: Neighbours = { address: routerAddress, wayOut: routerAddress };

/** What the volumes of the pod hold. */
export interface BootMaterial {
  readonly installer: string;
  readonly mirror: Mirror;
  /** Directory of Squid's cache, which later runs find again. */
  readonly squidCache: string;
}

/** The chart as it is installed, and where its pod is on the LAN. */
export interface Release {
  readonly address: string;
  readonly server: string;
  readonly proxy: string;
  /** What `helm install` said. */
  readonly notes: string;
}

/** Installs the chart into a namespace that enforces "restricted", with claims that hold an ISO and a cache. */
export async function installRelease({ kubectl, directory }: Cluster, material: BootMaterial): Promise<Release> {
  if (!existsSync(chart)) throw new Error(`There is no chart in ${chart}.`);
  const data = join(directory, 'claims/iso');
  fillClaim(data, material);
  mkdirSync(material.squidCache, { recursive: true });
  for (const path of [data, material.squidCache]) spawnSync('chown', ['-R', '65534:65534', path]);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await kubectl.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    volume('iso', data),
    volume('squid', material.squidCache),
    pluginMap(namespace, 'one'),
  );
  await kubectl.run('label', 'node', 'node1', 'serabut/interface=lan0', '--overwrite');
  const file = join(directory, 'values.json');
  writeFileSync(file, JSON.stringify(values(material.mirror)));
  const notes = await kubectl.helm('install', name, chart, '-n', namespace, '-f', file, '--wait', '--timeout', '3m');
  const pods = await kubectl.get<{ items: PodJson[] }>('pod', ...ofPod);
  const address = pods.items.map(lanAddress).find((found) => found !== undefined) ?? 'none';
  return { address, server: `http://${address}:8080`, proxy: `http://${address}:3128`, notes };
}

function fillClaim(data: string, { installer, mirror }: BootMaterial): void {
  rmSync(data, { recursive: true, force: true });
  fillDataDirectory(data, installer, mirror, neighbours);
  writeFileSync(join(data, 'resources/profile.yaml'), profile('debian-13', neighbours));
  makeCustomIso(join(data, 'isos/custom.iso'));
}

/** A volume of the node for one claim of the release: nothing in this cluster makes volumes. */
function volume(claim: string, path: string): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: claim },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '10Gi' },
      claimRef: { namespace, name: `${name}-${claim}` },
      hostPath: { path },
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: 'lab',
    },
  };
}

function values(mirror: Mirror): object {
  const image = { tag, pullPolicy: 'Never' };
  return {
    lan: { interface: 'lan0' },
    plugins: { builtIn: { ubuntu: false }, custom: { lab: { configMap: customPlugin } } },
    bootDefault: 'lab',
    squid: { extra: squidExtra(mirror, neighbours) },
    persistence: { iso: { storageClass: 'lab' }, squid: { storageClass: 'lab' } },
    images: { server: image, dnsmasq: image, squid: image },
    tests: { waitSeconds: 30 },
  };
}
