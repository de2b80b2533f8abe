import { run } from '../api/server.ts'
import { ACCOUNT, SYSTEM } from '../charts/account.ts'
import { CHART } from '../charts/helm.ts'
import { resolveTools } from '../cluster/tools.ts'
import { type Grant, grantsOf } from './grant.ts'

/** Values under which the chart grants otherwise than by default. What it grants under any of them must be used. */
const VARIANTS: readonly string[] = ['', `podNamespaces={${SYSTEM}}`]

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
