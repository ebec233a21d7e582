{{/* Pairs of values that cannot be, each with what to do. What one value alone may be is in values.schema.json. */}}
{{- define "serabut.validate" -}}
{{- include "serabut.validateNames" . -}}
{{- include "serabut.validateKeys" . -}}
{{- include "serabut.validateLan" . -}}
{{- include "serabut.validatePorts" . -}}
{{- include "serabut.validatePlugins" . -}}
{{- include "serabut.validateStorage" . -}}
{{- include "serabut.validateStore" . -}}
{{- include "serabut.validateOperator" . -}}
{{- end }}

{{- define "serabut.validateOperator" -}}
{{- if and .Values.operator.closed (not .Values.operator.tokenSecret) -}}
{{- fail "operator.closed is true and operator.tokenSecret empty: nobody could read anything, so name a Secret with tokens" -}}
{{- end -}}
{{- end }}

{{- define "serabut.validateStore" -}}
{{- if and (eq .Values.store "kubernetes") (or .Values.resources.files .Values.resources.secrets) -}}
{{- fail "store is kubernetes and resources holds files: the resources are objects of the cluster then, so give them to kubectl apply and leave resources empty" -}}
{{- end -}}
{{- end }}

{{- define "serabut.validateNames" -}}
{{- $fullname := include "serabut.fullname" . -}}
{{- /* RFC 1035, which holds for Services. */ -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $fullname) -}}
{{- fail (printf "the objects would be called %s, and a Service's name begins with a letter: set fullnameOverride" $fullname) -}}
{{- end -}}
{{- end }}

{{/* Keys that the chart sets itself: of two in one map the last one counts, and the pod would stand on no LAN. */}}
{{- define "serabut.validateKeys" -}}
{{- range $key := list "k8s.v1.cni.cncf.io/networks" "kubectl.kubernetes.io/default-container" "checksum/network" "checksum/extra" -}}
{{- if hasKey $.Values.podAnnotations $key -}}
{{- fail (printf "podAnnotations has %s, which the chart sets itself: leave it out" $key) -}}
{{- end -}}
{{- end -}}
{{- $labels := dict "podLabels" .Values.podLabels "metrics.serviceMonitor.labels" .Values.metrics.serviceMonitor.labels "metrics.dashboard.labels" .Values.metrics.dashboard.labels -}}
{{- range $name, $map := $labels -}}
{{- range $key := keys (include "serabut.labels" $ | fromYaml) -}}
{{- if hasKey $map $key -}}
{{- fail (printf "%s has %s, which the chart sets itself: leave it out" $name $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.lan.interface (hasKey .Values.nodeSelector "serabut/interface") -}}
{{- fail "nodeSelector has serabut/interface, which lan.interface sets: leave it out" -}}
{{- end -}}
{{- end }}

{{- define "serabut.validateLan" -}}
{{- $lan := .Values.lan -}}
{{- if and (not $lan.interface) (not $lan.existingNetwork) -}}
{{- fail "lan.interface is empty: set it to the interface of a node on the boot LAN, such as eth1, and label that node: kubectl label node NODE serabut/interface=eth1" -}}
{{- end -}}
{{- if and $lan.interface $lan.existingNetwork -}}
{{- fail "lan.interface and lan.existingNetwork are both set: the network names its own interface, so leave lan.interface empty and choose its nodes by nodeSelector" -}}
{{- end -}}
{{- if and $lan.address $lan.existingNetwork -}}
{{- fail "lan.address and lan.existingNetwork are both set: give the address in that network's own configuration and leave lan.address empty" -}}
{{- end -}}
{{- if and .Values.tests.address $lan.existingNetwork -}}
{{- fail "tests.address and lan.existingNetwork are both set: the client of helm test has its address from tests.existingNetwork, so leave it empty" -}}
{{- end -}}
{{- if and .Values.tests.existingNetwork (not $lan.existingNetwork) -}}
{{- fail "tests.existingNetwork is set and lan.existingNetwork is not: the client of helm test has a network of its own, so leave it empty" -}}
{{- end -}}
{{- if and $lan.address (eq (first (splitList "/" $lan.address)) (first (splitList "/" .Values.tests.address))) -}}
{{- fail (printf "lan.address and tests.address are both %s: the client of helm test is another host on the LAN, so give it another one" (first (splitList "/" $lan.address))) -}}
{{- end -}}
{{- include "serabut.validateHost" (dict "name" "lan.address" "address" $lan.address) -}}
{{- include "serabut.validateHost" (dict "name" "tests.address" "address" .Values.tests.address) -}}
{{- if eq $lan.mode "host" -}}
{{- if .Values.tests.address -}}
{{- fail "tests.address is for lan.mode multus: in the host mode no client stands on the LAN, so leave it empty" -}}
{{- end -}}
{{- range $name := list "address" "mac" "existingNetwork" -}}
{{- if get $lan $name -}}
{{- fail (printf "lan.%s is for lan.mode multus: in the host mode the pod has the address of its node, so leave it empty" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* An address that a host may have. Takes a dict of the value's name and the address with the length of its prefix. */}}
{{- define "serabut.validateHost" -}}
{{- if and .address (not (regexMatch "/3[12]$" .address)) -}}
{{- $numbers := regexFindAll "[0-9]+" .address -1 -}}
{{- $address := 0 -}}
{{- range slice $numbers 0 4 }}{{ $address = add (mul $address 256) (int .) }}{{ end -}}
{{- $size := 1 -}}
{{- range until (int (sub 32 (int (last $numbers)))) }}{{ $size = mul $size 2 }}{{ end -}}
{{- $host := mod $address $size -}}
{{- if eq $host 0 -}}
{{- fail (printf "%s is %s, which is the network itself: give the address of a host in it" .name .address) -}}
{{- end -}}
{{- if eq $host (sub $size 1) -}}
{{- fail (printf "%s is %s, which is the broadcast address: give the address of a host" .name .address) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "serabut.validatePorts" -}}
{{- $http := int .Values.server.port -}}
{{- if and .Values.squid.enabled (eq $http (int .Values.squid.port)) -}}
{{- fail (printf "server.port and squid.port are both %d: give one of them another port" $http) -}}
{{- end -}}
{{- $syslog := int .Values.server.syslogPort -}}
{{- if or (eq $syslog $http) (and .Values.squid.enabled (eq $syslog (int .Values.squid.port))) -}}
{{- fail (printf "server.syslogPort is %d, which is server.port or squid.port too: give it another port" $syslog) -}}
{{- end -}}
{{- if eq .Values.lan.mode "host" -}}
{{- if and $syslog (lt $syslog 1024) -}}
{{- fail (printf "server.syslogPort is %d: in the host mode the server may not listen below 1024, so choose a higher port" $syslog) -}}
{{- end -}}
{{- if lt $http 1024 -}}
{{- fail (printf "server.port is %d: in the host mode the server may not listen below 1024, so choose a higher port" $http) -}}
{{- end -}}
{{- if and .Values.squid.enabled (lt (int .Values.squid.port) 1024) -}}
{{- fail (printf "squid.port is %d: in the host mode Squid may not listen below 1024, so choose a higher port" (int .Values.squid.port)) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "serabut.validatePlugins" -}}
{{- $builtIn := .Values.plugins.builtIn -}}
{{- if and (not (include "serabut.builtIn" .)) (not .Values.plugins.custom) -}}
{{- fail "there is no plugin at all: turn one of plugins.builtIn on, or name one in plugins.custom" -}}
{{- end -}}
{{- range $name, $source := .Values.plugins.custom -}}
{{- if ne (len $source) 1 -}}
{{- fail (printf "plugins.custom.%s has %d sources: give exactly one of files, configMap, claim and image" $name (len $source)) -}}
{{- end -}}
{{- with $source.image -}}
{{- if or (hasSuffix ":latest" .reference) (not (regexMatch "(@sha256:[0-9a-f]{64}|:[A-Za-z0-9_.-]+)$" .reference)) -}}
{{- fail (printf "plugins.custom.%s.image.reference is %s, which is another image tomorrow: name a version, or a digest" $name .reference) -}}
{{- end -}}
{{- end -}}
{{- if get $builtIn $name -}}
{{- fail (printf "plugins.custom.%s has the name of a built-in plugin that is on: set plugins.builtIn.%s to false, or choose another name" $name $name) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* A size of Kubernetes in whole MiB. */}}
{{- define "serabut.mebibytes" -}}
{{- $bytes := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- divf (mulf (regexFind "^[0-9.]+" .) (get $bytes (regexFind "[A-Za-z]*$" .))) 1048576 | floor | int64 -}}
{{- end }}

{{- define "serabut.validateStorage" -}}
{{- $cache := .Values.persistence.squid -}}
{{- if and .Values.squid.enabled $cache.enabled (not $cache.existingClaim) -}}
{{- $wanted := mulf .Values.squid.cacheMegabytes 1.1 | ceil | int64 -}}
{{- if lt (include "serabut.mebibytes" $cache.size | int64) $wanted -}}
{{- fail (printf "persistence.squid.size is %s, and a squid.cacheMegabytes of %d wants %dMi: raise the one or lower the other" $cache.size (int64 .Values.squid.cacheMegabytes) $wanted) -}}
{{- end -}}
{{- end -}}
{{- range $name, $claim := .Values.persistence -}}
{{- if and $claim.existingClaim (not $claim.enabled) -}}
{{- fail (printf "persistence.%s.existingClaim is set and persistence.%s.enabled is false: enable it, or leave the claim empty" $name $name) -}}
{{- end -}}
{{- if and $claim.existingClaim $claim.storageClass -}}
{{- fail (printf "persistence.%s.existingClaim and persistence.%s.storageClass are both set: a claim that is there has its class already" $name $name) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.persistence.squid.existingClaim (not .Values.squid.enabled) -}}
{{- fail "persistence.squid.existingClaim is set and squid.enabled is false: enable Squid, or leave the claim empty" -}}
{{- end -}}
{{- range $name, $image := omit .Values.images "registry" -}}
{{- if and (eq $image.tag "latest") (not $image.digest) -}}
{{- fail (printf "images.%s.tag is latest, which is another image tomorrow: name a version, or a digest" $name) -}}
{{- end -}}
{{- end -}}
{{- end }}
