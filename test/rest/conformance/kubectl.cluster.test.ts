import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { load } from 'js-yaml'
import { before } from 'mocha'
import { until } from '../../cluster/wait.ts'
import { FLEET, withGround } from '../ground.ts'
import { type Kubectl, kubectlOf } from './kubectl.ts'
import { PREFIX, createPlans, openApiKnown, phasesIn, planBody, plansIn, recoveriesIn, versionsIn } from './plan.ts'

/** kubectl as people use it, through kube-apiserver, with the role that the chart has for administrators of rollouts. */
describe('kubectl', function () {
  this.timeout(90_000)
  const ground = withGround({ nodes: 1 })
  let kubectl: Kubectl
  /** As a member of system:masters: what is refused is refused by the surface, not by RBAC. */
  let asAdmin: Kubectl

  before(async () => {
    kubectl = kubectlOf(ground(), await ground().cluster.clientFor({ user: 'alice' }))
    asAdmin = kubectlOf(ground())
    const role = '--clusterrole=autonomy-rollouts-admin'
    await ground().succeed(['create', 'clusterrolebinding', 'alice', role, '--user=alice'])
    await createPlans(ground(), FLEET, ['alpha', 'beta'])
    await openApiKnown(ground())
    await until(async () => (await kubectl('get', 'rollouts', '-n', FLEET)).stdout.includes('beta'), {
      what: 'alice sees the plans',
      withinMs: 20_000,
    })
  })

  const post = async (path: string, body: object) => await kubectl.reading(body, 'create', '--raw', `${PREFIX}${path}`)

  const phases = async (namespace: string) => await phasesIn(ground(), namespace)
  const newNamespace = async (name: string, plans: readonly string[]) => {
    await ground().succeed(['create', 'namespace', name])
    await createPlans(ground(), name, plans)
  }

  describe('get', () => {
    for (const [title, args, printed] of [
      [
        'prints the columns of the server',
        [],
        /^NAME +PHASE +STAGE +PROGRESS +AGE\nalpha +active +s1 +0\/0 +\d+s\nbeta /,
      ],
      [
        'has more of them with -o wide',
        ['-o', 'wide'],
        /^NAME .* ARTIFACT +RELEASE +UPDATED +STATUS\nalpha .* r1 +\d{4}-/,
      ],
      ['prints one by its name', ['alpha'], /^NAME .*\nalpha .*\n$/],
      ['prints several by their names', ['alpha', 'beta', '--no-headers'], /^alpha .*\nbeta .*\n$/],
      [
        'takes the singular, too',
        ['-o', 'name'],
        /^rollout\.orchestrator\.autonomyops\.dev\/alpha\nrollout\..*\/beta\n$/,
      ],
      ['follows a JSON path', ['-o', 'jsonpath={.items[*].plan_id}'], /^alpha beta$/],
      ['makes columns of any field', ['-o', 'custom-columns=P:.plan_id,R:.release'], /^P +R\nalpha +r1\nbeta +r1\n$/],
      ['goes from page to page', ['--chunk-size=1', '--no-headers'], /^alpha .*\nbeta .*\n$/],
      ['sorts', ['--sort-by={.metadata.name}', '--no-headers'], /^alpha .*\nbeta .*\n$/],
      ['makes its own columns', ['--server-print=false'], /^NAME +AGE\nalpha +\d+s\nbeta +\d+s\n$/],
      ['shows labels, of which there are none', ['--show-labels'], /LABELS\nalpha .*<none>\nbeta .*<none>\n$/],
      ['selects by name', ['--field-selector', 'metadata.name=beta', '--no-headers'], /^beta .*\n$/],
    ] as const)
      it(title, async () => {
        const { code, stdout, stderr } = await kubectl('get', 'rollouts', '-n', FLEET, ...args)
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' })
        expect(stdout).to.match(printed)
      })

    it('-o yaml prints an object: kind, metadata and the documented keys', async () => {
      const { stdout } = await kubectl('get', 'rollout', 'alpha', '-n', FLEET, '-o', 'yaml')
      const plan = (await plansIn(ground(), FLEET)).find(({ metadata }) => metadata.name === 'alpha')
      const { uid, resourceVersion } = plan?.metadata ?? {}
      const printed = load(stdout) as { readonly metadata: object }
      expect(printed).to.include({ kind: 'Rollout', apiVersion: 'orchestrator.autonomyops.dev/v1' })
      expect(printed).to.include({ plan_id: 'alpha', phase: 'active', current_stage_id: 's1', release: 'r1' })
      expect(printed.metadata).to.include({ name: 'alpha', namespace: FLEET, uid, resourceVersion })
    })

    it('stays in its namespace, and -A means that of the surface', async () => {
      const elsewhere = await kubectl('get', 'rollouts')
      expect(elsewhere).to.deep.include({ code: 0, stdout: '' })
      expect(elsewhere.stderr).to.equal('No resources found in default namespace.\n')
      const { stdout } = await kubectl('get', 'rollouts', '-A')
      expect(stdout).to.match(/^NAMESPACE +NAME .*\nfleet +alpha .*\nfleet +beta /)
    })

    it('is no part of get all', async () => {
      const { stdout } = await kubectl('get', 'all', '-n', FLEET)
      expect(stdout).to.equal('')
    })

    for (const [title, args, told] of [
      ['what is not there', ['gamma'], /\(NotFound\): there is no plan gamma in namespace fleet/],
      ['labels', ['-l', 'a=b'], /\(BadRequest\): .*the parameter labelSelector is not served here/],
      ['fields but the name', ['--field-selector', 'phase=active'], /\(BadRequest\): .*metadata\.name=NAME only/],
    ] as const)
      it(`says so when asked by ${title}`, async () => {
        const { code, stdout, stderr } = await kubectl('get', 'rollouts', '-n', FLEET, ...args)
        expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' })
        expect(stderr).to.match(told)
      })

    it('-w prints what is there and ends: watching is refused, and not answered with a list', async () => {
      for (const args of [[], ['alpha'], ['--watch-only']]) {
        const { code, stderr } = await asAdmin('get', 'rollouts', '-n', FLEET, '-w', ...args)
        expect(code).to.equal(1)
        expect(stderr).to.match(/^Error from server \(MethodNotAllowed\): watching is not served here/)
      }
    })
  })

  it('describe prints every field and the events', async () => {
    const { code, stdout } = await kubectl('describe', 'rollout', 'alpha', '-n', FLEET)
    expect(code).to.equal(0)
    for (const line of [/^Name: +alpha$/m, /^API Version: +orchestrator\.autonomyops\.dev\/v1$/m, /^Phase: +active$/m])
      expect(stdout).to.match(line)
    expect(stdout).to.match(/^Events:/m)
  })

  it('wait is told that a field has its value, although nothing can be watched', async () => {
    const awaited = ['--for=jsonpath={.phase}=active', 'rollout/alpha', '-n', FLEET, '--timeout=20s']
    const { code, stdout } = await asAdmin('wait', ...awaited)
    expect({ code, stdout }).to.deep.equal({
      code: 0,
      stdout: 'rollout.orchestrator.autonomyops.dev/alpha condition met\n',
    })
  })

  it('explain has the fields from the server, through the API server', async () => {
    const { code, stdout } = await kubectl('explain', 'rollouts.orchestrator.autonomyops.dev.stages.gates')
    expect(code).to.equal(0)
    expect(stdout).to.match(/KIND: +Rollout\n/)
    expect(stdout).to.match(/^ +passed\t<boolean> -required-$/m)
  })

  it('api-resources lists rollouts', async () => {
    const { stdout } = await kubectl('api-resources', '--api-group=orchestrator.autonomyops.dev', '--no-headers')
    expect(stdout.trim().split(/\s+/)).to.deep.equal(['rollouts', 'orchestrator.autonomyops.dev/v1', 'true', 'Rollout'])
  })

  describe('--raw', () => {
    it('reads every report', async () => {
      for (const [path, key] of [
        ['/rollouts', 'plans'],
        ['/rollouts/stuck', 'stuck_plans'],
        ['/rollouts/alpha/stages/s1/gates', 'gates'],
        ['/rollouts/alpha/nodes', 'nodes'],
        ['/rollouts/alpha/history', 'events'],
      ] as const) {
        const { code, stdout } = await kubectl('get', '--raw', `${PREFIX}${path}`)
        expect(code, path).to.equal(0)
        expect(JSON.parse(stdout), path).to.have.property(key).that.is.an('array')
      }
    })

    it('creates a plan, holds it, recovers it and halts it, in the name of the caller', async () => {
      expect((await post('/rollouts', planBody('raw'))).code).to.equal(0)
      await until(async () => (await phases(FLEET))['raw'] === 'active', { what: 'raw is active', withinMs: 10_000 })
      for (const [path, body, after] of [
        ['/rollouts/raw/pause', { reason: 'a look' }, 'paused'],
        ['/rollouts/raw/resume', { reason: 'looked' }, 'active'],
        ['/rollouts/raw/recover', { strategy: 'retry', reason: 'again' }, 'active'],
        ['/rollouts/raw/halt', { reason: 'for good' }, 'paused'],
        ['/rollouts/raw/recover', { strategy: 'rollback', reason: 'back' }, 'rolled_back'],
      ] as const) {
        const { code, stdout, stderr } = await post(path, body)
        expect({ code, stderr }, path).to.deep.equal({ code: 0, stderr: '' })
        expect(JSON.parse(stdout), path).to.include({ new_phase: after, reason: body.reason })
      }
      const recoveries = (await recoveriesIn(ground(), FLEET)).filter(({ spec }) => spec.planName === 'raw')
      expect(recoveries.map(({ spec }) => `${spec.strategy} by ${spec.operator}`)).to.have.members([
        'pause by alice',
        'resume by alice',
        'retry by alice',
        'halt by alice',
        'rollback by alice',
      ])
    })

    it('prints the message of a refusal', async () => {
      const { code, stderr } = await post('/rollouts/alpha/halt', {})
      expect(code).to.equal(1)
      expect(stderr).to.match(/reason: is missing/)
    })
  })

  it('--as acts in the name of whom the caller may impersonate', async () => {
    const path = `${PREFIX}/rollouts/beta/pause`
    const { code } = await asAdmin.reading({ reason: 'in her name' }, 'create', '--raw', path, '--as', 'alice')
    expect(code).to.equal(0)
    const found = (await recoveriesIn(ground(), FLEET)).find(({ spec }) => spec.reason === 'in her name')
    expect(found?.spec).to.include({ operator: 'alice', strategy: 'pause', planName: 'beta' })
  })

  describe('delete', () => {
    it('--dry-run changes nothing, wherever the wish is put', async () => {
      await newNamespace('dry', ['one', 'two'])
      const manifest = join(ground().cluster.folder, 'one.yaml')
      await writeFile(manifest, (await kubectl('get', 'rollout', 'one', '-n', 'dry', '-o', 'yaml')).stdout)
      const options = join(ground().cluster.folder, 'dry-run.json')
      await writeFile(options, JSON.stringify({ kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] }))
      const before = await versionsIn(ground(), 'dry')
      const raw = `${PREFIX}/namespaces/dry/rollouts/one`
      for (const args of [
        ['rollout', 'one', '-n', 'dry', '--dry-run=server'],
        ['rollout', 'one', '-n', 'dry', '--dry-run=server', '--wait=false'],
        ['rollouts', '--all', '-n', 'dry', '--dry-run=server'],
        ['-f', manifest, '--dry-run=server'],
        ['rollouts', '--all', '-n', 'dry', '--dry-run=client'],
        ['--raw', `${raw}?dryRun=All`],
        ['--raw', raw, '-f', options],
      ]) {
        const { code, stderr } = await kubectl('delete', ...args)
        expect({ code, stderr }, args.join(' ')).to.deep.equal({ code: 0, stderr: '' })
        expect(await versionsIn(ground(), 'dry'), args.join(' ')).to.deep.equal(before)
      }
    })

    it('NAME --wait=false cancels that plan, which stays to be read, and once more does nothing', async () => {
      await newNamespace('one', ['gone', 'kept'])
      for (let times = 0; times < 2; times += 1) {
        const { code, stdout } = await kubectl('delete', 'rollout', 'gone', '-n', 'one', '--wait=false')
        expect({ code, stdout }).to.deep.equal({
          code: 0,
          stdout: 'rollout.orchestrator.autonomyops.dev "gone" deleted from one namespace\n',
        })
        expect(await phases('one')).to.deep.equal({ gone: 'cancelled', kept: 'active' })
      }
      expect(await recoveriesIn(ground(), 'one')).to.have.lengthOf(1)
    })

    it('--all --wait=false cancels every plan of the namespace, and none of another', async () => {
      await newNamespace('all', ['a', 'b', 'c'])
      const others = await phases(FLEET)
      const { code } = await kubectl('delete', 'rollouts', '--all', '-n', 'all', '--wait=false')
      expect(code).to.equal(0)
      expect(await phases('all')).to.deep.equal({ a: 'cancelled', b: 'cancelled', c: 'cancelled' })
      expect(await phases(FLEET)).to.deep.equal(others)
    })

    it('cancels at once, and by default waits in vain for the plan to be gone', async () => {
      await newNamespace('waiting', ['a'])
      const { code, stderr } = await kubectl('delete', 'rollout', 'a', '-n', 'waiting', '--timeout=1s')
      expect(code).to.equal(1)
      expect(stderr).to.include('timed out waiting for the condition on rollouts/a')
      expect(await phases('waiting')).to.deep.equal({ a: 'cancelled' })
    })

    it('by label cancels nothing', async () => {
      const before = await versionsIn(ground(), FLEET)
      const { code } = await kubectl('delete', 'rollouts', '-l', 'a=b', '-n', FLEET, '--wait=false')
      expect(code).to.equal(1)
      expect(await versionsIn(ground(), FLEET)).to.deep.equal(before)
    })

    it('keeps to preconditions: the plan is cancelled only if it is the one that was meant', async () => {
      await newNamespace('meant', ['a'])
      const path = `${PREFIX}/namespaces/meant/rollouts/a`
      const remove = async (preconditions: object) =>
        await kubectl.reading({ kind: 'DeleteOptions', apiVersion: 'v1', preconditions }, 'delete', '--raw', path)
      for (const [preconditions, told] of [
        [{ uid: 'b6a1f0e2' }, /\(Conflict\): the plan has UID .*, not b6a1f0e2/],
        [{ resourceVersion: '1' }, /\(Conflict\): the plan has resourceVersion \d+, not 1/],
      ] as const) {
        const { code, stderr } = await remove(preconditions)
        expect(code).to.equal(1)
        expect(stderr).to.match(told)
        expect(await phases('meant')).to.deep.equal({ a: 'active' })
      }
      const [plan] = await plansIn(ground(), 'meant')
      const { uid, resourceVersion } = plan?.metadata ?? {}
      expect((await remove({ uid, resourceVersion })).code).to.equal(0)
      expect(await phases('meant')).to.deep.equal({ a: 'cancelled' })
    })
  })

  it('changes nothing by the verbs that are not served', async () => {
    const manifest = join(ground().cluster.folder, 'alpha.yaml')
    await writeFile(manifest, (await kubectl('get', 'rollout', 'alpha', '-n', FLEET, '-o', 'yaml')).stdout)
    const before = await versionsIn(ground(), FLEET)
    for (const [args, told] of [
      [['patch', 'rollout', 'alpha', '--type=merge', '-p', '{"phase":"completed"}'], 'PATCH is not served here'],
      [['label', 'rollout', 'alpha', 'a=b'], 'PATCH is not served here'],
      [['annotate', 'rollout', 'alpha', 'a=b'], 'PATCH is not served here'],
      [['apply', '-f', manifest], 'PATCH is not served here'],
      [['apply', '--server-side', '-f', manifest], 'PATCH is not served here'],
      [['replace', '-f', manifest], 'PUT is not served here'],
      [['create', '-f', manifest], 'metadata: is not known'],
      [['scale', 'rollout', 'alpha', '--replicas=2'], 'there is nothing at /rollouts/alpha/scale'],
    ] as const) {
      const { code, stderr } = await asAdmin(...args, '-n', FLEET)
      expect(code, args.join(' ')).to.equal(1)
      expect(stderr, args.join(' ')).to.include(told)
    }
    expect(await versionsIn(ground(), FLEET)).to.deep.equal(before)
  })
})
