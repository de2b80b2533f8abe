import type { Denial } from '../charts/withheld.ts'
import type { Grant } from './grant.ts'
import type { ClusterLog } from './log.ts'
import type { Use } from './use.ts'

/** What is wrong, and what to do. */
export type Finding = { readonly about: Grant['holder']; readonly text: string }

/**
 * Holds what was used against what the chart grants. It finds
 *
 * - a grant that nothing used;
 * - something that the operator was allowed by a role that is not the chart's: then the run proves nothing;
 * - something that the operator was denied and no test has announced, or that no variant of the chart grants, announced
 *   or not: a test may take a right away, it cannot excuse one that is missing;
 * - an announced denial that did not come.
 */
export function prove(grants: readonly Grant[], logs: readonly ClusterLog[]): readonly Finding[] {
  const uses = logs.flatMap(log => log.uses)
  const unused = grants.filter(grant => !uses.some(use => isUseOf(use, grant)))
  return [
    ...unused.map(grant => ({ about: grant.holder, text: unusedText(grant) })),
    ...logs
      .flatMap(log => [...beyond(log, grants), ...unannounced(log, grants)])
      .map(text => ({ about: 'operator' as const, text })),
  ]
}

/** Whether a grant allowed it, or would allow it if it were not taken away. */
function isUseOf(use: Use, grant: Grant): boolean {
  const { outcome } = use
  if (outcome.kind === 'denied' || outcome.kind === 'unknown' || use.by !== grant.holder) return false
  if (grant.verb === '') return outcome.kind === 'allowed' && outcome.binding === grant.role
  return outcome.role === grant.role && covers(grant, use)
}

function covers(grant: Grant, { verb, path, name }: Pick<Use, 'verb' | 'path' | 'name'>): boolean {
  const pattern = grant.path.endsWith('*') ? grant.path.slice(0, -1) : undefined
  const samePath = grant.path === path || (pattern !== undefined && path.startsWith(pattern))
  return grant.verb === verb && samePath && (grant.name === undefined || grant.name === name)
}

/**
 * What the operator did on a cluster that the chart does not let it do, and what it asked for in vain that no variant of
 * the chart grants. A denial of what the chart grants is not among them: while it is installed and uninstalled there are.
 */
export function beyond({ cluster, uses }: Omit<ClusterLog, 'announced'>, grants: readonly Grant[]): readonly string[] {
  const own = ownOf(grants)
  const roles = new Set(own.map(({ role }) => role))
  const told: string[] = []
  for (const use of uses.filter(({ by }) => by === 'operator')) {
    const { outcome } = use
    if (outcome.kind === 'allowed') {
      const everybody = outcome.subject.startsWith('Group "system:')
      if (everybody || roles.has(outcome.role) || roles.has(outcome.binding)) continue
      told.push(
        `${asked(use)}, which ${outcome.role} allowed and the chart does not grant: bind the operator of that test by the chart`,
      )
    } else if (outcome.kind === 'unknown') {
      told.push(`${asked(use)}, but calls itself ${outcome.agent}: give what is not the operator another account`)
    } else if (outcome.kind === 'denied' && !own.some(grant => covers(grant, use))) {
      told.push(`${asked(use)}, which no variant of the chart grants: grant it, or do not ask (${outcome.message})`)
    }
  }
  return told.map(text => `${text}\n    cluster ${cluster}`)
}

function unannounced({ cluster, uses, announced }: ClusterLog, grants: readonly Grant[]): readonly string[] {
  const own = ownOf(grants)
  const told: string[] = []
  const met = new Set<Denial>()
  for (const use of uses.filter(({ by }) => by === 'operator')) {
    if (use.outcome.kind !== 'denied') continue
    const right = announced.find(({ verb, resource }) => verb === use.verb && resource === use.path)
    if (right !== undefined) met.add(right)
    else if (own.some(grant => covers(grant, use)))
      told.push(
        `${asked(use)} and was denied, although the chart grants it: announce it by willBeDenied if the test provokes it (${use.outcome.message})`,
      )
  }
  const missing = announced.filter(denial => denial.perhaps !== true && !met.has(denial))
  return [
    ...told,
    ...missing.map(
      ({ verb, resource }) =>
        `a test has announced that the operator will be denied to ${verb} ${resource}, and it was not`,
    ),
  ].map(text => `${text}\n    cluster ${cluster}`)
}

function ownOf(grants: readonly Grant[]): readonly Grant[] {
  return grants.filter(({ holder }) => holder === 'operator')
}

function asked({ verb, path, name }: Use): string {
  return `the operator asked to ${verb} ${path}${name === undefined ? '' : ` ${name}`}`
}

function unusedText({ holder, role, verb, path, name, place }: Grant): string {
  const what = [verb === '' ? 'binds' : verb, path, name].filter(Boolean).join(' ')
  const who = holder === 'operator' ? 'the operator' : 'somebody who has the role'
  return `${role}: ${what}: nothing in this run used it as ${who}: remove it, or add the test that needs it\n    ${place}`
}
