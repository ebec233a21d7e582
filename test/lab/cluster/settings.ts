import { join } from 'node:path';
import { pauseImage } from './binaries.js';
import { controlGroup } from './node.js';

/** Where the parts of a cluster are. */
export interface Places {
  readonly directory: string;
  readonly binaries: string;
  readonly keys: string;
}

export const places = {
  cniConfiguration: ({ directory }: Places) => join(directory, 'cni'),
  socket: ({ directory }: Places) => join(directory, 'containerd/containerd.sock'),
  kubeconfig: ({ keys }: Places) => join(keys, 'kubeconfig'),
} as const;

/** Settings of containerd, for its versions 1.6 and later. */
export function containerdSettings(at: Places): string {
  const { directory, binaries } = at;
  return `version = 2
root = "${directory}/containerd/root"
state = "${directory}/containerd/state"
[grpc]
  address = "${places.socket(at)}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # In a container, such as one of a build server, the score of a sandbox cannot be lowered.
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "${binaries}"
  conf_dir = "${places.cniConfiguration(at)}"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = false
`;
}

/** Multus before the network of the pods: a bridge on the node, as the first interface. */
export function multusSettings(at: Places): string {
  const range = [[{ subnet: '10.244.0.0/24' }]];
  const ipam = { type: 'host-local', ranges: range, routes: [{ dst: '0.0.0.0/0' }] };
  const bridge = { type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: true, hairpinMode: true, ipam };
  const ports = { type: 'portmap', capabilities: { portMappings: true } };
  return JSON.stringify({
    cniVersion: '0.3.1',
    name: 'multus',
    type: 'multus',
    kubeconfig: places.kubeconfig(at),
    binDir: at.binaries,
    confDir: places.cniConfiguration(at),
    delegates: [{ cniVersion: '0.3.1', name: 'pods', plugins: [bridge, ports] }],
  });
}

export function kubeletSettings(at: Places): string {
  const key = (name: string) => join(at.keys, name);
  return JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: key('ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: key('kubelet.crt'),
    tlsPrivateKeyFile: key('kubelet.key'),
    containerRuntimeEndpoint: `unix://${places.socket(at)}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${controlGroup}`,
    failCgroupV1: false,
    failSwapOn: false,
    volumePluginDir: join(at.directory, 'kubelet/volume-plugins'),
    // The disk is the machine's own, and others' work fills it.
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    localStorageCapacityIsolation: false,
    // A changed ConfigMap reaches a pod within this time.
    syncFrequency: '10s',
  });
}

/**
 * What Multus reads: the definition of further networks. In the form of the Network Plumbing Working Group's
 * specification, version 1.
 */
export const networkAttachmentDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'network-attachment-definitions.k8s.cni.cncf.io' },
  spec: {
    group: 'k8s.cni.cncf.io',
    scope: 'Namespaced',
    names: {
      plural: 'network-attachment-definitions',
      singular: 'network-attachment-definition',
      kind: 'NetworkAttachmentDefinition',
      shortNames: ['net-attach-def'],
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { config: { type: 'string' } } } },
          },
        },
      },
    ],
  },
} as const;
