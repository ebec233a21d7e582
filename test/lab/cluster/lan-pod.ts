import { spawnSync } from 'node:child_process';
import type { Report } from '../cases.js';
import { on } from '../network.js';
import type { Cluster } from './cluster.js';
import { tag } from './images.js';
import { hosts } from './network.js';
import { until } from './until.js';

const namespace = 'lan';

/** What `kubectl get pod -o json` says of the interfaces that Multus made. */
export interface PodJson {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly status: { readonly phase: string };
}

/** A pod under "restricted" with a further interface on the boot LAN: the ground that the chart stands on. */
export async function checkLanPod({ kubectl, router, stopping }: Cluster, report: Report): Promise<void> {
  await kubectl.apply(...objects);
  const get = () => kubectl.get<PodJson>('pod', 'lan', '-n', namespace);
  try {
    const isReady = async () => (await kubectl.run('get', 'pod', 'lan', '-n', namespace, '-o', ready)) === 'True';
    await until('ready pod', isReady, { seconds: 90, stopping });
    report('a pod is ready in a namespace that enforces "restricted"', true);
  } catch (error) {
    const events = await kubectl.run('events', '-n', namespace);
    report('a pod is ready in a namespace that enforces "restricted"', false, `${error}\n${events}`);
    return;
  }
  const address = lanAddress(await get());
  report('its interface net1 has an address of the LAN', address?.startsWith('192.168.88.') ?? false, address);
  const given = new RegExp(`DHCPACK\\(eth0\\) ${address?.replaceAll('.', '\\.')} 02:00:00:88:00:01`);
  report("the router's DHCP gave it", router.matches(given));
  const asked = spawnSync(...on(hosts.switch, 'curl', '-sf', '--max-time', '5', `http://${address}/healthz`));
  report('it answers on port 80 of the LAN, without a capability', asked.status === 0);
  await kubectl.run('delete', 'namespace', namespace);
}

const ready = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';

/** The address of net1, out of the note that Multus leaves. */
export function lanAddress({ metadata }: PodJson): string | undefined {
  const networks = JSON.parse(metadata.annotations['k8s.v1.cni.cncf.io/network-status'] ?? '[]') as {
    interface: string;
    ips?: string[];
  }[];
  return networks.find((network) => network.interface === 'net1')?.ips?.[0];
}

const objects = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  },
  {
    apiVersion: 'k8s.cni.cncf.io/v1',
    kind: 'NetworkAttachmentDefinition',
    metadata: { name: 'boot', namespace },
    spec: {
      config: JSON.stringify({ cniVersion: '0.3.1', type: 'macvlan', master: 'lan0', ipam: { type: 'dhcp' } }),
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'lan',
      namespace,
      annotations: { 'k8s.v1.cni.cncf.io/networks': '[{"name":"boot","mac":"02:00:00:88:00:01"}]' },
    },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 5,
      securityContext: {
        runAsNonRoot: true,
        fsGroup: 65534,
        seccompProfile: { type: 'RuntimeDefault' },
        sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
      },
      containers: [
        {
          name: 'server',
          image: `serabut-server:${tag}`,
          imagePullPolicy: 'Never',
          args: ['serve', '--data', '/data', '--port', '80'],
          readinessProbe: { httpGet: { path: '/readyz', port: 80 }, periodSeconds: 1 },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', emptyDir: {} }],
    },
  },
] as const;
