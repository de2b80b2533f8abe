import { expect } from 'chai'
import { EXIT } from '../../../kubectl-plugin/exit-code.ts'
import { API_VERSION } from '../../../operator/api/names.ts'
import { fromSpec } from '../../../operator/rest/schema/snake.ts'
import { until } from '../../cluster/wait.ts'
import { FLEET, withGround } from '../../rest/ground.ts'
import { PLAN, labelRobots, startAgents, stickPlan } from '../../docs/scene.ts'
import { type People, bindPeople } from '../harness/people.ts'
import { type Run, autonomy } from '../harness/program.ts'
import { GOOD, WRONG } from '../lint/cases.ts'

const SOON = { withinMs: 30_000, everyMs: 100 } as const

type Recovered = { readonly [key: string]: string }

describe('commands that act', function () {
  this.timeout(240_000)
  let people: People
  let agents: ReturnType<typeof startAgents>
  // Before the cluster goes.
  after(async () => await agents.stop())
  const ground = withGround()
  const alice = async (args: readonly string[], run: Run = {}) =>
    await autonomy([...args, '--kubeconfig', people.alice], run)
  const phase = async (plan = PLAN) =>
    (await alice(['rollout', 'plan', 'describe', plan, '-o', 'jsonpath={.phase}'])).stdout
  const recover = (strategy: string, ...more: readonly string[]) => [
    'rollout',
    'recover',
    '--plan-id',
    PLAN,
    '--strategy',
    strategy,
    '--reason',
    `trying ${strategy}`,
    ...more,
  ]

  before(async () => {
    people = await bindPeople(ground())
    await labelRobots(ground())
    agents = startAgents(ground())
  })

  describe('on a stuck plan', () => {
    beforeEach(async () => await stickPlan(ground()))

    const DOCUMENTED: readonly (readonly [strategy: string, answer: Recovered])[] = [
      ['rollback', { strategy: 'rollback', previous_phase: 'active', new_phase: 'rolled_back' }],
      ['retry', { strategy: 'retry', previous_phase: 'active', new_phase: 'active' }],
      [
        'skip_failed',
        {
          strategy: 'skip_failed',
          previous_phase: 'active',
          new_phase: 'active',
          skipped_stage_id: 'stage-03',
          next_stage_id: 'stage-04',
        },
      ],
    ]
    for (const [strategy, answer] of DOCUMENTED)
      it(`prints the documented answer of ${strategy}, keys in their order`, async () => {
        const { code, stdout, stderr } = await alice(recover(strategy))
        expect({ code, stderr }).to.deep.equal({ code: EXIT.completed, stderr: '' })
        const body = JSON.parse(stdout) as Recovered
        const expected = {
          plan_id: PLAN,
          ...answer,
          reason: `trying ${strategy}`,
          recovered_at: body['recovered_at'],
        }
        expect(JSON.stringify(body)).to.equal(JSON.stringify(expected))
        expect(body['recovered_at']).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      })

    it('does nothing in a dry run, and says what it would be', async () => {
      const { code, stdout } = await alice(recover('rollback', '--dry-run'))
      expect(code).to.equal(EXIT.completed)
      expect(JSON.parse(stdout)).to.include({ new_phase: 'rolled_back', dry_run: true })
      expect(await phase()).to.equal('active')
    })

    it('is not done when the stage is another one by now', async () => {
      const { code, stderr } = await alice(recover('skip_failed', '--stage-id', 'stage-02'))
      expect(code).to.equal(EXIT.failed)
      expect(stderr).to.include(`Try: autonomy rollout plan describe ${PLAN}`)
      expect(await phase()).to.equal('active')
    })

    it('is asked about at a terminal, with what will happen, and not done without a yes', async () => {
      const { code, stdout, stderr } = await alice(recover('rollback'), { answers: [false] })
      expect({ code, stdout }).to.deep.equal({ code: EXIT.failed, stdout: '' })
      expect(stderr).to.include('3 nodes activated').and.include('stage-04').and.include('nothing was done')
      expect(await phase()).to.equal('active')
    })

    it('is done after a yes', async () => {
      expect(await alice(recover('rollback'), { answers: [true] })).to.include({ code: EXIT.completed })
      expect(await phase()).to.equal('rolled_back')
    })

    it('is not asked about when --yes says so, nor when it can be taken back', async () => {
      expect(await alice(recover('retry'), { answers: [] })).to.include({ code: EXIT.completed })
      expect(await alice(recover('rollback', '--yes'), { answers: [] })).to.include({ code: EXIT.completed })
    })

    it('halts the stage for good; retry goes on with the next one', async () => {
      const halted = await alice(['rollout', 'halt', PLAN, '--reason', 'looking into it'])
      expect(JSON.parse(halted.stdout)).to.include({ strategy: 'halt', new_phase: 'paused' })
      const refused = await alice(['rollout', 'resume', PLAN, '--reason', 'x'])
      expect(refused).to.include({ code: EXIT.failed })
      expect(await alice(recover('retry'))).to.include({ code: EXIT.completed })
    })

    it('pauses and resumes', async () => {
      expect(JSON.parse((await alice(['rollout', 'pause', PLAN, '--reason', 'weekend'])).stdout)).to.include({
        new_phase: 'paused',
      })
      expect(JSON.parse((await alice(['rollout', 'resume', PLAN, '--reason', 'monday'])).stdout)).to.include({
        new_phase: 'active',
      })
    })

    it('cancels, and refuses everything afterwards with the command that tells who did it', async () => {
      const { stdout } = await alice(['rollout', 'plan', 'cancel', '--plan-id', PLAN, '--reason', 'superseded'])
      expect(stdout).to.equal(`plan ${PLAN} cancelled\n`)
      const { code, stderr } = await alice(recover('retry'))
      expect(code).to.equal(EXIT.failed)
      expect(stderr).to.include(`plan ${PLAN} is cancelled`).and.include(`Try: autonomy rollout history ${PLAN}`)
      const { stdout: told } = await alice(['rollout', 'history', PLAN])
      expect(told)
        .to.match(/Recovered cancel +alice +superseded/)
        .and.include('Rejected retry (plan_already_terminal)')
    })

    it('is refused to who may only look, naming the right that is missing', async () => {
      const { code, stderr } = await autonomy([...recover('rollback'), '--kubeconfig', people.victor])
      expect(code).to.equal(EXIT.denied)
      expect(stderr).to.include('you have no right to create rollouts/recover in API group')
    })

    it('records who the person says they are beside who they are', async () => {
      const env = { AUTONOMY_OPERATOR: 'Zoë of the night shift' }
      await alice(recover('retry'), { env })
      const { stdout } = await alice(['rollout', 'history', PLAN, '-o', 'json'])
      const events = (JSON.parse(stdout) as { readonly events: readonly Recovered[] }).events
      expect(events.findLast(({ strategy }) => strategy === 'retry')).to.include({
        operator: 'alice',
        claimed_operator: env.AUTONOMY_OPERATOR,
        door: 'aggregated',
      })
    })
  })

  describe('with plans of one’s own', () => {
    let number = 0
    const spec = (more: object = {}) => ({
      artifactRef: 'oci.example/agent:9',
      fleet: { selector: { matchLabels: { fleet: 'robots' } } },
      stages: [
        { id: 'canary', nodes: { limit: 1 }, gates: [{ kind: 'manual' }] },
        { id: 'everyone', nodes: {}, batchSize: 5 },
      ],
      ...more,
    })
    const manifest = (name: string, more: object = {}) =>
      JSON.stringify({ apiVersion: API_VERSION, kind: 'RolloutPlan', metadata: { name }, spec: spec(more) })
    const create = async (name: string, text: string, ...more: readonly string[]) =>
      await alice(['rollout', 'plan', 'create', '-f', `${name}.yaml`, ...more], { files: { [`${name}.yaml`]: text } })
    const cancelAll = async () => {
      const { stdout } = await alice(['rollout', 'plan', 'list', '-o', 'jsonpath={.plans[?(@.phase!="x")].plan_id}'])
      for (const name of stdout.split(' ').filter(Boolean)) {
        await alice(['rollout', 'plan', 'cancel', name])
      }
    }
    const fresh = () => {
      number += 1
      return `own-${number}`
    }
    beforeEach(cancelAll)

    it('creates one from a manifest', async () => {
      const name = fresh()
      const { code, stdout } = await create(name, manifest(name))
      expect({ code, stdout }).to.deep.equal({
        code: EXIT.completed,
        stdout: `plan ${name} created in namespace ${FLEET}: release ${name}, 2 stages\n`,
      })
    })

    it('creates one from the body of a request', async () => {
      const name = fresh()
      expect(await create(name, JSON.stringify({ plan_id: name, ...(fromSpec(spec()) as object) }))).to.include({
        code: EXIT.completed,
      })
      expect(await phase(name)).to.be.oneOf(['published', 'active'])
    })

    it('creates none in a dry run', async () => {
      const name = fresh()
      expect((await create(name, manifest(name), '--dry-run')).stdout).to.include('would be created (dry run)')
      expect(await alice(['rollout', 'plan', 'describe', name])).to.include({ code: EXIT.failed })
    })

    it('does not create it twice', async () => {
      const name = fresh()
      await create(name, manifest(name))
      const { code, stderr } = await create(name, manifest(name))
      expect(code).to.equal(EXIT.failed)
      expect(stderr).to.include('already').and.include(`Try: autonomy rollout plan describe`)
    })

    it('is told where a plan is wrong, and that lint tells more', async () => {
      const name = fresh()
      const { code, stderr } = await create(name, manifest(name, { stages: [{ id: 'A', nodes: {} }] }))
      expect(code).to.equal(EXIT.failed)
      expect(stderr).to.include('stages[0].id').and.include(`Try: autonomy rollout lint -f ${name}.yaml`)
    })

    it('approves the manual gate, with the documented answer', async () => {
      const name = fresh()
      await create(name, manifest(name))
      await until(
        async () => (await alice(['rollout', 'gate', 'list', name, '--stage-id', 'canary'])).stdout.includes('0 of 1'),
        {
          what: 'the gate waits',
          ...SOON,
        },
      )
      const wrong = await alice(['rollout', 'gate', 'approve', name, '--stage-id', 'everyone', '--reason', 'x'])
      expect(wrong).to.include({ code: EXIT.failed })
      expect(wrong.stderr).to.include('stage everyone has no manual gate: it has none at all')
      const approve = [
        'rollout',
        'gate',
        'approve',
        '--plan-id',
        name,
        '--stage-id',
        'canary',
        '--reason',
        'looked at it',
      ]
      expect(await alice(approve, { answers: [false] })).to.include({ code: EXIT.failed })
      const { code, stdout } = await alice(approve)
      expect(code).to.equal(EXIT.completed)
      expect(Object.keys(JSON.parse(stdout) as object)).to.deep.equal(['approved', 'promoted', 'message'])
      expect(JSON.parse(stdout)).to.include({ approved: true })
    })

    it('waits for the end of a plan, a line a change, and ends as it does', async () => {
      const name = fresh()
      await create(
        name,
        manifest(name, { stages: [{ id: 'one', nodes: { limit: 1 }, gates: [{ kind: 'time_soak', seconds: 2 }] }] }),
      )
      const { code, stdout } = await alice(['rollout', 'status', name, '--watch', '--timeout', '60s'])
      expect(code).to.equal(EXIT.completed)
      expect(stdout.trim().split('\n').length).to.be.greaterThan(1)
      expect(stdout).to.match(new RegExp(`^${name} completed, 1/1 nodes: Completed: .*$`, 'm'))
    })

    it('foresees who will be in which stage', async () => {
      const name = fresh()
      const text = manifest(name)
      const { adminKubeconfig } = ground().cluster
      const files = { 'plan.yaml': text }
      const words = ['rollout', 'preview', '-f', 'plan.yaml', '-o', 'json', '--kubeconfig', adminKubeconfig]
      const { code, stdout } = await autonomy(words, { files })
      expect(code).to.equal(EXIT.completed)
      const foreseen = JSON.parse(stdout) as {
        readonly nodes_of_fleet: number
        readonly stages: readonly { readonly nodes: object }[]
      }
      expect(foreseen.nodes_of_fleet).to.equal(6)
      expect(foreseen.stages.map(({ nodes }) => nodes)).to.deep.equal([
        { least: 1, most: 1 },
        { least: 5, most: 5 },
      ])
      const refused = await alice(['rollout', 'preview', '-f', 'plan.yaml'], { files })
      expect(refused).to.include({ code: EXIT.denied })
      expect(refused.stderr).to.include('no right to list nodes').and.include('Try: kubectl auth can-i list nodes')
    })
  })

  describe('exit codes of status', () => {
    const status = async (...args: readonly string[]) => await alice(['rollout', 'status', PLAN, ...args])
    before(async () => {
      await stickPlan(ground())
      await until(async () => (await status()).code !== EXIT.completed, {
        what: 'the operator calls it stuck',
        ...SOON,
      })
    })

    it('3: stuck, waited for or not', async () => {
      expect(await status()).to.include({ code: EXIT.stuck })
      expect(await status('--watch')).to.include({ code: EXIT.stuck })
    })

    it('5: denied', async () => {
      expect(await autonomy(['rollout', 'status', PLAN, '--kubeconfig', people.bob])).to.include({ code: EXIT.denied })
    })

    it('6: unreachable', async () => {
      expect(await status('--orchestrator-url', 'http://127.0.0.1:1')).to.include({ code: EXIT.unreachable })
    })

    it('2: usage', async () => {
      expect(await status('--timeout', 'soon')).to.include({ code: EXIT.usage })
    })

    it('4: not completed in time', async () => {
      await alice(['rollout', 'pause', PLAN, '--reason', 'x'])
      expect(await status()).to.include({ code: EXIT.completed })
      expect(await status('--watch', '--timeout', '1s')).to.include({ code: EXIT.timeout })
    })

    it('1: rolled back', async () => {
      await alice(recover('rollback'))
      expect(await status('--watch')).to.include({ code: EXIT.failed })
    })
  })

  describe('lint', () => {
    const dryRun = async (spec: object) =>
      await ground().kubectl(['create', '--dry-run=server', '--validate=strict', '-f', '-'], {
        apiVersion: API_VERSION,
        kind: 'RolloutPlan',
        metadata: { name: 'linted', namespace: FLEET },
        spec,
      })

    it('finds nothing wrong with what the API server takes', async () => {
      expect(await dryRun(GOOD)).to.include({ code: 0 })
    })

    for (const [what, spec] of WRONG)
      it(`refuses what the API server refuses: ${what}`, async () => {
        expect((await dryRun(spec)).code).not.to.equal(0)
      })
  })
})
