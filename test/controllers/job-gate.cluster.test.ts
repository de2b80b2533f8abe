import { expect } from 'chai'
import type { RolloutPlan } from '../../operator/api/object.ts'
import { giveJobs } from '../charts/account.ts'
import { mayBeDenied } from '../charts/withheld.ts'
import { apply, kubectl } from './harness/kubectl.ts'
import type { Scene } from './harness/scene.ts'
import { list, reasonOf, stageOf } from './harness/wire.ts'
import { sharedWorld } from './harness/world.ts'

type WireJob = {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Readonly<Record<string, string>> }
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { readonly env: unknown }[] } } }
}

const gateOf = (plan: RolloutPlan, name = 'smoke') => stageOf(plan)?.gates?.find(gate => gate.name === name)

/** A suspended CronJob whose pods fare as the annotations say. */
function check(namespace: string, annotations: object, spec: object = {}, name = 'smoke') {
  const container = { name: 'check', image: 'check.example/smoke:1' }
  const template = {
    metadata: { annotations: prefixed(annotations) },
    spec: { restartPolicy: 'OnFailure', automountServiceAccountToken: false, containers: [container], ...spec },
  }
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace },
    spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: { template } } },
  }
}

function prefixed(annotations: object) {
  return Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`kwok.autonomy.test/${key}`, value]))
}

const exits = (code: number, message = '') => ({
  fault: 'exit',
  'exit-code': String(code),
  'termination-message': message,
})
const gate = (name = 'smoke', more: object = {}, job: object = {}) => ({
  kind: 'job' as const,
  name,
  intervalSeconds: 1,
  job: { cronJob: name, ...job },
  ...more,
})
const jobsOf = ({ cluster, namespace }: Scene) => list<WireJob>(cluster, `/apis/batch/v1/namespaces/${namespace}/jobs`)

describe('a job gate', function () {
  this.timeout(120_000)
  const world = sharedWorld()

  it('holds the stage by a Job that fails, and lets it go after a retry by one that does not', async () => {
    const scene = await world.scene('job', { nodes: 1 })
    await giveJobs(world.cluster(), scene.namespace)
    await apply(world.cluster(), check(scene.namespace, exits(1, '3 of 4 probes failed')))
    await scene.publish({ confirm: { kind: 'ready' }, stages: [{ id: 's1', gates: [gate()] }] })

    const failed = await scene.until('the gate has failed', plan => gateOf(plan)?.state === 'failed')
    expect(reasonOf(failed)).to.equal('GateFailed')
    const [job] = await jobsOf(scene)
    expect(gateOf(failed)?.detail).to.equal(
      `ended with exit code 1: 3 of 4 probes failed (kubectl logs -n ${scene.namespace} job/${job?.metadata.name})`,
    )
    expect(job?.metadata.labels).to.include({ 'fleet.autonomyops.dev/plan-uid': failed.metadata.uid })
    expect(job?.spec.template.spec.containers[0]?.env).to.deep.include({ name: 'ROLLOUT_NODES', value: scene.names[0] })

    await apply(world.cluster(), check(scene.namespace, exits(0)))
    await scene.recover('retry')
    const done = await scene.until('it is completed', plan => plan.status.phase === 'completed')
    expect(gateOf(done)).to.include({ state: 'passed' })
    expect(await jobsOf(scene), 'one Job an evaluation').to.have.length(2)
  })

  it('tells what keeps a Job from a verdict, and takes none of it for a bad one', async () => {
    const scene = await world.scene('job-faults', { nodes: 1 })
    const { namespace } = scene
    await giveJobs(world.cluster(), namespace)
    await apply(
      world.cluster(),
      check(namespace, exits(3, 'no robot answered'), {}, 'unsure'),
      check(namespace, exits(137), {}, 'killed'),
      check(namespace, { fault: 'pull' }, {}, 'no-image'),
      check(namespace, {}, { nodeSelector: { never: 'there' } }, 'nowhere'),
      check(namespace, {}, { serviceAccountName: 'missing' }, 'no-account'),
      check(namespace, { 'ready-after': '10m' }, {}, 'deleted'),
    )
    const soon = { intervalSeconds: 3 }
    const rows = [
      ['unsure', {}, /the Job could not tell \(exit code 3\): no robot answered/],
      ['killed', {}, /the Job was killed or could not be run \(exit code 137 Error\)/],
      ['no-image', { deadlineSeconds: 8 }, /did not end within 8 s: its pod waits, (Err)?Image\w+: /],
      [
        'nowhere',
        { deadlineSeconds: 4 },
        /did not end within 4 s: its pod is not scheduled: 0\/\d+ nodes are available/,
      ],
      ['no-account', { deadlineSeconds: 12 }, /did not end within 12 s: it has no pod, and kubectl describe -n/],
      ['deleted', {}, /was deleted before it had ended/],
      ['missing', {}, /there is no CronJob missing in namespace/],
    ] as const
    const gates = rows.map(([name, job]) => gate(name, soon, job))
    await scene.publish({ confirm: { kind: 'ready' }, stages: [{ id: 's1', gates }] })

    await scene.until('the Job runs', plan => gateOf(plan, 'deleted')?.detail?.startsWith('runs as Job') === true)
    await kubectl(world.cluster(), ['delete', 'job', '-n', namespace, '-l', 'fleet.autonomyops.dev/gate=deleted'])
    const seen = new Map<string, string>()
    await scene.until(
      'every gate says why',
      plan => {
        for (const { name, state, detail = '', evidence } of stageOf(plan)?.gates ?? []) {
          expect(state, name).to.equal('unknown')
          if (evidence) seen.set(name, detail)
        }
        return seen.size === rows.length
      },
      { withinMs: 40_000 },
    )
    for (const [name, , says] of rows) expect(seen.get(name), name).to.match(says)
  })

  it('is taken over by a new leader while its Job runs, which begins no second one', async () => {
    const scene = await world.scene('job-fail-over', { nodes: 1 })
    const { namespace } = scene
    await giveJobs(world.cluster(), namespace)
    await apply(world.cluster(), check(namespace, { 'ready-after': '10m' }))
    await scene.publish({ confirm: { kind: 'ready' }, stages: [{ id: 's1', gates: [gate()] }] })
    const begun = await scene.eventually('the Job is there', async () => (await jobsOf(scene))[0])
    await world.stopOperator()
    // Nobody leads: what the Job says is for the next leader alone to read.
    const ends = Object.entries(prefixed(exits(1, 'told after the fail-over'))).map(([key, value]) => `${key}=${value}`)
    const pod = ['-n', namespace, '-l', `job-name=${begun.metadata.name}`]
    await scene.eventually(
      'its pod is there',
      async () => await kubectl(world.cluster(), ['get', 'pod', ...pod, '-o', 'name']),
    )
    await kubectl(world.cluster(), ['annotate', 'pod', ...pod, ...ends])
    world.startOperator()
    const failed = await scene.until('the gate has failed', plan => gateOf(plan)?.state === 'failed')
    expect(gateOf(failed)?.detail).to.match(/^ended with exit code 1: told after the fail-over /)
    expect((await jobsOf(scene)).map(({ metadata }) => metadata.uid)).to.deep.equal([begun.metadata.uid])
  })

  it('ends quietly with its namespace, though its Job runs', async () => {
    const scene = await world.scene('job-namespace', { nodes: 1 })
    const { namespace } = scene
    await giveJobs(world.cluster(), namespace)
    await apply(world.cluster(), check(namespace, { 'ready-after': '10m' }))
    await scene.publish({ confirm: { kind: 'ready' }, stages: [{ id: 's1', gates: [gate()] }] })
    await scene.until('the Job runs', plan => gateOf(plan)?.detail?.startsWith('runs as Job') === true)
    // The rights in a namespace may go before its Jobs do.
    await mayBeDenied(
      world.cluster(),
      ...['get', 'create', 'delete'].map(verb => ({ verb, resource: 'jobs.batch' })),
      { verb: 'get', resource: 'cronjobs.batch' },
      { verb: 'list', resource: 'pods' },
    )
    await kubectl(world.cluster(), ['delete', 'namespace', namespace, '--wait=false'])
    const path = `/api/v1/namespaces/${namespace}`
    await scene.eventually(
      'the namespace is gone',
      async () => (await world.cluster().request('GET', path)).status === 404,
    )
    // A write that meets the deletion may fail; what is tried again and again says so each time.
    const errors =
      world
        .operator()
        .log(namespace)
        .match(/"level":"(?:error|warn)"/g) ?? []
    expect(errors.length).to.be.at.most(2)
  })

  it('says that a quota refuses it, and ends what runs when the plan is cancelled', async () => {
    const scene = await world.scene('job-end', { nodes: 1 })
    const { namespace } = scene
    await giveJobs(world.cluster(), namespace)
    const hard = { 'count/jobs.batch': '1' }
    await apply(world.cluster(), check(namespace, { 'ready-after': '10m' }, {}, 'slow'), {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'one-job', namespace },
      spec: { hard },
    })
    const gates = ['one', 'two'].map(name => gate(name, {}, { cronJob: 'slow' }))
    await scene.publish({ confirm: { kind: 'ready' }, stages: [{ id: 's1', gates }] })
    await scene.until('one runs, the other may not', plan => {
      const details = (stageOf(plan)?.gates ?? []).map(({ detail = '' }) => detail)
      const refused = /the API server refuses the Job: .*quota/
      return details.some(detail => detail.startsWith('runs as Job')) && details.some(detail => refused.test(detail))
    })
    expect(await jobsOf(scene)).to.have.length(1)
    await scene.recover('cancel')
    await scene.eventually('no Job is left', async () => (await jobsOf(scene)).length === 0)
  })
})
