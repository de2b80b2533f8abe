import { expect } from 'chai'
import { API_VERSION } from '../../operator/api/names.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { until } from '../cluster/wait.ts'
import { plan, recovery, stage } from './object.ts'
import { withApi } from './server.ts'
import type { Body } from './server.ts'

describe('definitions of RolloutPlan and RolloutRecovery', () => {
  const api = withApi()
  const kubectl = async (...args: string[]) => {
    const output = await api().kubectl(args)
    expect(output, output.stderr).to.deep.include({ code: 0, stderr: '' })
    return output.stdout
  }
  const headerOf = (table: string) =>
    table
      .split('\n')[0]
      ?.trim()
      .split(/\s{2,}/)
  const namesOf = (output: string) => output.trim().split('\n').sort()

  before(async () => {
    const twoStages = { release: '2', stages: [stage('canary'), stage('wide')] }
    for (const object of [
      plan('agent-2', twoStages),
      plan('agent-3'),
      recovery('agent-2-retry-1', { operator: 'alice' }),
      recovery('agent-3-halt', { planName: 'agent-3', strategy: 'halt', reason: 'looks wrong', operator: 'bob' }),
    ])
      expect(await api().create(object)).to.include({ status: 201 })
    const conditions = [
      condition('Ready', 'False', 'GateFailed', 'stage canary: gate health not passed'),
      condition('Stuck', 'True', 'GateFailed', 'stage canary: gate health not passed'),
    ]
    const moving = { phase: 'active', currentStageId: 'canary', progress: '3/60', conditions }
    expect(await api().patch(plan('agent-2'), { status: moving }, 'status')).to.include({ status: 200 })
    await published(api().cluster)
    const verdict = { phase: 'Rejected', code: 'plan_not_active', message: 'plan agent-3 is published' }
    expect(await api().patch(recovery('agent-3-halt'), { status: verdict }, 'status')).to.include({ status: 200 })
  })

  it('are installed without a warning and served', async () => {
    expect(api().installation).to.deep.include({ code: 0, stderr: '' })
    const { body } = await api().cluster.request('GET', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions')
    const { items } = body as Body
    expect(items).to.have.length(2)
    for (const { status } of items)
      expect(Object.fromEntries(status.conditions.map(({ type, status: holds }) => [type, holds]))).to.deep.equal({
        Established: 'True',
        NamesAccepted: 'True',
      })
  })

  it('have short names and the category autonomy', async () => {
    expect(namesOf(await kubectl('get', 'rplan,rrec', '-o', 'name'))).to.deep.equal([
      'rolloutplan.fleet.autonomyops.dev/agent-2',
      'rolloutplan.fleet.autonomyops.dev/agent-3',
      'rolloutrecovery.fleet.autonomyops.dev/agent-2-retry-1',
      'rolloutrecovery.fleet.autonomyops.dev/agent-3-halt',
    ])
    expect(namesOf(await kubectl('get', 'autonomy', '-o', 'name'))).to.have.length(4)
  })

  it('show where a plan stands in a table', async () => {
    const table = await kubectl('get', 'rplan')
    expect(headerOf(table)).to.deep.equal(['NAME', 'PHASE', 'STAGE', 'PROGRESS', 'REASON', 'STUCK', 'AGE'])
    expect(table).to.match(/^agent-2\s+active\s+canary\s+3\/60\s+GateFailed\s+True\s+\d+s$/m)
    expect(table).to.match(/^agent-3\s+published\s+Pending\s+\d+s$/m)
  })

  it('show why a plan stands still in a wide table', async () => {
    const table = await kubectl('get', 'rplan', '-o', 'wide')
    expect(headerOf(table)?.slice(7)).to.deep.equal(['RELEASE', 'UPDATED', 'MESSAGE'])
    expect(table).to.match(/^agent-2 .*\s2\s+stage canary: gate health not passed$/m)
  })

  it('show who wanted what, and what became of it, in a table', async () => {
    const table = await kubectl('get', 'rrec')
    expect(headerOf(table)).to.deep.equal(['NAME', 'PLAN', 'STRATEGY', 'OPERATOR', 'PHASE', 'CODE', 'AGE'])
    expect(table).to.match(/^agent-2-retry-1\s+agent-2\s+retry\s+alice\s+Pending\s+\d+s$/m)
    expect(table).to.match(/^agent-3-halt\s+agent-3\s+halt\s+bob\s+Rejected\s+plan_not_active\s+\d+s$/m)
    const wide = await kubectl('get', 'rrec', '-o', 'wide')
    expect(headerOf(wide)?.slice(7)).to.deep.equal(['FROM', 'TO', 'WHY', 'MESSAGE'])
    expect(wide).to.match(/^agent-3-halt .*\slooks wrong\s+plan agent-3 is published$/m)
  })

  for (const [kind, selector, found] of [
    ['rplan', 'status.phase=active', ['rolloutplan.fleet.autonomyops.dev/agent-2']],
    ['rplan', 'status.phase=published', ['rolloutplan.fleet.autonomyops.dev/agent-3']],
    ['rrec', 'spec.planName=agent-2', ['rolloutrecovery.fleet.autonomyops.dev/agent-2-retry-1']],
    ['rrec', 'status.phase=Rejected', ['rolloutrecovery.fleet.autonomyops.dev/agent-3-halt']],
    ['rrec', 'spec.planName=agent-2,status.phase=Rejected', ['']],
  ] as const)
    it(`find ${kind} by ${selector}`, async () => {
      const output = await kubectl('get', kind, '--field-selector', selector, '-o', 'name')
      expect(namesOf(output)).to.deep.equal(found)
    })

  it('explain every field', async () => {
    for (const [kind, schema] of await published(api().cluster)) expect(undescribed(schema, kind)).to.deep.equal([])
  })

  it('explain a gate to somebody who writes a plan', async () => {
    const text = await kubectl('explain', 'rolloutplan.spec.stages.gates')
    expect(text).to.include('FIELD: gates <[]Object>')
    expect(text).to.match(
      /kind\t<string> -required-\n {2}enum: time_soak, health, manual, metric[^\n]*\n {4}time_soak: let the/,
    )
    expect(text.replaceAll(/\s+/g, ' ')).to.include(
      'approvals <integer> manual: how many different operators must approve. Default 1.',
    )
  })

  it('explain a recovery in full', async () => {
    const text = await kubectl('explain', 'rolloutrecovery', '--recursive')
    for (const line of [
      'planName\t<string> -required-',
      'strategy\t<string> -required-',
      'reason\t<string> -required-',
    ])
      expect(text).to.include(line)
    expect(text).to.match(/enum: rollback, retry, skip_failed, halt/)
  })
})

function condition(type: string, status: string, reason: string, message: string) {
  return { type, status, reason, message, lastTransitionTime: '2026-03-18T09:15:00Z' }
}

type Field = {
  readonly description?: string
  readonly properties?: { readonly [name: string]: Field }
  readonly items?: Field
}

/** The schemas that kubectl explains from, by kind. The API server publishes them some time after it serves the kinds. */
async function published({ request }: Pick<Cluster, 'request'>): Promise<readonly (readonly [string, Field])[]> {
  return await until(
    async () => {
      const { body } = await request('GET', `/openapi/v3/apis/${API_VERSION}`)
      const schemas = (body as { components?: { schemas: { [name: string]: Field } } }).components?.schemas
      const found = ['RolloutPlan', 'RolloutRecovery'].flatMap(kind => {
        const schema = schemas?.[`dev.autonomyops.fleet.v1alpha1.${kind}`]
        return schema?.properties?.['spec']?.properties === undefined ? [] : [[kind, schema] as const]
      })
      return found.length === 2 && found
    },
    { what: 'the schemas are published', withinMs: 20_000 },
  )
}

/** Paths of fields that say nothing about themselves; metadata is Kubernetes' own. */
function undescribed(schema: Field, path: string): string[] {
  const fields = Object.entries(schema.properties ?? schema.items?.properties ?? {})
  return fields
    .filter(([name]) => name !== 'metadata')
    .flatMap(([name, field]) => [
      ...(field.description ? [] : [`${path}.${name}`]),
      ...undescribed(field, `${path}.${name}`),
    ])
}
