import { DNS_LABEL } from './fragments.ts'
import type { ObjectSchema } from './schema.ts'

/** What a gate of kind webhook asks, and how it signs what it sends. */
export const webhook = {
  type: 'object',
  description: 'webhook: which service to ask for a verdict.',
  required: ['signingSecret'],
  properties: {
    address: {
      type: 'string',
      minLength: 1,
      maxLength: 512,
      pattern: '^https://[^\\s/?#@]+(/[^\\s?#]*)?$',
      description:
        'Where to POST the question: https://checks.example/rollouts. Loopback, link-local and metadata addresses are refused, redirects are not followed.',
      'x-kubernetes-validations': [
        {
          rule: "self.matches('^https://[^\\\\s/?#@]+(/[^\\\\s?#]*)?$')",
          message: 'give an https address without user, password, query or fragment',
        },
      ],
    },
    service: {
      type: 'object',
      description: 'A Service instead of an address: asked as https://<name>.<namespace>.svc:<port><path>.',
      required: ['name'],
      properties: {
        name: {
          type: 'string',
          minLength: 1,
          maxLength: 63,
          pattern: DNS_LABEL,
          description: 'Name of the Service.',
        },
        namespace: {
          type: 'string',
          minLength: 1,
          maxLength: 63,
          pattern: DNS_LABEL,
          description: 'Its namespace. Default: that of the plan.',
        },
        port: {
          type: 'integer',
          format: 'int32',
          minimum: 1,
          maximum: 65_535,
          default: 443,
          description: 'Its port.',
        },
        path: {
          type: 'string',
          maxLength: 256,
          pattern: '^/[^\\s?#]*$',
          default: '/',
          description: 'Path of the question.',
        },
      },
    },
    signingSecret: {
      type: 'string',
      minLength: 1,
      maxLength: 253,
      pattern: '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$',
      description:
        'A Secret in the namespace of the plan, of type fleet.autonomyops.dev/gate-credentials, that says in annotation fleet.autonomyops.dev/gate-hosts for which hosts it is. Its key signing-key signs what is sent: whsec_ and 24 to 64 bytes in base64. Others that it may have: token; username and password; tls.crt and tls.key; ca.crt.',
    },
    timeoutSeconds: {
      type: 'integer',
      format: 'int32',
      minimum: 1,
      maximum: 60,
      default: 10,
      description: 'Seconds within which the answer has to come, repetitions after a failure included.',
    },
    callback: {
      type: 'object',
      description:
        'The service may answer 202, and report its verdict later: gate-report. It is then asked once the nodes of the stage have settled, and no more when the gate has failed. Absent: 202 is no verdict.',
      properties: {
        deadlineSeconds: {
          type: 'integer',
          format: 'int32',
          minimum: 1,
          maximum: 604_800,
          default: 3600,
          description: 'Seconds within which it has to report. It is asked anew when it has not.',
        },
      },
    },
  },
  'x-kubernetes-validations': [
    {
      rule: 'has(self.address) != has(self.service)',
      message: 'a webhook has an address or a service, and not both',
    },
  ],
} as const satisfies ObjectSchema
