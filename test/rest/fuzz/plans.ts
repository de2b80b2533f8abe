import { until } from '../../cluster/wait.ts'
import type { Caller } from '../door.ts'

const SOON = { withinMs: 30_000, everyMs: 100 } as const

/** Active plans, so many that some are left after others were cancelled, and one each in the other phases. */
const ACTIVE = Array.from({ length: 24 }, (_, index) => `active-${index}`)
const OTHERS = ['paused', 'done', 'over'] as const

/**
 * Plans that stand where they stand: no node is theirs, and a gate waits for more people than there are.
 *
 * @returns their names
 */
export async function makePlans(caller: Caller): Promise<readonly string[]> {
  const gates = [
    { kind: 'manual', approvals: 10 },
    { kind: 'time_soak', name: 'soak', seconds: 0 },
  ]
  const stage = { nodes: {}, allow_empty: true, gates }
  const create = async (plan_id: string, label: string) => {
    const body = {
      plan_id,
      artifact_ref: 'oci.example/agent:1',
      fleet: { selector: { match_labels: { nobody: label } } },
      activation: { label: `fleet.autonomyops.dev/${label}` },
      stages: ['s1', 's2'].map(id => ({ id, ...stage })),
    }
    const { status, body: answer } = await caller.call('POST', '/rollouts', { body })
    if (status !== 201) throw new Error(`${plan_id}: ${status} ${JSON.stringify(answer)}`)
    const phase = async () =>
      ((await caller.call('GET', `/rollouts/${plan_id}`)).body as { readonly phase: string }).phase
    await until(async () => (await phase()) === 'active', { what: `${plan_id} is active`, ...SOON })
  }
  const act = async (method: string, path: string, body: object) => {
    const { status, body: answer } = await caller.call(method, path, { body })
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`)
  }
  const reason = 'to be fuzzed'
  const names = [...ACTIVE, ...OTHERS]
  await Promise.all(names.map(async name => await create(`fuzz-${name}`, name)))
  await act('POST', '/rollouts/fuzz-paused/halt', { reason })
  await act('POST', '/rollouts/fuzz-done/recover', { strategy: 'skip_failed', stage_id: 's1', reason })
  await act('POST', '/rollouts/fuzz-done/recover', { strategy: 'skip_failed', stage_id: 's2', reason })
  await act('DELETE', '/rollouts/fuzz-over', { reason })
  return names.map(name => `fuzz-${name}`)
}
