import { expectSuccess } from '../../cluster/admin-client.ts'
import { until } from '../../cluster/wait.ts'
import { FLEET, type Ground } from '../../rest/ground.ts'

/** Six sites with ten robots each, a plan for each of them, and each plan in another situation. */

export const ROBOTS = 60
const SITES = ['berlin', 'lyon', 'oslo', 'porto', 'turin', 'graz'] as const
type Site = (typeof SITES)[number]

/** Their agents cannot start the new release. */
const ILL = new Set(['robot-4', 'robot-7'])
/** The agents of this site take their time: one a round, every few rounds. */
const SLOW: Site = 'oslo'

export async function label(ground: Ground): Promise<void> {
  for (const [index, site] of SITES.entries()) {
    const robots = Array.from({ length: 10 }, (_, robot) => `robot-${index * 10 + robot}`)
    await ground.succeed(['label', 'node', ...robots, `site=${site}`])
    await ground.succeed(['label', 'node', ...robots.slice(0, 2), 'ring=canary'])
    await ground.succeed(['label', 'node', ...robots.slice(2, 8), 'ring=early'])
  }
}

type Node = { readonly metadata: { readonly name: string; readonly labels: Fields; readonly annotations?: Fields } }
type Fields = { readonly [key: string]: string }

/** Each agent watches its own Node and reports what it runs. */
export function startAgents({ cluster }: Ground): { stop(): Promise<void> } {
  let [stopped, rounds] = [false, 0]
  const report = async ({ metadata: { name, labels, annotations = {} } }: Node) => {
    const release = labels['fleet.autonomyops.dev/release']
    if (release === undefined) return false
    const running = ILL.has(name) ? `failed:${release} battery management does not start` : release
    if (annotations['fleet.autonomyops.dev/running-release'] === running) return false
    if (labels['site'] === SLOW && rounds % 25 !== 0) return false
    const patch = { metadata: { annotations: { 'fleet.autonomyops.dev/running-release': running } } }
    const merge = { contentType: 'application/merge-patch+json' } as const
    expectSuccess('reporting', await cluster.request('PATCH', `/api/v1/nodes/${name}`, patch, merge))
    return true
  }
  const round = async () => {
    const answer = expectSuccess('listing nodes', await cluster.request('GET', '/api/v1/nodes'))
    let slow = false
    for (const node of (answer as { readonly items: readonly Node[] }).items) {
      if (node.metadata.labels['site'] === SLOW && slow) continue
      slow = (await report(node)) && node.metadata.labels['site'] === SLOW ? true : slow
    }
    rounds += 1
    return stopped
  }
  const running = until(round, { what: 'the agents are told to stop', withinMs: 600_000, everyMs: 100 })
  return {
    stop: async () => {
      stopped = true
      await running
    },
  }
}

const ring = (name: string) => ({ selector: { matchLabels: { ring: name } } })
const MANUAL = [{ kind: 'manual', approvals: 1 }]

function planFor(site: Site): object {
  const early: { readonly [site in Site]: object } = {
    berlin: {
      batchSize: 3,
      gates: [{ kind: 'time_soak', seconds: 600 }, { kind: 'health', minPercent: 95 }, ...MANUAL],
    },
    lyon: { batchSize: 6, gates: [{ kind: 'health', minPercent: 95 }, ...MANUAL] },
    oslo: { batchSize: 2, gates: MANUAL },
    porto: { batchSize: 6 },
    turin: { batchSize: 6, gates: MANUAL },
    graz: { batchSize: 6, gates: [{ kind: 'time_soak', seconds: 900 }] },
  }
  return {
    apiVersion: 'fleet.autonomyops.dev/v1alpha1',
    kind: 'RolloutPlan',
    metadata: { name: `agent-${site}`, namespace: FLEET },
    spec: {
      artifactRef: 'oci.example/robot-agent:1.4.2',
      release: '1.4.2',
      fleet: { selector: { matchLabels: { site } } },
      activation: { confirm: { kind: 'annotation' } },
      stages: [
        { id: 'canary', nodes: ring('canary'), batchSize: 2 },
        { id: 'early', nodes: ring('early'), ...early[site] },
        { id: 'everyone', nodes: {}, batchSize: '50%' },
      ],
    },
  }
}

/** Creates the plans, and waits until the one that is looked at closely is stuck and the others have come far enough. */
export async function rollOut(ground: Ground): Promise<void> {
  for (const site of SITES)
    await ground.succeed(['create', '-f', '-', '--as', 'alice', '--as-group', 'system:masters'], planFor(site))
  const reason = async (site: Site, wanted: string) =>
    await until(
      async () => {
        const path = '-o=jsonpath={.status.conditions[?(@.type=="Ready")].reason}'
        return (await ground.succeed(['get', 'rplan', `agent-${site}`, '-n', FLEET, path])) === wanted
      },
      { what: `agent-${site} is ${wanted}`, withinMs: 60_000, everyMs: 200 },
    )
  await reason('berlin', 'TooManyFailures')
  await reason('lyon', 'AwaitingApproval')
  await reason('turin', 'AwaitingApproval')
  await ground.succeed(['create', '-f', '-', '--as', 'bob', '--as-group', 'system:masters'], {
    apiVersion: 'fleet.autonomyops.dev/v1alpha1',
    kind: 'RolloutRecovery',
    metadata: { name: 'agent-turin-pause-1', namespace: FLEET },
    spec: { planName: 'agent-turin', strategy: 'pause', reason: 'stock-taking until noon' },
  })
  await reason('turin', 'Paused')
  await reason('porto', 'Completed')
  await reason('graz', 'Soaking')
}
