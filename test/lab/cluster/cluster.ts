import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { routerCommand } from '../network.js';
import { LoggedProcess } from '../process-log.js';
import { makeKeys } from './keys.js';
import { Kubectl } from './kubectl.js';
import { hosts, makeClusterNetwork, nodeAddress, removeClusterNetwork } from './network.js';
import { Node, removeControlGroups } from './node.js';
import {
  containerdSettings,
  kubeletSettings,
  multusSettings,
  networkAttachmentDefinition,
  type Places,
  places,
} from './settings.js';
import { until } from './until.js';

/** A one-node Kubernetes with Multus, and the boot LAN that its node stands on. */
export interface Cluster {
  readonly directory: string;
  readonly node: Node;
  readonly router: LoggedProcess;
  readonly kubectl: Kubectl;
  /** Ends every wait when the run is broken off. */
  readonly stopping: AbortSignal;
  /** Puts images, as archives, where the node has them without a registry. */
  loadImages(archives: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Brings all up. Whatever an earlier run left over is removed before. */
export async function startCluster(directory: string, binaries: string, stopping: AbortSignal): Promise<Cluster> {
  await removeCluster();
  rmSync(directory, { recursive: true, force: true });
  const at: Places = { directory, binaries, keys: join(directory, 'keys') };
  mkdirSync(places.cniConfiguration(at), { recursive: true });
  makeKeys(at.keys);
  await makeClusterNetwork();
  const router = new LoggedProcess(
    ...routerCommand(join(directory, 'leases'), hosts.router),
    join(directory, 'router.log'),
  );
  const node = await Node.start(directory);
  const kubectl = new Kubectl(binaries, places.kubeconfig(at), stopping);
  const stop = async (): Promise<void> => {
    await node.stop();
    await router.stop();
    await removeCluster();
  };
  try {
    await startControlPlane(node, at, kubectl, stopping);
    await startNode(node, at, kubectl, stopping);
  } catch (error) {
    await stop();
    throw error;
  }
  const loadImages = (archives: readonly string[]) => importImages(node, at, archives);
  return { directory, node, router, kubectl, stopping, loadImages, stop };
}

/** Removes what a run has left that was ended at once. */
export async function removeCluster(): Promise<void> {
  await removeClusterNetwork();
  await removeControlGroups();
}

async function startControlPlane(node: Node, at: Places, kubectl: Kubectl, stopping: AbortSignal): Promise<void> {
  const run = (program: string, ...args: string[]) => node.run(program, join(at.binaries, program), ...args);
  const key = (name: string) => join(at.keys, name);
  const etcd = 'http://127.0.0.1:2379';
  run(
    'etcd',
    ...['--data-dir', join(at.directory, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn'],
    ...['--listen-client-urls', etcd, '--advertise-client-urls', etcd, '--listen-peer-urls', 'http://127.0.0.1:2380'],
  );
  const api = run(
    'kube-apiserver',
    ...['--etcd-servers', etcd, '--service-cluster-ip-range', '10.96.0.0/16', '--advertise-address', nodeAddress],
    ...['--authorization-mode', 'RBAC', '--allow-privileged=true', '--client-ca-file', key('ca.crt')],
    ...['--tls-cert-file', key('api.crt'), '--tls-private-key-file', key('api.key')],
    ...['--kubelet-client-certificate', key('kubelet.crt'), '--kubelet-client-key', key('kubelet.key')],
    ...['--service-account-key-file', key('accounts.pub'), '--service-account-signing-key-file', key('accounts.key')],
    ...['--service-account-issuer', 'https://kubernetes.default.svc'],
    // There is no DNS that knows the name of the node.
    ...['--kubelet-preferred-address-types', 'InternalIP'],
  );
  const isReady = () =>
    kubectl.run('get', '--raw', '/readyz').then(
      () => true,
      () => false,
    );
  await until('API server', isReady, { seconds: 90, stopping, running: [api] });
  const kubeconfig = ['--kubeconfig', places.kubeconfig(at), '--leader-elect=false'];
  run(
    'kube-controller-manager',
    ...[...kubeconfig, '--root-ca-file', key('ca.crt'), '--service-account-private-key-file', key('accounts.key')],
    ...['--cluster-signing-cert-file', key('ca.crt'), '--cluster-signing-key-file', key('ca.key')],
    ...['--allocate-node-cidrs=true', '--cluster-cidr', '10.244.0.0/16'],
  );
  run('kube-scheduler', ...kubeconfig);
}

async function startNode(node: Node, at: Places, kubectl: Kubectl, stopping: AbortSignal): Promise<void> {
  const file = (name: string, text: string): string => {
    const path = join(at.directory, name);
    writeFileSync(path, text);
    return path;
  };
  file('cni/00-multus.conf', multusSettings(at));
  mkdirSync(join(at.directory, 'containerd'), { recursive: true });
  const containerd = node.run('containerd', 'containerd', '--config', file('containerd.toml', containerdSettings(at)));
  node.run('cni-dhcp', join(at.binaries, 'dhcp'), 'daemon');
  const isListening = async () => existsSync(places.socket(at));
  await until('containerd', isListening, { seconds: 30, stopping, running: [containerd] });
  await importImages(node, at, [join(at.binaries, 'pause.tar')]);
  const self = ['--kubeconfig', places.kubeconfig(at), '--hostname-override', 'node1'];
  const kubelet = node.run(
    'kubelet',
    join(at.binaries, 'kubelet'),
    ...[...self, '--config', file('kubelet.json', kubeletSettings(at)), '--node-ip', nodeAddress],
    ...['--root-dir', join(at.directory, 'kubelet'), '--v=2'],
  );
  const proxy = ['--cluster-cidr', '10.244.0.0/16', '--proxy-mode', 'iptables', '--conntrack-max-per-core', '0'];
  node.run('kube-proxy', join(at.binaries, 'kube-proxy'), ...self, ...proxy);
  await kubectl.apply(networkAttachmentDefinition);
  const ready = `jsonpath={.status.conditions[?(@.type=="Ready")].status}`;
  const isReady = () =>
    kubectl.run('get', 'node', 'node1', '-o', ready).then(
      (status) => status === 'True',
      () => false,
    );
  await until('ready node', isReady, { seconds: 90, stopping, running: [kubelet] });
}

async function importImages(node: Node, at: Places, archives: readonly string[]): Promise<void> {
  for (const archive of archives) {
    const ctr = ['ctr', '--address', places.socket(at), '--namespace', 'k8s.io', 'images', 'import', archive] as const;
    await promisify(execFile)(...node.on(...ctr));
  }
}
