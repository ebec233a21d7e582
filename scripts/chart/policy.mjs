// What must hold for every object that the chart makes, whatever the values.

/** The sentences that an object breaks. `mode` is lan.mode of the values it was rendered with. */
export function brokenRules(object, mode) {
  const broken = [];
  const rule = (holds, sentence) => holds || broken.push(`${object.kind} ${object.metadata.name}: ${sentence}`);
  rule(!/^Cluster/.test(object.kind), 'no rights beyond the namespace');
  if (object.kind === 'NetworkAttachmentDefinition') rule(isJson(object.spec.config), 'the network is JSON');
  const pod = object.kind === 'Pod' ? object.spec : object.spec?.template?.spec;
  if (pod === undefined) return broken;
  rule(mode === 'host' || !pod.hostNetwork, 'no network of the node in the mode multus');
  rule(!pod.hostPID && !pod.hostIPC && !pod.shareProcessNamespace, 'processes are nobody else’s');
  rule(!pod.volumes?.some(({ hostPath }) => hostPath), 'no directory of the node');
  rule(pod.securityContext?.seccompProfile?.type === 'RuntimeDefault', 'the seccomp profile of the runtime');
  for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
    const of = (holds, sentence) => rule(holds, `container ${container.name}: ${sentence}`);
    const security = { ...pod.securityContext, ...container.securityContext };
    of(!security.privileged && security.allowPrivilegeEscalation === false, 'no privileges, and none to be had');
    of(security.readOnlyRootFilesystem === true, 'a root file system that cannot be written');
    of(security.capabilities?.drop?.includes('ALL'), 'all capabilities dropped');
    of(/@sha256:|:[\w.-]+$/.test(container.image) && !/:latest$/.test(container.image), 'an image of a fixed version');
    of(container.resources?.limits?.memory !== undefined, 'a limit of memory');
    // Pod Security "restricted" (the policy's own check runs in the cluster of the lab).
    const isRestricted = security.runAsNonRoot === true && security.capabilities?.add === undefined;
    of(isRestricted || (mode === 'host' && container.name === 'dnsmasq'), 'no root and no capability');
  }
  return broken;
}

function isJson(text) {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
