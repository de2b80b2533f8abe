import { expect } from 'chai'
import type { HistoryEntry } from '../../operator/api/rollout-plan-status.ts'
import { auditFlaws } from './audit-trail.ts'
import type { Everything, WirePlan } from './world.ts'

const AT = '2026-11-28T03:00:00Z'

function plan(...history: readonly Omit<HistoryEntry, 'at'>[]): WirePlan {
  const entries = history.map(entry => ({ at: AT, ...entry }))
  const metadata = { name: 'plan', namespace: 'run1', uid: 'u1', resourceVersion: '1' }
  return { metadata, status: { phase: 'active', history: entries } } as unknown as WirePlan
}

function line(action: string, fields: object, resource = 'run1/plan'): string {
  return JSON.stringify({ event_name: `rollout.${action}`, action, resource, fields: { plan_uid: 'u1', ...fields } })
}

function flaws(log: readonly string[], ...history: readonly Omit<HistoryEntry, 'at'>[]): readonly string[] {
  return auditFlaws(log.join('\n'), 'run1', { plans: [plan(...history)], recoveries: [] })
}

describe('audit trail of a fault run', () => {
  const opened = { event: 'StageOpened', stage: 'a' } as const

  it('is right when it tells what happened, once, or was lost with its process', () => {
    expect(flaws([line('create', {}), line('StageOpened', { stage: 'a' })], opened)).to.deep.equal([])
    expect(flaws([], opened)).to.deep.equal([])
  })

  it('is wrong when it tells a transition twice, or one that never happened', () => {
    const once = line('StageOpened', { stage: 'a' })
    expect(flaws([once, once], opened)).to.have.length(1)
    expect(flaws([line('StagePromoted', { stage: 'a' })], opened)).to.have.length(1)
  })

  it('may tell of a recovery as often as it took effect, and of a refusal once', () => {
    const retry = line('retry', { recovery: '1-retry', stage: 'a' })
    const recovered = { event: 'Recovered', recovery: '1-retry', strategy: 'retry' } as const
    expect(flaws([retry], recovered)).to.deep.equal([])
    expect(flaws([retry, retry], recovered, recovered)).to.deep.equal([])
    expect(flaws([retry, retry], recovered)).to.have.length(1)
    expect(flaws([retry, retry])).to.have.length(1)
  })

  it('is wrong, where no process was lost, when it leaves out the beginning, a transition or what somebody asked for', () => {
    const recovered = { event: 'Recovered', recovery: '1-retry', strategy: 'retry' } as const
    const refused = {
      metadata: { name: '2-halt' },
      spec: { planName: 'plan' },
      status: { phase: 'Rejected' },
    } as unknown as Everything['recoveries'][number]
    const lines = [
      line('create', {}),
      line('StageOpened', { stage: 'a' }),
      line('retry', { recovery: '1-retry', stage: 'a' }),
      line('halt', { recovery: '2-halt' }),
    ]
    const everything = { plans: [plan(opened, recovered)], recoveries: [refused] }
    expect(auditFlaws(lines.join('\n'), 'run1', everything, true)).to.deep.equal([])
    for (const left of lines) {
      const others = lines.filter(text => text !== left).join('\n')
      expect(auditFlaws(others, 'run1', everything, true)).to.have.length(1)
      expect(auditFlaws(others, 'run1', everything)).to.deep.equal([])
    }
  })

  it('is not judged by the lines of other runs', () => {
    expect(flaws([line('StagePromoted', { stage: 'a' }, 'run2/plan')], opened)).to.deep.equal([])
  })
})
