import { globSync } from 'node:fs'
import { run } from '../api/server.ts'
import { ACCOUNT, SYSTEM } from '../charts/account.ts'
import { CHART } from '../charts/helm.ts'
import { resolveTools } from '../cluster/tools.ts'
import { type Grant, grantsOf, rulePlaces } from './grant.ts'

/**
 * Values under which the chart grants otherwise than by default. What it grants under any of them must be used. Values
 * that only take grants away need no place here.
 */
const VARIANTS: readonly string[] = [
  '',
  `podNamespaces={${SYSTEM}}`,
  `gates.secretNamespaces={${SYSTEM}}`,
  `gates.jobNamespaces={${SYSTEM}}`,
  'monitoring.scrapers[0].name=prometheus,monitoring.scrapers[0].namespace=monitoring',
]

/** Every grant of the chart, in any variant. @param home  a folder that Helm may write to */
export async function chartGrants(home: string): Promise<readonly Grant[]> {
  const { helm } = await resolveTools(['helm'])
  const texts = VARIANTS.map(async values => {
    const set = ['--set', ['crds.install=false', values].filter(Boolean).join(',')]
    const args = ['template', ACCOUNT.name, CHART, ...set]
    const { code, stdout, stderr } = await run(helm, args, { home, env: { HELM_NAMESPACE: SYSTEM } })
    if (code !== 0) throw new Error(`helm template: ${stderr}`)
    return stdout
  })
  return grantsOf(await Promise.all(texts), ACCOUNT.name)
}

/** A finding for each rule in the templates that no variant has brought to light. */
export function unseenIn(grants: readonly Grant[]): readonly string[] {
  const seen = new Set(grants.map(({ place }) => place))
  const templates = globSync('templates/**/*.{yaml,tpl}', { cwd: CHART }).sort()
  const unseen = templates.flatMap(rulePlaces).filter(place => !seen.has(place))
  return unseen.map(
    place => `no variant of the chart renders this rule: add values that do to test/privileges/chart.ts\n    ${place}`,
  )
}
