{{/* A file of files/monitoring with values in place of ${…}. */}}
{{- define "autonomy-rollouts.monitoringFile" -}}
{{- $name := include "autonomy-rollouts.fullname" .root -}}
{{- $text := .root.Files.Get (printf "files/monitoring/%s" .file) -}}
{{- $words := merge (dict "job" $name "namespace" .root.Release.Namespace "release" .root.Release.Name) .root.Values.monitoring.prometheusRule.thresholds -}}
{{- range $word, $value := $words -}}
{{- $text = replace (printf "${%s}" $word) (kindIs "string" $value | ternary $value (int64 $value | toString)) $text -}}
{{- end -}}
{{- $text -}}
{{- end -}}
