/** The fields of a Pod that say why it does not run (Kubernetes, core/v1). */
export interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeSelector?: Readonly<Record<string, string>> };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { type: string; status: string; message?: string }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly exitCode: number; readonly reason?: string; readonly message?: string };
}

export interface ClusterEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
}

export function isReady({ metadata, status }: Pod): boolean {
  const condition = status.conditions?.find(({ type }) => type === 'Ready');
  return metadata.deletionTimestamp === undefined && condition?.status === 'True';
}
