import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { load, loadAll } from 'js-yaml'

/** Rules of a role as the API server reads them. */
export type Rule = {
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
  readonly verbs: readonly string[]
}

/**
 * The smallest thing that a role grants: one verb on one kind of thing, or on one thing by name. A binding of a role
 * that is not the chart's own is a grant as a whole.
 */
export type Grant = {
  readonly holder: 'operator' | 'people'
  /** Kind and name: `ClusterRole autonomy-rollouts`. */
  readonly role: string
  /** Empty for a binding. */
  readonly verb: string
  /** A resource as kubectl writes it (`rolloutplans.fleet.autonomyops.dev/status`), or a URL. */
  readonly path: string
  readonly name: string | undefined
  /** File and line in the chart. */
  readonly place: string
}

type RenderedRole = {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly rules?: readonly Rule[]
  readonly roleRef?: { readonly kind: string; readonly name: string }
  readonly subjects?: readonly { readonly name: string }[]
}

const ROOT = join(import.meta.dirname, '../..')
const SOURCE = /^# Source: autonomy-rollouts\/(\S+)$/m

/** Every grant in what `helm template` has rendered, each once. What the chart binds to `account` is the operator's. */
export function grantsOf(renderings: readonly string[], account: string): readonly Grant[] {
  const grants = renderings.flatMap(text => grantsIn(text, account))
  const distinct = new Map(grants.map(grant => [[grant.role, grant.verb, grant.path, grant.name].join(' '), grant]))
  return [...distinct.values()]
}

export function pathOf(group: string, resource: string, subresource?: string): string {
  const full = group === '' ? resource : `${resource}.${group}`
  return subresource === undefined || subresource === '' ? full : `${full}/${subresource}`
}

function grantsIn(rendering: string, account: string): readonly Grant[] {
  const documents = rendering.split(/^---$/m).flatMap(text => {
    const template = SOURCE.exec(text)?.[1] ?? ''
    return (loadAll(text) as (RenderedRole | null)[]).filter(isPresent).map(object => ({ template, object }))
  })
  const roleNames = new Set(documents.map(({ object }) => `${object.kind} ${object.metadata.name}`))
  const bound = new Set(
    documents.flatMap(({ object: { roleRef, subjects = [] } }) =>
      roleRef && subjects.some(({ name }) => name === account) ? [`${roleRef.kind} ${roleRef.name}`] : [],
    ),
  )
  return documents.flatMap(({ template, object }) => {
    const { kind, metadata, rules = [], roleRef } = object
    const role = `${kind} ${metadata.name}`
    if (roleRef !== undefined && !roleNames.has(`${roleRef.kind} ${roleRef.name}`)) {
      const place = `${fileOf(template)}:${lineOf(readLines(fileOf(template)), roleRef.name)}`
      return [
        {
          holder: 'operator' as const,
          role,
          verb: '',
          path: `${roleRef.kind} ${roleRef.name}`,
          name: undefined,
          place,
        },
      ]
    }
    const holder = bound.has(role) ? ('operator' as const) : ('people' as const)
    return rules.flatMap(rule => split(rule).map(grant => ({ holder, role, ...grant, place: placeOf(rule, template) })))
  })
}

function split({ apiGroups = [], resources = [], resourceNames, nonResourceURLs = [], verbs }: Rule) {
  const names: readonly (string | undefined)[] = resourceNames ?? [undefined]
  const paths = apiGroups.flatMap(group =>
    resources.map(full => {
      const [resource = '', subresource] = full.split('/')
      return pathOf(group, resource, subresource)
    }),
  )
  return verbs.flatMap(verb => [
    ...paths.flatMap(path => names.map(name => ({ verb, path, name }))),
    ...nonResourceURLs.map(path => ({ verb, path, name: undefined })),
  ])
}

const HELPERS = 'templates/_helpers.tpl'
const RULE = /^- (?:apiGroups|nonResourceURLs):/
const fileOf = (template: string) => `charts/autonomy-rollouts/${template}`

/** Where a rule is written: in its template, or in the helpers that the template includes. */
function placeOf(rule: Rule, template: string): string {
  for (const file of [fileOf(template), fileOf(HELPERS)]) {
    const lines = readLines(file)
    const line = lines.findIndex((_, index) => isDeepStrictEqual(ruleAt(lines, index), comparable(rule)))
    if (line >= 0) return `${file}:${line + 1}`
  }
  return fileOf(template)
}

/** Where the rules of roles are written in a template, as `FILE:LINE`. Rules of anything else are further in. */
export function rulePlaces(template: string): readonly string[] {
  const file = fileOf(template)
  return readLines(file).flatMap((line, index) => (RULE.test(line) ? [`${file}:${index + 1}`] : []))
}

/** The rule that begins at a line of a template. Names that Helm fills in are left out of the comparison. */
function ruleAt(lines: readonly string[], index: number): object | undefined {
  const indent = /^( *)- (?:apiGroups|nonResourceURLs):/.exec(lines[index] ?? '')?.[1]
  if (indent === undefined) return undefined
  const end = lines.findIndex((line, at) => at > index && !line.startsWith(`${indent}  `))
  const text = lines.slice(index, end === -1 ? undefined : end).filter(line => !line.includes('{{'))
  const [rule] = load(text.join('\n')) as readonly Rule[]
  return rule && comparable(rule)
}

function comparable({ apiGroups, resources, nonResourceURLs, verbs }: Rule): object {
  return { apiGroups, resources, nonResourceURLs, verbs }
}

function lineOf(lines: readonly string[], words: string): number {
  return lines.findIndex(line => line.includes(words)) + 1
}

const texts = new Map<string, readonly string[]>()

function readLines(file: string): readonly string[] {
  const known = texts.get(file) ?? readFileSync(join(ROOT, file), 'utf8').split('\n')
  texts.set(file, known)
  return known
}

function isPresent<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined
}
