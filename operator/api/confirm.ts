import { DNS_LABEL, QUALIFIED_NAME, selector } from './fragments.ts'
import { REPORT_ANNOTATION } from './names.ts'
import type { ObjectSchema } from './schema.ts'

/** What counts as a node having activated the release: one of three kinds, each with fields of its own. */
export const confirm = {
  type: 'object',
  description: 'What counts as a node having activated the release.',
  default: { kind: 'ready' },
  required: ['kind'],
  properties: {
    kind: {
      type: 'string',
      enum: ['pod', 'annotation', 'ready'],
      description:
        'pod: a pod on the node that matches the selector is Ready. annotation: the agent on the node reports the release. ready: the node itself is Ready.',
    },
    namespace: {
      type: 'string',
      pattern: DNS_LABEL,
      maxLength: 63,
      description: 'pod: where the pods are.',
    },
    selector: selector('pod: which pods; normally with the release among the labels.'),
    annotation: {
      type: 'string',
      pattern: QUALIFIED_NAME,
      maxLength: 317,
      description: `annotation: the Node annotation that the agent writes; its value is the release when it runs, or "failed:<release> <why>". Default ${REPORT_ANNOTATION}.`,
    },
    minReadySeconds: {
      type: 'integer',
      format: 'int32',
      minimum: 0,
      maximum: 86_400,
      default: 0,
      description: 'Seconds for which the pod (pod) or the node (ready) must have been Ready without a break.',
    },
  },
  'x-kubernetes-validations': [
    {
      rule: "self.kind == 'pod' ? has(self.namespace) && has(self.selector) : !has(self.namespace) && !has(self.selector)",
      message: 'namespace and selector belong to confirm.kind pod, which needs both',
    },
    {
      rule: "self.kind != 'pod' || !has(self.selector) || (has(self.selector.matchLabels) && size(self.selector.matchLabels) > 0) || (has(self.selector.matchExpressions) && size(self.selector.matchExpressions) > 0)",
      message: 'confirm.selector must name at least one label: an empty selector would take any pod for the release',
    },
    {
      rule: "self.kind != 'annotation' || !has(self.minReadySeconds) || self.minReadySeconds == 0",
      message: 'minReadySeconds belongs to confirm.kind pod and ready',
    },
    {
      rule: "self.kind == 'annotation' || !has(self.annotation)",
      message: 'annotation belongs to confirm.kind annotation',
    },
  ],
} as const satisfies ObjectSchema
