{{- define "serabut.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "serabut.fullname" -}}
{{- $name := include "serabut.name" . -}}
{{- $both := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- /* A release may have dots in its name, a Service may not. */ -}}
{{- default $both .Values.fullnameOverride | replace "." "-" | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "serabut.selectorLabels" -}}
app.kubernetes.io/name: {{ include "serabut.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "serabut.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 }}
{{ include "serabut.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* The reference of an image. Takes a dict of the root context and the image's values. */}}
{{- define "serabut.image" -}}
{{- $registry := .root.Values.images.registry -}}
{{- $repository := ternary .image.repository (printf "%s/%s" $registry .image.repository) (empty $registry) -}}
{{- if .image.digest -}}
{{ $repository }}@{{ .image.digest }}
{{- else -}}
{{ $repository }}:{{ default .root.Chart.AppVersion .image.tag }}
{{- end -}}
{{- end }}

{{/* The interface of the pod on the boot LAN. */}}
{{- define "serabut.interface" -}}
{{- ternary .Values.lan.interface "net1" (eq .Values.lan.mode "host") -}}
{{- end }}

{{/*
The MAC address of the pod on the boot LAN: always the same for a release, so that a DHCP server that goes by it gives
the same address to each pod that follows. Locally administered (the second bit of the first byte).
*/}}
{{- define "serabut.mac" -}}
{{- $hash := sha256sum (printf "%s/%s" .Release.Namespace (include "serabut.fullname" .)) -}}
{{- $made := printf "02:%s:%s:%s:%s:%s" (substr 0 2 $hash) (substr 2 4 $hash) (substr 4 6 $hash) (substr 6 8 $hash) (substr 8 10 $hash) -}}
{{- default $made .Values.lan.mac -}}
{{- end }}

{{/* The name of the NetworkAttachmentDefinition, with its namespace in front. */}}
{{- define "serabut.network" -}}
{{- $name := default (printf "%s-lan" (include "serabut.fullname" .)) .Values.lan.existingNetwork -}}
{{- ternary $name (printf "%s/%s" .Release.Namespace $name) (contains "/" $name) -}}
{{- end }}

{{/*
The CNI configuration of an interface on the boot LAN. Takes a dict of the root context, the network's name, its static
address if it has one, and what the DHCP server shall know the client by otherwise: without a fixed identifier the DHCP
plugin makes one of the container's, and each pod gets another address. Two pods at once must not share one.

The router of the LAN must not become the pod's own: answers to the cluster, probes among them, would go there. It is not
asked for, and the route through a router that names itself all the same (priority; CNI plugins 1.7) comes last.
*/}}
{{- define "serabut.networkConfig" -}}
{{- $provide := list (dict "option" "dhcp-client-identifier" "value" .client) -}}
{{- $request := list (dict "option" "subnet-mask" "skipDefault" true) -}}
{{- $ipam := dict "type" "dhcp" "provide" $provide "request" $request "priority" 4096 -}}
{{- if .address -}}
{{- $ipam = dict "type" "static" "addresses" (list (dict "address" .address)) -}}
{{- end -}}
{{- dict "cniVersion" "1.0.0" "name" .name "type" "macvlan" "master" .root.Values.lan.interface "mode" "bridge" "capabilities" (dict "mac" true) "ipam" $ipam | toPrettyJson -}}
{{- end }}

{{/* The ids of the built-in plugins that are on. */}}
{{- define "serabut.builtIn" -}}
{{- $on := list -}}
{{- range $id, $isOn := .Values.plugins.builtIn -}}
{{- if $isOn }}{{ $on = append $on $id }}{{ end -}}
{{- end -}}
{{- join "," $on -}}
{{- end }}

{{/* Whether the server asks the API server of the cluster for anything. */}}
{{- define "serabut.asksCluster" -}}
{{- if or .Values.events (eq .Values.store "kubernetes") }}true{{ end -}}
{{- end }}

{{/* A claim's volume. Takes a dict of the root context, the name of the claim and its values. */}}
{{- define "serabut.volume" -}}
{{- if not .values.enabled -}}
emptyDir: {}
{{- else -}}
persistentVolumeClaim:
  claimName: {{ default (printf "%s-%s" (include "serabut.fullname" .root) .claim) .values.existingClaim | quote }}
{{- end -}}
{{- end }}

{{/* A container that may do nothing but run. */}}
{{- define "serabut.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/*
The hooks by which a container is started again when its configuration is younger than its start (the server writes it
afresh for another address of the LAN). Takes the name of the program.
*/}}
{{- define "serabut.followConfiguration" -}}
lifecycle:
  postStart:
    exec:
      command: [touch, /run/serabut/{{ . }}.started]
livenessProbe:
  exec:
    command: [test, /run/serabut/{{ . }}.conf, -ot, /run/serabut/{{ . }}.started]
  initialDelaySeconds: 5
  periodSeconds: 5
  # On a busy node a command may take long to start; it must not end a download.
  timeoutSeconds: 10
  failureThreshold: 3
{{- end }}

{{/* What Multus shall give the pod: one interface on the boot LAN, with a MAC address that stays the same. */}}
{{- define "serabut.networks" -}}
{{- $parts := splitList "/" (include "serabut.network" .) -}}
{{- $network := dict "namespace" (first $parts) "name" (last $parts) "interface" (include "serabut.interface" .) "mac" (include "serabut.mac" .) -}}
{{- if .Values.lan.existingNetwork -}}
{{- /* Somebody else's network may not know how to set one. */ -}}
{{- $network = ternary $network (omit $network "mac") (ne .Values.lan.mac "") -}}
{{- end -}}
{{- list $network | toJson -}}
{{- end }}

{{/* The volumes of Squid and of what makes its directories. */}}
{{- define "serabut.squidMounts" -}}
- name: run
  mountPath: /run/serabut
- name: squid
  mountPath: /var/spool/squid
{{- if .hasExtra }}
- name: extra
  mountPath: /etc/serabut
  readOnly: true
{{- end }}
{{- end }}

{{/* The nodes on which the interface is. */}}
{{- define "serabut.nodeSelector" -}}
{{- if or .Values.lan.interface .Values.nodeSelector -}}
nodeSelector:
  {{- with .Values.lan.interface }}
  serabut/interface: {{ . | quote }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}
{{- end }}
