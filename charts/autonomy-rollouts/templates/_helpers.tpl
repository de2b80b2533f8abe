{{/* Name of the chart, for the label. */}}
{{- define "autonomy-rollouts.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 53 | trimSuffix "-" -}}
{{- end -}}

{{/* Name of everything that the chart installs; not repeated when the release is called like the chart. */}}
{{- define "autonomy-rollouts.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 53 | trimSuffix "-" -}}
{{- else if contains (include "autonomy-rollouts.name" .) .Release.Name -}}
{{- .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "autonomy-rollouts.name" .) | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "autonomy-rollouts.labels" -}}
app.kubernetes.io/name: {{ include "autonomy-rollouts.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: autonomy-rollouts
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "autonomy-rollouts.serviceAccountName" -}}
{{- default (include "autonomy-rollouts.fullname" .) .Values.serviceAccount.name -}}
{{- end -}}

{{/* The account, as the subject of a binding. */}}
{{- define "autonomy-rollouts.subjects" -}}
- kind: ServiceAccount
  name: {{ include "autonomy-rollouts.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{/* What it takes to see pods. */}}
{{- define "autonomy-rollouts.podRule" -}}
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
{{- end -}}
