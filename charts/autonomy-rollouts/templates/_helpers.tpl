{{/* Name of the chart, for the label. */}}
{{- define "autonomy-rollouts.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 53 | trimSuffix "-" -}}
{{- end -}}

{{/* Name of everything that the chart installs; not repeated when the release is called like the chart. A release may have
dots in its name, a Service may not. */}}
{{- define "autonomy-rollouts.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 53 | trimSuffix "-" -}}
{{- else if contains (include "autonomy-rollouts.name" .) .Release.Name -}}
{{- .Release.Name | replace "." "-" | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "autonomy-rollouts.name" .) | replace "." "-" | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "autonomy-rollouts.labels" -}}
app.kubernetes.io/name: {{ include "autonomy-rollouts.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: autonomy-rollouts
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{/* What tells the pods of the operator from every other, the test's included. */}}
{{- define "autonomy-rollouts.selector" -}}
app.kubernetes.io/name: {{ include "autonomy-rollouts.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: operator
{{- end -}}

{{/* The image: by digest when one is given, and then the tag is for people. */}}
{{- define "autonomy-rollouts.image" -}}
{{- with .Values.image -}}
{{- printf "%s:%s%s" .repository (default $.Chart.AppVersion .tag) (empty .digest | ternary "" (printf "@%s" .digest)) -}}
{{- end -}}
{{- end -}}

{{/* Namespace of paths that name none. */}}
{{- define "autonomy-rollouts.planNamespace" -}}
{{- default .Release.Namespace .Values.planNamespace -}}
{{- end -}}

{{/* The Secret with the certificate of the REST surface, and in ca.crt what it is to be trusted by. */}}
{{- define "autonomy-rollouts.servingSecret" -}}
{{- $name := include "autonomy-rollouts.fullname" . -}}
{{- get (dict "operator" (printf "%s-serving" $name) "certManager" (printf "%s-tls" $name) "secret" .Values.certificate.secretName) .Values.certificate.source -}}
{{- end -}}

{{/* What Pod Security "restricted" asks of a container, and more. */}}
{{- define "autonomy-rollouts.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
readOnlyRootFilesystem: true
{{- end -}}

{{- define "autonomy-rollouts.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* The account's token, of the kubelet's making: it is renewed before it expires, and dies with the pod. */}}
{{- define "autonomy-rollouts.accountVolume" -}}
name: account
projected:
  sources:
  - serviceAccountToken:
      path: token
      expirationSeconds: 3600
  - configMap:
      name: kube-root-ca.crt
      items:
      - key: ca.crt
        path: ca.crt
  - downwardAPI:
      items:
      - path: namespace
        fieldRef:
          apiVersion: v1
          fieldPath: metadata.namespace
{{- end -}}

{{- define "autonomy-rollouts.serviceAccountName" -}}
{{- default (include "autonomy-rollouts.fullname" .) .Values.serviceAccount.name -}}
{{- end -}}

{{/* The account, as the subject of a binding. */}}
{{- define "autonomy-rollouts.subjects" -}}
- kind: ServiceAccount
  name: {{ include "autonomy-rollouts.serviceAccountName" . | quote }}
  namespace: {{ .Release.Namespace | quote }}
{{- end -}}

{{/* What it takes to see pods. */}}
{{- define "autonomy-rollouts.podRule" -}}
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
{{- end -}}

{{/* The account, as the API server calls it. */}}
{{- define "autonomy-rollouts.operatorUser" -}}
{{- printf "system:serviceaccount:%s:%s" .Release.Namespace (include "autonomy-rollouts.serviceAccountName" .) -}}
{{- end -}}

{{/* Whether the API server fills in who asks, which it can from Kubernetes 1.36 on; empty when not. */}}
{{- define "autonomy-rollouts.stamps" -}}
{{- $stamp := toString .Values.admissionPolicies.stamp -}}
{{- if or (eq $stamp "true") (and (eq $stamp "auto") (.Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy")) -}}
true
{{- end -}}
{{- end -}}

{{/* Binds the policy `name` everywhere. */}}
{{- define "autonomy-rollouts.policyBinding" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ .name | quote }}
  labels:
    {{- include "autonomy-rollouts.labels" .root | nindent 4 }}
spec:
  policyName: {{ .name | quote }}
  validationActions: [Deny]
{{- end -}}

{{/* Holds for every request but those of the operator process, which has verified its caller. */}}
{{- define "autonomy-rollouts.notTheOperator" -}}
- name: not-the-operator
  expression: request.userInfo.username != '{{ include "autonomy-rollouts.operatorUser" . }}'
{{- end -}}

{{/* Holds for the requests of the operator process alone. */}}
{{- define "autonomy-rollouts.theOperator" -}}
- name: the-operator
  expression: request.userInfo.username == '{{ include "autonomy-rollouts.operatorUser" . }}'
{{- end -}}

{{/* Variables: the annotations before and after, and those among them that tell through which door a request came. */}}
{{- define "autonomy-rollouts.provenanceVariables" -}}
- name: createdBy
  expression: "'fleet.autonomyops.dev/created-by'"
- name: provenance
  expression: >-
    ['fleet.autonomyops.dev/door', 'fleet.autonomyops.dev/user-uid', 'fleet.autonomyops.dev/claimed-operator',
    'fleet.autonomyops.dev/audit-id', 'fleet.autonomyops.dev/request', 'fleet.autonomyops.dev/idempotency-key']
- name: annotations
  expression: "object == null ? {} : object.metadata.?annotations.orValue({})"
- name: annotationsBefore
  expression: "oldObject == null ? {} : oldObject.metadata.?annotations.orValue({})"
- name: claimed
  expression: >-
    request.operation == 'CREATE' ? variables.provenance.filter(key, key in variables.annotations) : []
- name: altered
  expression: >-
    request.operation == 'UPDATE'
    ? (variables.provenance + [variables.createdBy]).filter(key, variables.annotations[?key] != variables.annotationsBefore[?key])
    : []
{{- end -}}

{{/* What goes for the record of every request, be it a plan or a recovery. */}}
{{- define "autonomy-rollouts.provenanceRules" -}}
- expression: variables.claimed.size() == 0
  messageExpression: "'leave these annotations out, the rollout operator alone writes them: ' + variables.claimed.join(', ')"
- expression: variables.altered.size() == 0
  messageExpression: "'these annotations are the record of who asked and cannot be changed: ' + variables.altered.join(', ')"
{{- end -}}

{{/* What a viewer may do; the other roles for people may do it, too. */}}
{{- define "autonomy-rollouts.viewerRules" -}}
- apiGroups: [orchestrator.autonomyops.dev]
  resources: [rollouts]
  verbs: [get, list]
- apiGroups: [orchestrator.autonomyops.dev]
  resources: [rollouts/stages, rollouts/nodes, rollouts/history]
  verbs: [get]
- apiGroups: [fleet.autonomyops.dev]
  resources: [rolloutplans, rolloutrecoveries]
  verbs: [get, list, watch]
{{- end -}}

{{/* What it takes to approve through the REST surface. */}}
{{- define "autonomy-rollouts.approvingRules" -}}
- apiGroups: [orchestrator.autonomyops.dev]
  resources: [rollouts/approve, rollouts/stages]
  verbs: [create]
{{- end -}}

{{/* The way in through kubectl. It opens no step by itself, as long as a policy asks for the right to the step. */}}
{{- define "autonomy-rollouts.recoveryRules" -}}
- apiGroups: [fleet.autonomyops.dev]
  resources: [rolloutrecoveries]
  verbs: [create]
{{- end -}}

{{/* What keeps a rollout going or still, and can be taken back. */}}
{{- define "autonomy-rollouts.steeringRules" -}}
- apiGroups: [orchestrator.autonomyops.dev]
  resources: [rollouts/recover, rollouts/retry, rollouts/pause, rollouts/resume, rollouts/halt]
  verbs: [create]
{{- end -}}
