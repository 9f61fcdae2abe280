{{/*
A container that runs the `mailrun` command of the standalone image.
(dict "root" $ "name" "migrate" "command" (list "migrate") "ownerSecret" "…")
*/}}
{{- define "mailrun.commandContainer" -}}
- name: {{ .name }}
  image: {{ include "mailrun.image" (dict "root" .root "image" "standalone") }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  securityContext: {{- toYaml .root.Values.containerSecurityContext | nindent 4 }}
  command: {{ .command | toJson }}
  env:
    {{- include "mailrun.environment" (dict "root" .root "service" "standalone" "ownerSecret" .ownerSecret) | trim | nindent 4 }}
  resources: {{- toYaml .root.Values.jobs.resources | nindent 4 }}
  volumeMounts:
    - { name: tmp, mountPath: /tmp }
{{- end }}

{{/* How that image runs a command. */}}
{{- define "mailrun.command" -}}
{{ list "node" "--enable-source-maps" "dist/mailrun.js" . | toJson }}
{{- end }}

{{/* Hooks run before anything else of the chart exists: they use existing Secrets and service accounts only. */}}
{{- define "mailrun.hookAnnotations" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
