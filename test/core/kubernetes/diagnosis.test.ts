import t from 'tap';
import { diagnose, type Findings } from '../../../core/kubernetes/diagnosis.js';
import { type ClusterEvent, isReady, type Pod } from '../../../core/kubernetes/objects.js';

const podName = 'serabut-5d7f-abcde';
const pod = (status: Pod['status'], nodeSelector = { 'serabut/interface': 'eth1' }): Pod => ({
  metadata: { name: podName },
  spec: { nodeSelector },
  status,
});
const event = (reason: string, message: string, kind = 'Pod', name = podName): ClusterEvent => ({
  type: 'Warning',
  reason,
  message,
  involvedObject: { kind, name },
  lastTimestamp: '2026-01-01T00:00:00Z',
});
const unscheduled = (message: string) =>
  pod({ conditions: [{ type: 'PodScheduled', status: 'False', message }, { type: 'Ready', status: 'False' }] }); // biome-ignore format: one line
const say = (findings: Partial<Findings>) => diagnose({ name: 'serabut', pods: [], events: [], ...findings });

t.test('no node with the label of the interface: the command that sets it', async (t) => {
  const message = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.";
  t.equal(
    say({ pods: [unscheduled(message)] }),
    `no node that is free has the label serabut/interface=eth1 (${message}). If none has it: kubectl label node NODE serabut/interface=eth1`,
  );
});

t.test('a claim without a volume: which one, and what its storage says', async (t) => {
  const pods = [unscheduled('0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.')];
  t.match(say({ pods }), /^a volume claim has no volume \(0\/1 nodes/);
  const events = [event('FailedBinding', 'no persistent volumes available', 'PersistentVolumeClaim', 'serabut-iso')];
  t.match(say({ pods, events }), /^a volume claim has no volume \(serabut-iso: no persistent volumes available\)/);
});

t.test('any other reason of the scheduler is passed on', async (t) => {
  t.equal(say({ pods: [unscheduled('Insufficient memory.')] }), 'no node takes the pod: Insufficient memory.');
});

t.test('what Multus and its plugins say is explained', async (t) => {
  const pods = [pod({ conditions: [{ type: 'Ready', status: 'False' }] })];
  for (const [message, meaning] of [
    [
      'plugin type="macvlan" failed (add): failed to lookup master "eth9": Link not found',
      /^the node has no interface of the name in lan\.interface: plugin/,
    ],
    ['error calling DHCP.Allocate: address already in use', /^the pod before this one still has the interface/],
    ['error calling DHCP.Allocate: no more tries', /^the DHCP server of the LAN gives the pod no address/],
    [
      'cannot find a network-attachment-definition (x) in namespace (y)',
      /^the network that the pod names does not exist/,
    ],
    ['something new', /^the pod gets no network: something new$/],
  ] as const) {
    // biome-ignore format: a table
    t.match(say({ pods, events: [event('FailedCreatePodSandBox', message)] }), meaning);
  }
});

t.test('the newest Warning of the pod itself counts, and no news that are good', async (t) => {
  const pods = [pod({})];
  const old = { ...event('FailedCreatePodSandBox', 'old'), lastTimestamp: '2025-01-01T00:00:00Z' };
  const recent = {
    ...event('FailedCreatePodSandBox', 'recent'),
    lastTimestamp: null,
    eventTime: '2026-02-01T00:00:00Z',
  };
  t.equal(say({ pods, events: [old, recent] }), 'the pod gets no network: recent');
  const others = [
    event('FailedCreatePodSandBox', 'x', 'Pod', 'another'),
    { ...event('FailedMount', 'y'), type: 'Normal' },
  ];
  t.match(say({ pods, events: others }), /the cluster does not say why$/);
});

t.test('what an init container said at its end is the reason', async (t) => {
  const message = 'SERABUT_ERR_CACHE_SPACE: the volume has 900 MB, and a cache of 8000 MB wants 8800 MB\n';
  const terminated = { exitCode: 1, message };
  const waiting = { reason: 'PodInitializing' };
  const pods = [
    pod({
      initContainerStatuses: [{ name: 'lan', ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated } }],
      containerStatuses: [{ name: 'server', ready: false, state: { waiting } }],
    }), // biome-ignore format: an object as the API gives it
  ];
  t.equal(say({ pods }), `the container lan ended with 1: ${message.trimEnd()}`);
});

t.test('a container that was killed for its memory is told as such', async (t) => {
  const terminated = { exitCode: 137, reason: 'OOMKilled' };
  const pods = [pod({ containerStatuses: [{ name: 'squid', ready: false, state: { terminated } }] })];
  t.equal(say({ pods }), 'the container squid ended with 137 (OOMKilled): it said nothing');
});

t.test('an image that cannot be pulled is the reason', async (t) => {
  const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "serabut-squid:9"' };
  const pods = [pod({ containerStatuses: [{ name: 'squid', ready: false, state: { waiting } }] })];
  t.equal(say({ pods }), 'the container squid does not start: Back-off pulling image "serabut-squid:9"');
});

t.test('a volume that cannot be mounted is the reason', async (t) => {
  const events = [event('FailedMount', 'MountVolume.SetUp failed: configmap "my-plugin" not found')];
  t.match(say({ pods: [pod({})], events }), /^a volume cannot be had: .*"my-plugin" not found$/);
});

t.test('a server that runs says itself why it is not ready', async (t) => {
  const readiness = 'SERABUT_ERR_LAN_LOST: squid must be started with the address 192.168.88.97\n';
  const pods = [pod({ containerStatuses: [{ name: 'server', ready: false, state: {} }] })];
  const events = [event('FailedCreatePodSandBox', 'error calling DHCP.Allocate: no more tries')];
  t.equal(say({ pods, readiness, events }), `the pod is not ready: ${readiness.trimEnd()}`);
});

t.test('a pod that waits for its network may wait for the DHCP server', async (t) => {
  const conditions = [
    { type: 'PodScheduled', status: 'True' },
    { type: 'PodReadyToStartContainers', status: 'False' },
  ];
  t.match(
    say({ pods: [pod({ conditions })] }),
    /^the pod has a node, but no network yet: does the DHCP server .* answer/,
  );
  const events = [event('FailedMount', 'no disk')];
  t.equal(say({ pods: [pod({ conditions })], events }), 'a volume cannot be had: no disk');
});

t.test('a pod that the namespace refuses is told from none at all', async (t) => {
  const events = [event('FailedCreate', 'violates PodSecurity "baseline"', 'ReplicaSet', 'serabut-5d7f')];
  t.equal(say({ events }), 'the cluster makes no pod: violates PodSecurity "baseline"');
  t.match(say({}), /^there is no pod of serabut: /);
  const others = [event('FailedCreate', 'of another release', 'ReplicaSet', 'serabut-two-5d7f')];
  t.match(say({ events: others }), /^there is no pod of serabut: /);
});

t.test('a pod that goes is not ready, and one that comes counts before it', async (t) => {
  const conditions = [{ type: 'Ready', status: 'True' }];
  const going = { ...pod({ conditions }), metadata: { name: podName, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  t.notOk(isReady(going));
  t.ok(isReady(pod({ conditions })));
  t.match(say({ pods: [going, unscheduled('Insufficient memory.')] }), /Insufficient memory/);
});
