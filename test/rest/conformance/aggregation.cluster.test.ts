import { expect } from 'chai'
import { before } from 'mocha'
import { freePorts } from '../../cluster/port.ts'
import { until } from '../../cluster/wait.ts'
import { type Answer, type Caller, exchange } from '../door.ts'
import { FLEET, type Ground, withGround } from '../ground.ts'
import { availability, discovered } from './api-service.ts'
import { auditLog } from './audit-log.ts'
import { frontProxyCaller } from './front-proxy.ts'
import { PREFIX, createPlans, openApiKnown, planBody, recoveriesIn } from './plan.ts'

const GROUP = 'orchestrator.autonomyops.dev'
const TOLD = ['/apis', `/apis/${GROUP}`, PREFIX, '/openapi/v2', '/openapi/v3', `/openapi/v3${PREFIX}`]

/** What kube-apiserver asks of an aggregated server, and what it hands on to it. */
describe('aggregation', function () {
  this.timeout(90_000)
  const ground = withGround({ nodes: 1 })
  let admin: Caller
  let proxy: Caller
  let powerless: Caller

  before(async () => {
    await createPlans(ground(), FLEET, ['alpha'])
    await openApiKnown(ground())
    await ground().succeed(['create', 'serviceaccount', 'powerless', '-n', FLEET])
    admin = await ground().aggregated('admin', ['system:masters'])
    proxy = await frontProxyCaller(ground())
    powerless = await ground().direct('powerless')
  })

  /** From the root of kube-apiserver. */
  const get = async (path: string, headers: { readonly [name: string]: string } = {}) =>
    await exchange(admin, 'GET', path, { headers })

  describe('discovery', () => {
    it('finds the API available', async () => {
      const { status, reason } = await availability(ground())
      expect({ status, reason }).to.deep.equal({ status: 'True', reason: 'Passed' })
    })

    it('has the resource in its aggregated form: current, and with a kind for every answer', async () => {
      const version = await discovered(admin)
      expect(version?.freshness).to.equal('Current')
      const told = (version?.resources ?? []).flatMap(resource => [resource, ...(resource.subresources ?? [])])
      expect(told).to.have.lengthOf(9)
      for (const { responseKind } of told)
        expect(responseKind).to.deep.equal({ group: GROUP, version: 'v1', kind: 'Rollout' })
    })

    it('has it in the older form, and the group in both', async () => {
      expect((await get(PREFIX)).body).to.include({ kind: 'APIResourceList', groupVersion: `${GROUP}/v1` })
      expect((await get(`/apis/${GROUP}`)).body).to.include({ kind: 'APIGroup', name: GROUP })
      const { groups } = (await get('/apis', { accept: 'application/json' })).body as {
        readonly groups: readonly { readonly name: string }[]
      }
      expect(groups.map(({ name }) => name)).to.include(GROUP)
    })

    it('lists the OpenAPI document, which is there, and leaves that of the cluster whole', async () => {
      const { paths } = parsed(await get('/openapi/v3')) as {
        readonly paths: { readonly [path: string]: { readonly serverRelativeURL: string } }
      }
      const document = await get(paths[PREFIX.slice(1)]?.serverRelativeURL ?? '/nowhere')
      expect(document.status).to.equal(200)
      expect(document.body).to.include({ openapi: '3.0.0' })
      const whole = await get('/openapi/v2')
      expect(whole.status).to.equal(200)
      expect(whole.body).to.have.property('definitions').that.includes.keys('io.k8s.api.core.v1.Pod')
    })

    for (const path of [PREFIX, `/openapi/v3${PREFIX}`, `${PREFIX}/rollouts`, `${PREFIX}/rollouts/alpha`])
      it(`of ${path} is not sent again to who has it`, async () => {
        const first = await get(path)
        expect(first.status).to.equal(200)
        const etag = String(first.headers['etag'])
        expect((await get(path, { 'if-none-match': etag })).status).to.equal(304)
        expect((await get(path, { 'if-none-match': '"another"' })).status).to.equal(200)
      })

    it('is open to the users of kube-apiserver itself, who come without groups, and to nobody unknown', async () => {
      for (const path of TOLD)
        for (const user of ['system:kube-aggregator', 'system:aggregator']) {
          const { status, headers } = await proxy.call('GET', path, { headers: { 'x-remote-user': user } })
          expect(status, `${user} at ${path}`).to.equal(200)
          const known = { 'x-remote-user': user, 'if-none-match': String(headers['etag']) }
          expect((await proxy.call('GET', path, { headers: known })).status, `${user} at ${path} again`).to.equal(304)
        }
      for (const headers of [{}, { 'x-remote-user': 'system:anonymous', 'x-remote-group': 'system:unauthenticated' }])
        for (const path of TOLD) expect((await proxy.call('GET', path, { headers })).status, path).to.equal(401)
    })

    it('is complete in the first answer of a new replica: kube-apiserver would remember a 404', async () => {
      const ports = await freePorts(TOLD.length)
      const [port = 0] = ports
      const replica = await ground().startReplica({ 'rest-address': `127.0.0.1:${port}` })
      const origin = `https://127.0.0.1:${port}`
      const headers = { 'x-remote-user': 'system:aggregator' }
      const first = async (path: string) =>
        await until(
          async () => await exchange({ ...proxy, origin }, 'GET', path, { headers }).catch(connectionRefused),
          { what: 'the new replica listens', withinMs: 20_000, everyMs: 5 },
        )
      const answers = await Promise.all(TOLD.map(first))
      expect(answers.map(({ status }) => status)).to.deep.equal(TOLD.map(() => 200))
      await replica.kill('SIGTERM')
    })
  })

  describe('RBAC', () => {
    /** How kube-apiserver reads requests: method, path after the prefix, verb, resource/subresource, name, namespace. */
    for (const [method, path, verb, resource, name, namespace] of [
      ['GET', '/rollouts', 'list', 'rollouts'],
      ['GET', '/rollouts?fieldSelector=metadata.name%3Dalpha', 'list', 'rollouts', 'alpha'],
      ['GET', '/rollouts/stuck', 'get', 'rollouts', 'stuck'],
      ['GET', '/rollouts/alpha', 'get', 'rollouts', 'alpha'],
      ['HEAD', '/rollouts/alpha', 'get', 'rollouts', 'alpha'],
      ['GET', '/rollouts/alpha/nodes', 'get', 'rollouts/nodes', 'alpha'],
      ['GET', '/rollouts/alpha/history', 'get', 'rollouts/history', 'alpha'],
      ['GET', '/rollouts/alpha/stages/s1/gates', 'get', 'rollouts/stages', 'alpha'],
      ['DELETE', '/rollouts/alpha?dryRun=All', 'delete', 'rollouts', 'alpha'],
      ['POST', '/rollouts?dryRun=All', 'create', 'rollouts'],
      ['POST', '/rollouts/alpha/recover?dryRun=All', 'create', 'rollouts/recover', 'alpha'],
      ['POST', '/rollouts/alpha/halt?dryRun=All', 'create', 'rollouts/halt', 'alpha'],
      ['POST', '/rollouts/alpha/pause?dryRun=All', 'create', 'rollouts/pause', 'alpha'],
      ['POST', '/rollouts/alpha/resume?dryRun=All', 'create', 'rollouts/resume', 'alpha'],
      ['POST', '/rollouts/alpha/gate-report?dryRun=All', 'create', 'rollouts/gate-report', 'alpha'],
      ['POST', '/rollouts/alpha/stages/s1/gates/manual/approve?dryRun=All', 'create', 'rollouts/stages', 'alpha'],
      ['GET', '/namespaces/fleet/rollouts', 'list', 'rollouts', undefined, 'fleet'],
      ['GET', '/namespaces/fleet/rollouts/alpha', 'get', 'rollouts', 'alpha', 'fleet'],
      ['POST', '/namespaces/fleet/rollouts/alpha/halt?dryRun=All', 'create', 'rollouts/halt', 'alpha', 'fleet'],
    ] as const)
      it(`is asked for ${verb} ${resource} by ${method} ${path}, by kube-apiserver and by the surface`, async () => {
        const { headers } = await admin.call(method, path, { body: {} })
        const told = [verb, resource, name, namespace]
        expect(await asked(ground(), headers)).to.deep.equal(told)
        const own = await powerless.call(method === 'HEAD' ? 'GET' : method, path, { body: {} })
        expect(own.status).to.equal(403)
        expect((own.body as { readonly message: string }).message).to.include(
          `rollouts.${GROUP}${name === undefined ? '' : ` "${name}"`} is forbidden: User "${powerless.user}" cannot ${verb} resource "${resource}" in API group "${GROUP}" ${namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`}`,
        )
      })

    /** Read by kube-apiserver as something; by the surface as nothing at all. */
    for (const [method, path, verb, resource, name, status] of [
      ['DELETE', '/rollouts', 'deletecollection', 'rollouts', undefined, 405],
      ['PUT', '/rollouts/alpha', 'update', 'rollouts', 'alpha', 405],
      ['PATCH', '/rollouts/alpha', 'patch', 'rollouts', 'alpha', 405],
      ['OPTIONS', '/rollouts', '', 'rollouts', undefined, 405],
      ['GET', '/rollouts?watch=true', 'watch', 'rollouts', undefined, 405],
      ['GET', '/rollouts/alpha?watch=true', 'get', 'rollouts', 'alpha', 405],
      ['GET', '/watch/rollouts', 'watch', 'rollouts', undefined, 404],
      ['GET', '/rollouts/', 'list', 'rollouts', undefined, 400],
      ['GET', '/rollouts//alpha', 'list', 'rollouts/alpha', undefined, 400],
      ['GET', '/rollouts/./alpha', 'get', 'rollouts/alpha', '.', 400],
      ['GET', '/rollouts/%2e%2e/alpha', 'get', 'rollouts/alpha', '..', 400],
      ['GET', '/rollouts/alpha%2Fhistory%2Fall', 'get', 'rollouts/history', 'alpha', 404],
      ['GET', '/rollouts/alpha%5Chistory', 'get', 'rollouts', 'alpha\\history', 400],
      ['GET', '/rollouts/alpha%252Fhistory', 'get', 'rollouts', 'alpha%2Fhistory', 400],
      ['GET', '/rollouts/alpha/log', 'get', 'rollouts/log', 'alpha', 404],
    ] as const)
      it(`that lets ${verb === '' ? 'no verb' : verb} ${resource} by ${method} ${path} pass meets ${status}`, async () => {
        const answer = await admin.call(method, path)
        expect(await asked(ground(), answer.headers)).to.deep.equal([verb, resource, name, undefined])
        expect(answer.status).to.equal(status)
        expect(answer.body).to.include({ kind: 'Status', code: status })
      })
  })

  describe('callers', () => {
    const bind = async (name: string, subject: string) => {
      const role = '--clusterrole=autonomy-rollouts-operator'
      await ground().succeed(['create', 'clusterrolebinding', name, role, subject])
    }
    const listAs = async (user: string, groups: readonly string[]) => {
      const caller = await ground().aggregated(user, groups)
      return async () => (await caller.call('GET', '/rollouts')).status
    }
    const allowed = async (status: () => Promise<number>) =>
      await until(async () => (await status()) === 200, { what: 'the role is in force', withinMs: 15_000 })

    it('have groups with commas in their names, which are one group', async () => {
      await bind('comma', '--group=night shift, hall 3')
      await allowed(await listAs('carol', ['night shift, hall 3']))
      expect(await (await listAs('dave', ['night shift', 'hall 3']))()).to.equal(403)
      const said = { 'x-remote-user': 'erin', 'x-remote-group': ['night shift', 'hall 3'] }
      expect((await proxy.call('GET', `${PREFIX}/rollouts`, { headers: said })).status).to.equal(403)
    })

    it('are in no group that is only a part of the name of theirs', async () => {
      await bind('part', '--group=hall 4')
      await allowed(await listAs('frank', ['hall 4']))
      const said = { 'x-remote-user': 'grace', 'x-remote-group': 'night shift, hall 4' }
      expect((await proxy.call('GET', `${PREFIX}/rollouts`, { headers: said })).status).to.equal(403)
    })

    it('have names in any script, which are written down as they are', async () => {
      const name = 'Zoë Ångström 機器人'
      await bind('script', `--user=${name}`)
      await allowed(await listAs(name, []))
      const zoe = await ground().aggregated(name)
      const { status } = await zoe.call('POST', '/rollouts/alpha/pause', { body: { reason: 'of any script' } })
      expect(status).to.equal(200)
      const found = (await recoveriesIn(ground(), FLEET)).find(({ spec }) => spec.reason === 'of any script')
      expect(found?.spec.operator).to.equal(name)
    })

    it('have many groups: 25 KB of them', async () => {
      const groups = Array.from({ length: 250 }, (_, index) => `${index}-${'g'.repeat(96)}`)
      expect(groups.join('').length).to.be.greaterThan(25_000 - 250)
      await bind('many', `--group=${groups.at(-1)}`)
      await allowed(await listAs('heidi', groups))
    })

    it('have extras whose names need encoding and whose values are no ASCII', async () => {
      const headers = {
        'impersonate-user': 'ivan',
        'impersonate-group': 'hall 4',
        'impersonate-extra-acme.com%2fproject': Buffer.from('größe, 1').toString('latin1'),
        'impersonate-extra-scopes': ['a', 'b,c'],
      }
      const { status, body } = await admin.call('GET', '/rollouts', { headers })
      expect(status, JSON.stringify(body)).to.equal(200)
    })
  })

  describe('requests', () => {
    it('carry one audit id through both servers to the object that they made', async () => {
      const { body, headers } = await admin.call('POST', '/rollouts/alpha/resume', { body: { reason: 'to be found' } })
      const id = headers['audit-id']
      expect(id).to.match(/^[0-9a-f-]{36}$/)
      const { recovery } = body as { readonly recovery: string }
      const made = (await recoveriesIn(ground(), FLEET)).find(({ metadata }) => metadata.name === recovery)
      expect(made?.metadata.annotations).to.include({ 'fleet.autonomyops.dev/audit-id': id })
      const events = await auditLog(ground())
      expect(events.find(({ auditID }) => auditID === id)?.requestURI).to.equal(`${PREFIX}/rollouts/alpha/resume`)
    })

    it('are as large as the caller likes for kube-apiserver, and refused by the surface', async () => {
      const raw = `"${'x'.repeat(6_000_000)}"`
      const answers = await Promise.all(
        Array.from({ length: 24 }, async () => await admin.call('POST', '/rollouts', { raw })),
      )
      for (const { status, body } of answers) {
        expect(status, JSON.stringify(body)).to.equal(413)
        expect(body).to.include({ kind: 'Status', error: 'body_too_large' })
      }
    })

    it('find the connection still open after as long as kube-apiserver keeps it idle, which is 90 seconds', async () => {
      const { headers } = await proxy.call('GET', '/livez')
      expect(Number(/^timeout=(\d+)$/.exec(headers['keep-alive'] as string)?.[1])).to.be.greaterThan(90)
    })

    it('may set a time limit, which the surface leaves to kube-apiserver', async () => {
      expect((await admin.call('GET', '/rollouts/alpha?timeout=20s')).status).to.equal(200)
      const made = await admin.call('POST', '/rollouts?timeout=20s&dryRun=All', { body: planBody('timed') })
      expect(made.status).to.equal(201)
    })
  })
})

/** kube-apiserver's reading of the request that got this answer. */
async function asked(ground: Ground, headers: Answer['headers']): Promise<readonly (string | undefined)[]> {
  const event = await until(
    async () => (await auditLog(ground)).find(({ auditID }) => auditID === headers['audit-id']),
    { what: 'the request is in the audit log', withinMs: 5_000 },
  )
  const { resource, subresource, name, namespace } = event.objectRef ?? {}
  return [event.verb, [resource, subresource].filter(Boolean).join('/'), name, namespace]
}

/** kube-apiserver answers OpenAPI's root as plain text. */
function parsed({ body }: Answer): unknown {
  return typeof body === 'string' ? JSON.parse(body) : body
}

function connectionRefused(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ECONNREFUSED') throw error
}
