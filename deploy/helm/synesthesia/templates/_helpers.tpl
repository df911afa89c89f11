{{- define "synesthesia.name" -}}
{{- if contains "synesthesia" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-synesthesia" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- /* Of a part: dict "root" $ "part" "api" */ -}}
{{- define "synesthesia.selector" -}}
app.kubernetes.io/name: synesthesia
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "synesthesia.labels" -}}
{{ include "synesthesia.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "synesthesia.image" -}}
{{- with .Values.image }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}{{ end }}
{{- end }}

{{- define "synesthesia.secret" -}}
{{ .Values.existingSecret | default (printf "%s-secrets" (include "synesthesia.name" .)) }}
{{- end }}

{{- define "synesthesia.database" -}}
{{- $host := .Values.postgresql.enabled | ternary (printf "%s-postgresql" (include "synesthesia.name" .)) .Values.postgresql.host -}}
{{- with .Values.postgresql }}postgres://{{ .user }}@{{ required "postgresql.host is needed when postgresql.enabled is false" $host }}:{{ .port }}/{{ .database }}{{ with .parameters }}?{{ . }}{{ end }}{{ end }}
{{- end }}

{{- define "synesthesia.store" -}}
{{- if .Values.milvus.enabled }}milvus:http://{{ include "synesthesia.name" . }}-milvus:19530{{ else }}milvus:{{ required "milvus.url is needed when milvus.enabled is false" .Values.milvus.url }}{{ end }}
{{- end }}

{{- define "synesthesia.models" -}}
{{- if .Values.ray.enabled }}ray:http://{{ include "synesthesia.name" . }}-ray-head:8100{{ else if .Values.ray.url }}ray:{{ .Values.ray.url }}{{ else }}process{{ end }}
{{- end }}

{{- /* Of a pod that runs our image: user 10001, as the Dockerfile made it. */ -}}
{{- define "synesthesia.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "synesthesia.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- /* dict "root" $ "keys" (list ...) */ -}}
{{- define "synesthesia.secretEnv" -}}
{{- range .keys }}
- name: {{ . }}
  valueFrom: {secretKeyRef: {name: {{ include "synesthesia.secret" $.root }}, key: {{ . }}}}
{{- end }}
{{- end }}

{{- define "synesthesia.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* dict "root" $ "script" "backup" "readOnly" true: of /data */ -}}
{{- define "synesthesia.backupPod" -}}
restartPolicy: Never
serviceAccountName: {{ include "synesthesia.name" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext: {{- include "synesthesia.podSecurity" .root | nindent 2 }}
containers:
  - name: {{ .script }}
    image: {{ .root.Values.postgresql.image }}
    command: [sh, /scripts/{{ .script }}.sh]
    env:
      - {name: DATABASE, value: {{ include "synesthesia.database" .root | quote }}}
      - {name: KEEP_DAYS, value: {{ .root.Values.backup.keepDays | quote }}}
      - {name: FROM, value: {{ .root.Values.backup.restoreFrom | quote }}}
      - {name: HOME, value: /tmp}
      - name: PGPASSWORD
        valueFrom: {secretKeyRef: {name: {{ include "synesthesia.secret" .root }}, key: ASSISTANT_DATABASE_PASSWORD}}
    resources:
      requests: {cpu: 100m, memory: 256Mi}
      limits: {memory: 1Gi}
    securityContext: {{- include "synesthesia.containerSecurity" .root | nindent 6 }}
    volumeMounts:
      - {name: blobs, mountPath: /data, readOnly: {{ .readOnly }}}
      - {name: backup, mountPath: /backup}
      - {name: scripts, mountPath: /scripts, readOnly: true}
      - {name: scratch, mountPath: /tmp}
volumes:
  - name: blobs
    persistentVolumeClaim: {claimName: {{ .root.Values.blobs.existingClaim | default (printf "%s-blobs" (include "synesthesia.name" .root)) }}, readOnly: {{ .readOnly }}}
  - name: backup
    persistentVolumeClaim: {claimName: {{ .root.Values.backup.existingClaim | default (printf "%s-backup" (include "synesthesia.name" .root)) }}}
  - name: scripts
    configMap: {name: {{ include "synesthesia.name" .root }}-backup}
  - name: scratch
    emptyDir: {}
{{- end }}
