import type { ClusterEvent, ContainerStatus, Pod } from './objects.js';

/** What is known of a release. */
export interface Findings {
  /** The name that its objects begin with. */
  readonly name: string;
  readonly pods: readonly Pod[];
  readonly events: readonly ClusterEvent[];
  /** What `GET /readyz` of the pod says, where it answers. */
  readonly readiness?: string | undefined;
}

/** Why no pod of the release is ready, in a sentence for people, the cause that comes first before those after it. */
export function diagnose(findings: Findings): string {
  const { pods, readiness } = findings;
  const pod = pods.find(({ metadata }) => metadata.deletionTimestamp === undefined) ?? pods[0];
  if (pod === undefined) return withoutPod(findings);
  const own = warnings(findings, ({ kind, name }) => kind === 'Pod' && name === pod.metadata.name);
  return (
    unscheduled(pod, findings) ??
    failedContainer(pod) ??
    // A pod that answers has got over what its Events tell.
    (readiness === undefined ? undefined : `the pod is not ready: ${readiness.trimEnd()}`) ??
    failedEvent(own) ??
    withoutNetwork(pod) ??
    `the pod ${pod.metadata.name} is not ready, and the cluster does not say why`
  );
}

/** Warnings about some objects, the newest first. */
function warnings({ events }: Findings, isMeant: (object: ClusterEvent['involvedObject']) => boolean): ClusterEvent[] {
  const time = ({ lastTimestamp, eventTime }: ClusterEvent) => lastTimestamp ?? eventTime ?? '';
  return events
    .filter(({ type, involvedObject }) => type === 'Warning' && isMeant(involvedObject))
    .sort((one, other) => time(other).localeCompare(time(one)));
}

function withoutPod(findings: Findings): string {
  const { name } = findings;
  const [refusal] = warnings(findings, (object) => object.kind === 'ReplicaSet' && isOf(name, object.name));
  if (refusal !== undefined) return `the cluster makes no pod: ${refusal.message}`;
  return `there is no pod of ${name}: is the release installed, and has its Deployment a replica?`;
}

/** Whether a ReplicaSet is of a Deployment: the rest of its name is a hash, and no other release's name. */
function isOf(deployment: string, replicaSet: string): boolean {
  return replicaSet.startsWith(`${deployment}-`) && !replicaSet.slice(deployment.length + 1).includes('-');
}

function unscheduled({ spec, status }: Pod, findings: Findings): string | undefined {
  const scheduled = status.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (scheduled === undefined) return undefined;
  const { message = '' } = scheduled;
  const label = spec.nodeSelector?.['serabut/interface'];
  if (/node affinity|node selector|didn't match/i.test(message) && label !== undefined) {
    const command = `kubectl label node NODE serabut/interface=${label}`;
    return `no node that is free has the label serabut/interface=${label} (${message}). If none has it: ${command}`;
  }
  if (/PersistentVolumeClaim|persistentvolumeclaim/.test(message)) {
    const [claim] = warnings(findings, ({ kind }) => kind === 'PersistentVolumeClaim');
    const detail = claim === undefined ? message : `${claim.involvedObject.name}: ${claim.message}`;
    return `a volume claim has no volume (${detail}): see to its storage class, or name a claim that is there`;
  }
  return `no node takes the pod: ${message}`;
}

/** An init container's end comes before that of a container: nothing after it has run. */
function failedContainer({ status }: Pod): string | undefined {
  for (const container of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    const reason = container.ready ? undefined : failure(container);
    if (reason !== undefined) return `the container ${container.name} ${reason}`;
  }
  return undefined;
}

function failure({ state, lastState }: ContainerStatus): string | undefined {
  const ended = [state, lastState].map((one) => one?.terminated).find((one) => one !== undefined && one.exitCode !== 0);
  if (ended !== undefined) {
    const { exitCode, reason = 'Error', message = '' } = ended;
    // A container that was killed for its memory says nothing itself.
    const why = reason === 'Error' ? '' : ` (${reason})`;
    return `ended with ${exitCode}${why}: ${message.trim() || 'it said nothing'}`;
  }
  const { reason = '', message = reason } = state?.waiting ?? {};
  return /Image|ErrPull|CreateContainer/.test(reason) ? `does not start: ${message}` : undefined;
}

/** The plugin that asks by DHCP tries for more than a minute before it says anything. */
function withoutNetwork({ status }: Pod): string | undefined {
  const is = (wanted: string) => status.conditions?.find(({ type }) => type === wanted)?.status;
  if (is('PodScheduled') !== 'True' || is('PodReadyToStartContainers') !== 'False') return undefined;
  return 'the pod has a node, but no network yet: does the DHCP server of the LAN answer, if it gives the pod its address?';
}

/** What Multus and its plugins say when a pod gets no interface on the LAN, and what that means. */
const networkFailures: readonly { readonly pattern: RegExp; readonly meaning: string }[] = [
  {
    // Linux lets no two macvlan interfaces of one parent have the same MAC address (drivers/net/macvlan.c).
    pattern: /address already in use/,
    meaning: 'the pod before this one still has the interface with its MAC address; it is tried again by itself',
  },
  {
    pattern: /lookup master|Link not found/,
    meaning: 'the node has no interface of the name in lan.interface',
  },
  {
    pattern: /DHCP|dhcp/,
    meaning:
      'the DHCP server of the LAN gives the pod no address (is its cable in, and does the node run the DHCP daemon of the CNI plugins?)',
  },
  {
    pattern: /network-attachment-definition/,
    meaning: 'the network that the pod names does not exist',
  },
];

function failedEvent(events: readonly ClusterEvent[]): string | undefined {
  const sandbox = events.find(({ reason }) => reason === 'FailedCreatePodSandBox');
  if (sandbox !== undefined) {
    const known = networkFailures.find(({ pattern }) => pattern.test(sandbox.message));
    return `${known?.meaning ?? 'the pod gets no network'}: ${sandbox.message}`;
  }
  const mount = events.find(({ reason }) => /^Failed(Mount|AttachVolume)$/.test(reason));
  return mount === undefined ? undefined : `a volume cannot be had: ${mount.message}`;
}
