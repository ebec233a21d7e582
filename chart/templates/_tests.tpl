{{/* What the objects of helm test have in common. No label makes the Service or the policy take them for the server. */}}
{{- define "serabut.testLabels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 }}
{{ include "serabut.testSelector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "serabut.testSelector" -}}
app.kubernetes.io/name: {{ include "serabut.name" . }}-test
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Takes the weight: lower ones come first. A pod stays until the next test, for its log. */}}
{{- define "serabut.testPodHook" -}}
helm.sh/hook: test
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation
{{- end }}

{{/* The frame of a pod that plays a client. */}}
{{- define "serabut.testPod" -}}
restartPolicy: Never
# A client that gets no network of its own would wait for ever.
activeDeadlineSeconds: {{ add .Values.tests.waitSeconds 120 }}
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65534
  runAsGroup: 65534
  seccompProfile:
    type: RuntimeDefault
  # A DHCP client has port 68.
  sysctls:
    - name: net.ipv4.ip_unprivileged_port_start
      value: '0'
{{- end }}
