{{- define "mailrun.services" -}}
gateway definitions runs renderer packager dispatcher
{{- end }}

{{- define "mailrun.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "mailrun.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}{{ default (include "mailrun.fullname" .) .Values.serviceAccount.name }}
{{- else }}{{ default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* What finds the pods of a component: (dict "root" $ "component" "runs") */}}
{{- define "mailrun.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "mailrun.labels" -}}
{{ include "mailrun.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: mailrun
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* (dict "root" $ "image" "runs") */}}
{{- define "mailrun.image" -}}
{{ printf "%s/%s:%s" .root.Values.image.repository .image (default .root.Chart.AppVersion .root.Values.image.tag) }}
{{- end }}

{{/* A service's values: the defaults, and what differs, as YAML. (dict "root" $ "service" "runs") */}}
{{- define "mailrun.valuesOf" -}}
{{- $own := deepCopy (default dict (index .root.Values.services .service)) }}
{{- mergeOverwrite (deepCopy .root.Values.defaults) $own | toYaml }}
{{- end }}

{{/* What the pods of the chart have in common. */}}
{{- define "mailrun.podBasics" -}}
automountServiceAccountToken: false
# Kubernetes would set MAILRUN_GATEWAY_PORT=tcp://… for a Service of that name, which is a setting of ours.
enableServiceLinks: false
securityContext: {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
