{{/*
Which settings there are, which are secrets and who reads them is in files/settings.json, made from the code.
*/}}
{{- define "mailrun.checkValues" -}}
{{- if not .Values.secrets.services }}
{{- fail (printf "\n\nsecrets.services is missing: the name of an existing Secret with the services' secret settings. Make one:\n\n%s" (include "mailrun.secretAdvice" .)) }}
{{- end }}
{{- if and .Values.migrations.enabled (not .Values.secrets.owner) }}
{{- fail (printf "\n\nsecrets.owner is missing: the name of an existing Secret with DATABASE_URL of the database's owner, for the migration job. Make one:\n\n  kubectl create secret generic mailrun-owner --namespace %s \\\n    --from-literal=DATABASE_URL='postgresql://owner:password@host:5432/mailrun'\n\nor set migrations.enabled=false and run `mailrun bootstrap` and `mailrun migrate` yourself.\n" .Release.Namespace) }}
{{- end }}
{{- if not (index .Values.settings "KAFKA_BROKERS") }}
{{- fail "\n\nsettings.KAFKA_BROKERS is missing: host:port,host:port of your Kafka brokers.\n" }}
{{- end }}
{{- if and (ne (default "folder" (index .Values.settings "MAILRUN_BLOBS_STORE")) "s3") (not .Values.blobs.existingClaim) }}
{{- fail "\n\nNowhere to keep documents and mails: set settings.MAILRUN_BLOBS_STORE=s3 and settings.MAILRUN_BLOBS_S3_BUCKET, or blobs.existingClaim to a claim that can be mounted by many pods (ReadWriteMany).\n" }}
{{- end }}
{{- include "mailrun.checkSettings" (dict "root" . "settings" .Values.settings "where" "settings" "service" "") }}
{{- range $service := splitList " " (include "mailrun.services" .) }}
{{- $own := default dict (index (include "mailrun.valuesOf" (dict "root" $ "service" $service) | fromYaml) "settings") }}
{{- include "mailrun.checkSettings" (dict "root" $ "settings" $own "where" (printf "services.%s.settings" $service) "service" $service) }}
{{- end }}
{{- end }}

{{- define "mailrun.checkSettings" -}}
{{- $known := .root.Files.Get "files/settings.json" | fromJson }}
{{- range $name, $value := .settings }}
{{- $setting := index $known $name }}
{{- if and (not $setting) (not (hasPrefix "OTEL_" $name)) }}
{{- fail (printf "\n\n%s.%s: there is no such setting, see docs/settings.md.\n" $.where $name) }}
{{- else if and $setting $setting.isSecret }}
{{- fail (printf "\n\n%s.%s is a secret: put it into the Secret that secrets.services names, under the key %s.\n" $.where $name $name) }}
{{- else if and $setting $.service (not (has $.service $setting.services)) }}
{{- fail (printf "\n\n%s.%s: this service does not read it, but %s.\n" $.where $name (join ", " $setting.services)) }}
{{- else if has $name (list "MAILRUN_GATEWAY_PORT" "MAILRUN_INTERNAL_PORT" "MAILRUN_MANAGEMENT_PORT") }}
{{- fail (printf "\n\n%s.%s: ports inside pods are the chart's own.\n" $.where $name) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "mailrun.secretAdvice" -}}
{{ printf "  kubectl create secret generic mailrun --namespace %s \\" .Release.Namespace }}
    --from-literal=DATABASE_URL='postgresql://host:5432/mailrun' \
    --from-literal=MAILRUN_DATABASE_ROLE_SECRET="$(openssl rand -hex 32)" \
    --from-literal=MAILRUN_INTERNAL_TOKEN_SECRET="$(openssl rand -hex 32)" \
    --from-literal=MAILRUN_SECRETS_KEYS="k1:$(openssl rand -base64 32)"

  and set secrets.services=mailrun. DATABASE_URL needs no user there: each service connects as its own role. Keep
  MAILRUN_SECRETS_KEYS somewhere safe: without it stored passwords can't be opened.
{{ end }}

{{/* A value as text; Helm reads whole numbers as floats. */}}
{{- define "mailrun.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) }}{{ printf "%d" (int64 .) }}{{ else }}{{ toString . }}{{ end }}
{{- end }}

{{/*
Environment of a container. (dict "root" $ "service" "runs" "settings" {…} "ownerSecret" ""); service `standalone`
reads every setting.
*/}}
{{- define "mailrun.environment" -}}
{{- $root := .root }}
{{- $service := .service }}
{{- $fullname := include "mailrun.fullname" $root }}
{{- $known := $root.Files.Get "files/settings.json" | fromJson }}
{{- $set := dict "MAILRUN_INTERNAL_PORT" 8081 "MAILRUN_MANAGEMENT_PORT" 9090 "MAILRUN_GATEWAY_PORT" 8080 }}
{{- range $name, $setting := $known }}
{{- /* MAILRUN_INTERNAL_RUNS_URL and the like, where the other services are. */}}
{{- $other := regexFind "^MAILRUN_INTERNAL_[A-Z]+_URL$" $name | trimPrefix "MAILRUN_INTERNAL_" | trimSuffix "_URL" | lower }}
{{- if $other }}{{ $_ := set $set $name (printf "http://%s-%s:8081" $fullname $other) }}{{ end }}
{{- end }}
{{- if $root.Values.blobs.existingClaim }}{{ $_ := set $set "MAILRUN_BLOBS_FOLDER" "/data/blobs" }}{{ end }}
{{- if $root.Values.ingress.enabled }}{{ $_ := set $set "MAILRUN_GATEWAY_TRUST_PROXY" true }}{{ end }}
{{- $set = mergeOverwrite $set (deepCopy $root.Values.settings) (deepCopy (default dict .settings)) }}
{{- range $name, $value := $set }}
{{- $setting := index $known $name }}
{{- if or (not $setting) (eq $service "standalone") (has $service $setting.services) }}
- name: {{ $name }}
  value: {{ include "mailrun.text" $value | quote }}
{{- end }}
{{- end }}
{{- range $name, $setting := $known }}
{{- if and $setting.isSecret (or (eq $service "standalone") (has $service $setting.services)) }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ if and $.ownerSecret (eq $name "DATABASE_URL") }}{{ $.ownerSecret }}{{ else }}{{ $root.Values.secrets.services }}{{ end }}
      key: {{ $name }}
      {{- if not $setting.isRequired }}
      optional: true
      {{- end }}
{{- end }}
{{- end }}
{{- end }}
