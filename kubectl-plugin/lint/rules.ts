import { isRecord } from '../../operator/kube/refusal.ts'
import type { Rule, Schema } from '../../operator/api/schema.ts'
import type { Finding } from './finding.ts'

/** Whether a value keeps a rule; `undefined` for one that only the server can judge. */
type Check = (self: unknown) => boolean | undefined

const has = (self: unknown, key: string) => isRecord(self) && self[key] !== undefined
const is = (self: unknown, key: string, value: string) => isRecord(self) && self[key] === value
const sizeOf = (value: unknown) =>
  Array.isArray(value) ? value.length : isRecord(value) ? Object.keys(value).length : 0
const items = (value: unknown) => (Array.isArray(value) ? (value as readonly unknown[]) : [])
const field = (self: unknown, key: string) => (isRecord(self) ? self[key] : undefined)
const WATCHED = ['metric', 'webhook', 'job']
const isWatched = (gate: unknown) => WATCHED.some(kind => is(gate, 'kind', kind))
const nameOfGate = (gate: unknown) => field(gate, 'name') ?? field(gate, 'kind')

/** The CEL of the kinds that is more than one pattern, restated; a test holds it against the API server. */
const RESTATED: { readonly [rule: string]: Check } = {
  // A plan from a file is new.
  'self == oldSelf': () => undefined,
  "self.kind == 'time_soak' ? has(self.seconds) : !has(self.seconds)": self =>
    is(self, 'kind', 'time_soak') === has(self, 'seconds'),
  "self.kind == 'health' ? has(self.minPercent) : !has(self.minPercent)": self =>
    is(self, 'kind', 'health') === has(self, 'minPercent'),
  "self.kind == 'health' || self.kind in ['metric', 'webhook', 'job'] || !has(self.forSeconds)": self =>
    is(self, 'kind', 'health') || isWatched(self) || !has(self, 'forSeconds'),
  "self.kind in ['metric', 'webhook', 'job'] || (!has(self.intervalSeconds) && !has(self.consecutive) && !has(self.failureLimit) && !has(self.dryRun))":
    self =>
      isWatched(self) || !['intervalSeconds', 'consecutive', 'failureLimit', 'dryRun'].some(key => has(self, key)),
  "self.kind == 'metric' ? has(self.metric) : !has(self.metric)": self =>
    is(self, 'kind', 'metric') === has(self, 'metric'),
  "self.kind == 'webhook' ? has(self.webhook) : !has(self.webhook)": self =>
    is(self, 'kind', 'webhook') === has(self, 'webhook'),
  "self.kind == 'job' ? has(self.job) : !has(self.job)": self => is(self, 'kind', 'job') === has(self, 'job'),
  'has(self.address) != has(self.service)': self => has(self, 'address') !== has(self, 'service'),
  "!has(self.credentialsSecret) || (has(self.address) ? self.address.startsWith('https://') : has(self.service) && has(self.service.scheme) && self.service.scheme == 'https')":
    self =>
      !has(self, 'credentialsSecret') ||
      (has(self, 'address')
        ? String(field(self, 'address')).startsWith('https://')
        : is(field(self, 'service'), 'scheme', 'https')),
  'has(self.lt) || has(self.le) || has(self.gt) || has(self.ge) || has(self.eq)': self =>
    ['lt', 'le', 'gt', 'ge', 'eq'].some(key => has(self, key)),
  "self.at != 'now' || has(self.query)": self => !is(self, 'at', 'now') || has(self, 'query'),
  "self.kind == 'manual' || !has(self.approvals)": self => is(self, 'kind', 'manual') || !has(self, 'approvals'),
  'self.all(a, self.exists_one(b, (has(a.name) ? a.name : a.kind) == (has(b.name) ? b.name : b.kind)))': self =>
    new Set(items(self).map(nameOfGate)).size === items(self).length,
  "self.filter(g, g.kind == 'manual').size() <= 1": self =>
    items(self).filter(gate => is(gate, 'kind', 'manual')).length <= 1,
  "self.startsWith('fleet.autonomyops.dev/')": self =>
    typeof self === 'string' && self.startsWith('fleet.autonomyops.dev/'),
  'size(self) <= 68': self => typeof self !== 'string' || self.length <= 68,
  "self.kind == 'pod' ? has(self.namespace) && has(self.selector) : !has(self.namespace) && !has(self.selector)":
    self =>
      is(self, 'kind', 'pod')
        ? has(self, 'namespace') && has(self, 'selector')
        : !has(self, 'namespace') && !has(self, 'selector'),
  "self.kind != 'pod' || !has(self.selector) || (has(self.selector.matchLabels) && size(self.selector.matchLabels) > 0) || (has(self.selector.matchExpressions) && size(self.selector.matchExpressions) > 0)":
    self => {
      const selector = field(self, 'selector')
      const named = sizeOf(field(selector, 'matchLabels')) + sizeOf(field(selector, 'matchExpressions')) > 0
      return !is(self, 'kind', 'pod') || selector === undefined || named
    },
  "self.kind != 'annotation' || !has(self.minReadySeconds) || self.minReadySeconds == 0": self =>
    !is(self, 'kind', 'annotation') || !has(self, 'minReadySeconds') || field(self, 'minReadySeconds') === 0,
  "self.kind == 'annotation' || !has(self.annotation)": self =>
    is(self, 'kind', 'annotation') || !has(self, 'annotation'),
  "self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0 : !has(self.values) || size(self.values) == 0":
    self =>
      is(self, 'operator', 'In') || is(self, 'operator', 'NotIn')
        ? sizeOf(field(self, 'values')) > 0
        : sizeOf(field(self, 'values')) === 0,
  "self.metadata.name != 'stuck'": self => field(field(self, 'metadata'), 'name') !== 'stuck',
  'size(self.metadata.name) <= 63': self => String(field(field(self, 'metadata'), 'name') ?? '').length <= 63,
}

const MATCHES = /^self\.matches\('(.*)'\)$/s
const AMOUNT = /^type\(self\) == int \? self >= (\d+) : self\.matches\('(.*)'\)$/s
const LABELS = /^self\.all\(key, size\(key\) <= (\d+) && key\.matches\('(.*)'\) && self\[key\]\.matches\('(.*)'\)\)$/s

/** How a rule is checked here; undefined when it is new and nobody has restated it. */
export function checkOf({ rule }: Pick<Rule, 'rule'>): Check | undefined {
  const restated = RESTATED[rule]
  if (restated !== undefined) return restated
  const pattern = MATCHES.exec(rule)?.[1]
  if (pattern !== undefined) return self => typeof self === 'string' && expression(pattern).test(self)
  const amount = AMOUNT.exec(rule)
  if (amount !== null) {
    const [, least = '0', text = ''] = amount
    return self => (typeof self === 'number' ? self >= Number(least) : expression(text).test(String(self)))
  }
  const labels = LABELS.exec(rule)
  if (labels === null) return undefined
  const [, longest = '0', key = '', value = ''] = labels
  return self =>
    Object.entries(isRecord(self) ? self : {}).every(
      ([name, text]) =>
        name.length <= Number(longest) && expression(key).test(name) && expression(value).test(String(text)),
    )
}

/** A backslash in a CEL string is written twice. */
function expression(pattern: string): RegExp {
  return new RegExp(pattern.replaceAll('\\\\', '\\'))
}

/** Rules that the value does not keep, at any depth, in the words in which the server would refuse it. */
export function brokenRules(schema: Schema, value: unknown, path: string): readonly Finding[] {
  if (value === undefined || value === null) return []
  const own = (schema['x-kubernetes-validations'] ?? [])
    .filter(rule => checkOf(rule)?.(value) === false)
    .map(({ message = 'breaks a rule', fieldPath = '' }): Finding => ({
      severity: 'error',
      field: `${path}${fieldPath}`.replace(/^\./, ''),
      message,
    }))
  return [...own, ...repeatedKeys(schema, value, path), ...below(schema, value, path)]
}

function below(schema: Schema, value: unknown, path: string): readonly Finding[] {
  if (!('type' in schema)) return []
  if (schema.type === 'array')
    return items(value).flatMap((item, index) => brokenRules(schema.items, item, `${path}[${index}]`))
  if (schema.type !== 'object' || !('properties' in schema)) return []
  return Object.entries(schema.properties).flatMap(([name, inner]) =>
    brokenRules(inner, field(value, name), path === '' ? name : `${path}.${name}`),
  )
}

/** `x-kubernetes-list-type: map`: the server refuses two items with the same keys. */
function repeatedKeys(schema: Schema, value: unknown, path: string): readonly Finding[] {
  if (!('type' in schema) || schema.type !== 'array' || schema['x-kubernetes-list-type'] !== 'map') return []
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const seen = new Set<string>()
  return items(value).flatMap((item, index): readonly Finding[] => {
    const own = keys.map(key => String(field(item, key))).join(' ')
    if (!seen.has(own)) {
      seen.add(own)
      return []
    }
    return [
      {
        severity: 'error',
        field: `${path}[${index}].${keys[0]}`,
        message: `is "${own}", as another one before it is; each needs its own`,
      },
    ]
  })
}
