import { readFileSync } from 'node:fs'
import type { Call } from './call.ts'

/** What somebody who did not watch can read afterwards, and what the API server's audit log says of it. */
export async function recordFacts({ alice, screen, facts, witness, cluster }: Call): Promise<void> {
  screen.act('The whole story, for somebody who did not watch')
  await alice.show('get rplan,rrec -n fleet', 20)
  const history = (witness.plan('agent-2')?.status.history ?? []).map(
    ({ at, event, stage, strategy, operator, message }) =>
      [at, event, stage, strategy, operator, message].filter(part => part !== undefined).join('  '),
  )
  screen.command("kubectl get rplan agent-2 -n fleet -o jsonpath='{range .status.history[*]}…'", history.join('\n'), 20)
  const steps = (witness.plan('agent-2')?.status.history ?? []).filter(({ event }) => event === 'Recovered')
  facts.check(
    'the history of agent-2 tells who did what, and why',
    steps.length === 2 && steps.every(({ operator, message }) => operator === 'alice' && (message ?? '') !== ''),
  )
  const recovered = ['agent-2', 'agent-3', 'agent-4'].map(plan => witness.versionsOf(plan).at(-1)?.status.history ?? [])
  const names = recovered.flat().flatMap(({ event, recovery }) => (event === 'Recovered' ? [recovery] : []))
  facts.check(
    'each recovery took effect exactly once',
    names.length === 4 && new Set(names).size === 4,
    names.join(', '),
  )

  const patches = nodePatches(cluster.apiServer.auditLog ?? '')
  const strangers = patches.filter(({ user }) => !user.endsWith(':autonomy-rollouts'))
  facts.check(
    'every release was written under the service account of the chart',
    strangers.length === 0,
    strangers[0]?.user,
  )
  const wanted = witness.moves.length
  facts.check(
    `one PATCH for each move of a robot (${patches.length} for ${wanted})`,
    patches.length === wanted,
    `${patches.length} patches`,
  )
}

type AuditLine = {
  readonly verb: string
  readonly stage: string
  readonly user: { readonly username: string }
  readonly userAgent?: string
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string }
  readonly responseStatus?: { readonly code?: number }
}

/** Successful patches of Nodes by the operator, from the API server's audit log. */
function nodePatches(file: string): readonly { readonly user: string }[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line.includes('"patch"') && line.includes('"nodes"'))
    .map(line => JSON.parse(line) as AuditLine)
    .filter(
      ({ verb, stage, objectRef, responseStatus, userAgent }) =>
        verb === 'patch' &&
        stage === 'ResponseComplete' &&
        objectRef?.resource === 'nodes' &&
        objectRef.subresource === undefined &&
        responseStatus?.code === 200 &&
        userAgent?.startsWith('autonomy-rollouts') === true,
    )
    .map(({ user }) => ({ user: user.username }))
}
