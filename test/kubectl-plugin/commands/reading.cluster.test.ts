import { expect } from 'chai'
import { load } from 'js-yaml'
import { type Connection, connect } from '../../../kubectl-plugin/connection/connection.ts'
import { EXIT } from '../../../kubectl-plugin/exit-code.ts'
import { rememberEntities } from '../../../kubectl-plugin/orchestrator/entities.ts'
import { jsonpath } from '../../../kubectl-plugin/output/jsonpath.ts'
import { systemClock } from '../../../operator/runtime/clock.ts'
import { RELEASE } from '../../../operator/release.ts'
import { FLEET, withGround } from '../../rest/ground.ts'
import { proxiedDoor } from '../../docs/door.ts'
import { PLAN, labelRobots, startAgents, stickPlan } from '../../docs/scene.ts'
import { type People, bindPeople } from '../harness/people.ts'
import { masked } from '../harness/masked.ts'
import { autonomy } from '../harness/program.ts'

describe('commands that look', function () {
  this.timeout(240_000)
  let people: People
  let agents: ReturnType<typeof startAgents>
  // Before the cluster goes.
  after(async () => await agents.stop())
  const ground = withGround()
  const alice = async (...args: readonly string[]) => await autonomy([...args, '--kubeconfig', people.alice])
  const printed = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await alice(...args)
    expect({ code, stderr }).to.deep.equal({ code: EXIT.completed, stderr: '' })
    return stdout
  }

  before(async () => {
    people = await bindPeople(ground())
    await labelRobots(ground())
    agents = startAgents(ground())
    await stickPlan(ground())
  })

  const SNAPSHOTS: readonly (readonly [words: string, text: string])[] = [
    [
      'rollout plan list',
      `PLAN          PHASE    STAGE      NODES   STUCK   UPDATED   REASON
plan-abc123   active   stage-03   3/4     AGE   AGE     GateFailed
`,
    ],
    [
      'rollout stuck',
      `PLAN          PHASE    STAGE      STUCK   REASON
plan-abc123   active   stage-03   AGE   health gate has failed for N (1 of 2 activated nodes are healthy, 2 (95 %) must be)
`,
    ],
    [
      'rollout gate list plan-abc123',
      `GATE     KIND     STATE    SINCE   DETAIL
health   health   failed   AGE   1 of 2 activated nodes are healthy, 2 (95 %) must be
`,
    ],
    [
      'rollout nodes plan-abc123 --state failed',
      `NODE      STAGE      STATE    SINCE   REASON                 MESSAGE
robot-3   stage-03   failed           AgentReportedFailure   its agent reports: battery management does not start
`,
    ],
    [
      'rollout history plan-abc123',
      `WHEN                   EVENT           STAGE      WHO     WHAT
TTTTTTTTTTTTTTTTTTTT   PlanCreated                admin
TTTTTTTTTTTTTTTTTTTT   PlanStarted
TTTTTTTTTTTTTTTTTTTT   StageOpened     stage-01
TTTTTTTTTTTTTTTTTTTT   StagePromoted   stage-01
TTTTTTTTTTTTTTTTTTTT   StageOpened     stage-02
TTTTTTTTTTTTTTTTTTTT   StagePromoted   stage-02
TTTTTTTTTTTTTTTTTTTT   StageOpened     stage-03
`,
    ],
  ]
  for (const [words, text] of SNAPSHOTS)
    it(`prints what people read: ${words}`, async () => {
      const shown = masked(await printed(...words.split(' '))).replaceAll(/for \d+ (second|minute)s?/g, 'for N')
      expect(shown).to.equal(text)
    })

  it('describes a plan: where it is, why it stands still, and what can be done', async () => {
    const text = await printed('rollout', 'plan', 'describe', '--plan-id', PLAN)
    expect(text).to.match(/^Phase: +active$/m)
    expect(text).to.match(/^Stage: +stage-03 \(3 of 4\), open$/m)
    expect(text).to.match(/^Stuck: +since .* \(1h1\dm ago\)$/m)
    expect(text).to.match(/^stage-03 +open +2 +1 +0 +1 +0 +0 of 1 passed$/m)
    expect(text).to.include(
      `autonomy rollout recover ${PLAN} --strategy retry --stage-id stage-03 --reason "…" --kubeconfig`,
    )
  })

  describe('in other forms', () => {
    const READ: readonly (readonly [words: string, path: string])[] = [
      ['rollout plan list', '/rollouts'],
      [`rollout plan describe ${PLAN}`, `/rollouts/${PLAN}`],
      [`rollout status ${PLAN}`, `/rollouts/${PLAN}`],
      ['rollout stuck', '/rollouts/stuck'],
      [`rollout gate list ${PLAN}`, `/rollouts/${PLAN}/stages/stage-03/gates`],
      [`rollout nodes ${PLAN}`, `/rollouts/${PLAN}/nodes`],
      [`rollout history ${PLAN}`, `/rollouts/${PLAN}/history`],
    ]
    for (const [words, path] of READ)
      it(`${words} is the server's own body, as JSON and as YAML`, async () => {
        const admin = await ground().aggregated('admin', ['system:masters'])
        const { stdout } = await alice(...words.split(' '), '-o', 'json')
        const { body } = await admin.call('GET', path)
        expect(masked(stdout)).to.equal(masked(`${JSON.stringify(body, undefined, 2)}\n`))
        const yaml = (await alice(...words.split(' '), '-o', 'yaml')).stdout
        expect(masked(JSON.stringify(load(yaml)))).to.equal(masked(JSON.stringify(JSON.parse(stdout))))
      })

    it('names that kubectl understands', async () => {
      const name = (await printed('rollout', 'plan', 'list', '-o', 'name')).trim()
      expect(await ground().succeed(['get', name, '-n', FLEET, '-o', 'name'])).to.equal(`${name}\n`)
      const node = (await printed('rollout', 'nodes', PLAN, '--state', 'failed', '-o', 'name')).trim()
      expect(await ground().succeed(['get', node, '-o', 'name'])).to.equal(`${node}\n`)
    })

    it('adds columns and not rows when it may be wide', async () => {
      const [titles = '', row = ''] = (await printed('rollout', 'plan', 'list', '-o', 'wide')).split('\n')
      expect(titles).to.match(/RELEASE +ARTIFACT +MESSAGE$/)
      expect(row).to.match(/oci\.example\/robot-agent:\d+/)
    })

    const TEMPLATES = [
      '{.phase}',
      '{.metadata.name}{"\\n"}',
      '{.stages[*].stage_id}',
      '{.stages[?(@.phase=="promoted")].stage_id}',
      '{.stages[-1:].phase}',
      '{range .stages[*]}{.stage_id}{"\\t"}{.counts.total}{"\\n"}{end}',
      '{.stages[0,2].counts.activated}',
      "{.stages[*]['stage_id','phase']}",
      '{.failing_nodes}',
      '{.nothing.here}',
      '{.stages[?(@.counts.failed>0)].stage_id}',
    ]
    for (const template of TEMPLATES)
      it(`prints what kubectl prints for ${template}`, async () => {
        const name = `rollout.orchestrator.autonomyops.dev/${PLAN}`
        const theirs = await ground().succeed(['get', name, '-n', FLEET, '-o', `jsonpath=${template}`])
        const body: unknown = JSON.parse(await ground().succeed(['get', name, '-n', FLEET, '-o', 'json']))
        expect(jsonpath(template, body)).to.equal(theirs)
      })
  })

  describe('over one connection', () => {
    let connection: Connection
    before(async () => {
      const { adminKubeconfig: kubeconfig } = ground().cluster
      const nothing = { url: undefined, context: undefined, as: undefined, asGroups: [], operator: undefined }
      connection = await connect({ ...nothing, kubeconfig, namespace: FLEET, timeoutMs: 10_000 }, 'test', systemClock())
    })
    after(() => connection.close())
    const how = { signal: new AbortController().signal, entities: rememberEntities() }

    it('is not sent again what has not changed', async () => {
      const { orchestrator } = connection
      const [first, second] = [await orchestrator.get(PLAN, how), await orchestrator.get(PLAN, how)]
      expect(second).to.equal(first)
    })

    it('is told by the API server’s front door whether a replica serves, and its release', async () => {
      expect(await connection.orchestrator.health(how)).to.deep.equal({ status: 'ok', version: RELEASE })
    })
  })

  it('tells both releases', async () => {
    const text = await printed('version')
    expect(text)
      .to.include(`Client:   ${RELEASE}`)
      .and.match(new RegExp(`^Server: +${RELEASE}$`, 'm'))
  })

  it('says on standard error when there is nothing to show', async () => {
    const { code, stdout, stderr } = await alice('rollout', 'plan', 'list', '-n', 'default')
    expect({ code, stdout, stderr }).to.deep.equal({
      code: EXIT.completed,
      stdout: '',
      stderr: 'there is no plan in namespace default\n',
    })
  })

  describe('through every door', () => {
    it("by the operator's own listener, whose kubeconfig has a token for it", async () => {
      const { code, stdout } = await autonomy(['rollout', 'plan', 'list', '--kubeconfig', people.direct])
      expect(code).to.equal(EXIT.completed)
      expect(stdout).to.include(PLAN)
    })

    it('by its URL, with the credentials that the kubeconfig has for it', async () => {
      for (const suffix of ['', '/v1', '/apis/orchestrator.autonomyops.dev'])
        expect(
          await autonomy(['rollout', 'status', PLAN, '--kubeconfig', people.direct], {
            env: { AUTONOMY_ORCHESTRATOR_URL: `https://127.0.0.1:${ground().port}${suffix}` },
          }),
        ).to.include({ code: EXIT.stuck })
    })

    it('by the URL of the API server, with the path of the API or without', async () => {
      for (const suffix of ['', '/', '/apis/orchestrator.autonomyops.dev']) {
        const url = `${ground().cluster.server}${suffix}`
        expect(await alice('rollout', 'status', PLAN, '--orchestrator-url', url)).to.include({ code: EXIT.stuck })
      }
    })

    it('by kubectl proxy, without a kubeconfig', async () => {
      const door = await proxiedDoor(ground())
      try {
        for (const url of [door.url, new URL(door.url).origin])
          expect(await autonomy(['rollout', 'status', PLAN, '--orchestrator-url', url])).to.include({
            code: EXIT.stuck,
          })
      } finally {
        await door.close()
      }
    })
  })

  describe('is refused in words', () => {
    it('who may not, with a command that answers no', async () => {
      const { code, stderr } = await autonomy(['rollout', 'plan', 'list', '--kubeconfig', people.bob])
      expect(code).to.equal(EXIT.denied)
      expect(stderr).to.include('you have no right to list rollouts in API group orchestrator.autonomyops.dev')
      const check = / Try: kubectl (.*)\n$/.exec(stderr)?.[1] ?? ''
      expect((await ground().kubectl([...check.split(' ')])).stdout.trim()).to.equal('no')
    })

    it('who acts as somebody who may not', async () => {
      const { adminKubeconfig } = ground().cluster
      const { code } = await autonomy(['rollout', 'plan', 'list', '--as', 'bob', '--kubeconfig', adminKubeconfig])
      expect(code).to.equal(EXIT.denied)
    })

    it('who is not known', async () => {
      const nobody = await ground().cluster.clientForNobody()
      const { code } = await autonomy(['rollout', 'plan', 'list', '--kubeconfig', nobody])
      expect(code).to.equal(EXIT.denied)
    })

    it('a name that is nearly right', async () => {
      const { code, stderr } = await alice('rollout', 'plan', 'describe', 'plan-acb123')
      expect(code).to.equal(EXIT.failed)
      expect(stderr).to.include(`did you mean ${PLAN}? Try: autonomy rollout plan describe ${PLAN}`)
    })

    it('a stage that the plan does not have', async () => {
      const { code, stderr } = await alice('rollout', 'gate', 'list', PLAN, '--stage-id', 'stage-3')
      expect(code).to.equal(EXIT.failed)
      expect(stderr).to.include('has no stage stage-3; it has stage-01, stage-02, stage-03, stage-04')
    })
  })
})
