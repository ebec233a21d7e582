/** Programs that are built together out of one published Go module. */
export interface GoModule {
  readonly name: string;
  readonly module: string;
  readonly version: string;
  /** Main packages, by the names that their programs get. */
  readonly programs: Readonly<Record<string, string>>;
  /** Values that the linker sets. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The module names its own parts by folders, which are published as modules of this version. */
  readonly parts?: { readonly prefix: string; readonly version: string };
}

/** The newest line whose kubelet starts on control groups of version 1 too, which some machines still have. */
const kubernetes = '1.34.3';
const component = 'k8s.io/component-base/version';
const plugins = 'github.com/containernetworking/plugins/plugins';
const multus = 'gopkg.in/k8snetworkplumbingwg/multus-cni.v4';

export const modules: readonly GoModule[] = [
  {
    name: 'kubernetes',
    module: 'k8s.io/kubernetes',
    version: `v${kubernetes}`,
    programs: Object.fromEntries(
      ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet', 'kubectl'].map(
        (program) => [program, `k8s.io/kubernetes/cmd/${program}`],
      ),
    ),
    variables: {
      [`${component}.gitVersion`]: `v${kubernetes}`,
      [`${component}.gitMajor`]: '1',
      [`${component}.gitMinor`]: '34',
    },
    parts: { prefix: 'k8s.io/', version: `v0.${kubernetes.slice(2)}` },
  },
  {
    name: 'etcd',
    module: 'go.etcd.io/etcd/server/v3',
    version: 'v3.6.14',
    programs: { etcd: 'go.etcd.io/etcd/server/v3' },
  },
  { name: 'multus', module: multus, version: 'v4.2.2', programs: { multus: `${multus}/cmd/multus` } },
  {
    name: 'cni',
    module: 'github.com/containernetworking/plugins',
    version: 'v1.9.1',
    programs: Object.fromEntries(
      [
        ...['main/bridge', 'main/loopback', 'main/macvlan', 'meta/portmap'],
        ...['ipam/dhcp', 'ipam/host-local', 'ipam/static'],
      ].map((path) => [path.slice(5), `${plugins}/${path}`]),
    ),
  },
  { name: 'helm', module: 'helm.sh/helm/v3', version: 'v3.22.0', programs: { helm: 'helm.sh/helm/v3/cmd/helm' } },
];
