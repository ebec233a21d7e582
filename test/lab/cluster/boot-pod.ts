import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fillDataDirectory, type Mirror, type Neighbours, profile, squidExtra } from '../material.js';
import type { Cluster } from './cluster.js';
import { tag } from './images.js';
import { routerAddress } from './network.js';
import { until } from './until.js';

export const namespace = 'boot';
export const podAddress = '192.168.88.2';
/** Nobody, whose containers write to the claims. */
const user = 65534;

/** The router leads to the mirror, has what the mirror lacks, and takes the installer's syslog. */
export const neighbours: Neighbours = { address: routerAddress, wayOut: routerAddress };

/** What the volumes of the pod hold. */
export interface BootMaterial {
  readonly installer: string;
  readonly mirror: Mirror;
  /** Directory of Squid's cache, which later runs find again. */
  readonly squidCache: string;
}

/** Brings up the pod of three containers on the boot LAN, with an ISO, a profile and a cache on volumes of the node. */
export async function startBootPod(
  { kubectl, directory }: Cluster,
  { installer, mirror, squidCache }: BootMaterial,
  stopping: AbortSignal,
): Promise<void> {
  const data = join(directory, 'claims/data');
  rmSync(data, { recursive: true, force: true });
  fillDataDirectory(data, installer, mirror, neighbours);
  mkdirSync(squidCache, { recursive: true });
  for (const path of [data, squidCache]) chownSync(path, user, user);
  const resources = {
    ...Object.fromEntries(
      readdirSync(join(data, 'resources')).map((name) => [name, readFileSync(join(data, 'resources', name), 'utf8')]),
    ),
    'profile.yaml': profile('debian-13', neighbours),
  };
  await kubectl.apply(
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    lan,
    ...claim('data', data),
    ...claim('squid', squidCache),
    configMap('resources', resources),
    configMap('settings', { 'prepare.mjs': prepare, 'squid-extra.conf': squidExtra(mirror, neighbours) }),
    deployment,
  );
  const available = ['get', 'deployment', 'serabut', '-n', namespace, '-o', 'jsonpath={.status.availableReplicas}'];
  const isReady = async () => (await kubectl.run(...available)) === '1';
  await until('ready pod', isReady, { seconds: 120, stopping }).catch(async (error: Error) => {
    const pods = ['-n', namespace, '-l', 'app=serabut'];
    const logs = await kubectl.run('logs', ...pods, '--all-containers', '--prefix', '--tail', '5').catch(String);
    throw new Error(`${error.message}\n${logs}\n${await kubectl.run('events', '-n', namespace)}`);
  });
}

/** The address is fixed, so that a test can name it; that one can come by DHCP is shown by another pod. */
const lan = {
  apiVersion: 'k8s.cni.cncf.io/v1',
  kind: 'NetworkAttachmentDefinition',
  metadata: { name: 'boot', namespace },
  spec: {
    config: JSON.stringify({
      cniVersion: '0.3.1',
      type: 'macvlan',
      master: 'lan0',
      ipam: { type: 'static', addresses: [{ address: `${podAddress}/24` }] },
    }),
  },
} as const;

/** A volume of the node and the claim that takes it. */
function claim(name: string, path: string): object[] {
  const common = { accessModes: ['ReadWriteOnce'], storageClassName: 'lab', volumeMode: 'Filesystem' };
  const spec = { ...common, resources: { requests: { storage: '10Gi' } }, volumeName: name };
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: { ...common, capacity: { storage: '10Gi' }, hostPath: { path }, persistentVolumeReclaimPolicy: 'Retain' },
    },
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace }, spec },
  ];
}

function configMap(name: string, data: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

/** Writes the settings of dnsmasq and Squid by the address that the interface has. */
const prepare = `import { writeFileSync } from 'node:fs';
const lan = '/opt/serabut/build/core/lan';
const { lanAddress } = await import(lan + '/lan-address.js');
const { findLoaders } = await import(lan + '/loaders.js');
const { dnsmasqConf } = await import(lan + '/dnsmasq-conf.js');
const { squidConf } = await import(lan + '/squid-conf.js');
const common = { lan: lanAddress('net1') };
const ipxeDirectory = '/usr/lib/ipxe';
const loaders = await findLoaders(ipxeDirectory);
writeFileSync('/run/serabut/dnsmasq.conf', dnsmasqConf({ ...common, httpPort: 80, ipxeDirectory, loaders, sharePorts: false }));
const cache = { cacheDirectory: '/cache', cacheMegabytes: 4000, extra: '/settings/squid-extra.conf' };
writeFileSync('/run/serabut/squid.conf', squidConf({ ...common, port: 3128, ...cache }));
`;

function container(name: string, image: string, rest: object): object {
  return {
    name,
    image: `serabut-${image}:${tag}`,
    imagePullPolicy: 'Never',
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    ...rest,
  };
}

const mount = (name: string, mountPath: string, subPath?: string) => ({ name, mountPath, ...(subPath && { subPath }) });

const pod = {
  automountServiceAccountToken: false,
  terminationGracePeriodSeconds: 5,
  securityContext: {
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
    sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
  },
  initContainers: [
    container('prepare', 'server', {
      command: ['node', '/settings/prepare.mjs'],
      volumeMounts: [mount('run', '/run/serabut'), mount('settings', '/settings')],
    }),
    container('squid-directories', 'squid', {
      args: ['-z'],
      volumeMounts: [mount('run', '/run/serabut'), mount('settings', '/settings'), mount('squid', '/cache')],
    }),
  ],
  containers: [
    container('server', 'server', {
      args: [
        ...['serve', '--data', '/data', '--port', '80', '--boot-default', 'lab'],
        ...['--proxy', `http://${podAddress}:3128`],
      ],
      readinessProbe: { httpGet: { path: '/readyz', port: 80 }, periodSeconds: 1 },
      volumeMounts: [
        mount('empty', '/data'),
        mount('data', '/data/isos', 'isos'),
        mount('data', '/data/firmware', 'firmware'),
        mount('resources', '/data/resources'),
      ],
    }),
    container('dnsmasq', 'dnsmasq', { volumeMounts: [mount('run', '/run/serabut')] }),
    container('squid', 'squid', {
      volumeMounts: [mount('run', '/run/serabut'), mount('settings', '/settings'), mount('squid', '/cache')],
    }),
  ],
  volumes: [
    { name: 'run', emptyDir: {} },
    { name: 'empty', emptyDir: {} },
    ...['data', 'squid'].map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
    ...['resources', 'settings'].map((name) => ({ name, configMap: { name } })),
  ],
};

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'serabut', namespace },
  spec: {
    replicas: 1,
    strategy: { type: 'Recreate' },
    selector: { matchLabels: { app: 'serabut' } },
    template: {
      metadata: {
        labels: { app: 'serabut' },
        annotations: { 'k8s.v1.cni.cncf.io/networks': '[{"name":"boot","mac":"02:00:00:88:00:02"}]' },
      },
      spec: pod,
    },
  },
};
