import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { expect } from 'chai'
import { before } from 'mocha'
import { createAuthority, issue } from '../../cluster/certificate.ts'
import { freePorts } from '../../cluster/port.ts'
import { pause, until } from '../../cluster/wait.ts'
import { type Answer, type Caller, exchange } from '../door.ts'
import { FLEET, type Ground, SYSTEM, withGround } from '../ground.ts'
import { becomes } from './api-service.ts'
import { SERVER_NAME, frontProxyCaller } from './front-proxy.ts'
import { type Worker, failuresOf, startLoad } from './load.ts'
import { createPlans, planBody } from './plan.ts'
import { killAll, startOpen } from './replicas.ts'
import { serveWith } from './rotating.ts'

const SOON = { withinMs: 30_000, everyMs: 50 } as const

/** Certificates and authorities that change while requests are under way. */
describe('certificates', function () {
  this.timeout(150_000)
  const ground = withGround({ nodes: 1 })
  let admin: Caller
  let direct: Caller

  before(async () => {
    await createPlans(ground(), FLEET, ['alpha'])
    await ground().succeed(['create', 'serviceaccount', 'reader', '-n', FLEET])
    const role = '--clusterrole=autonomy-rollouts-admin'
    await ground().succeed(['create', 'clusterrolebinding', 'reader', role, `--serviceaccount=${FLEET}:reader`])
    admin = await ground().aggregated('admin', ['system:masters'])
    direct = await ground().direct('reader')
    const may = async () =>
      (await direct.call('POST', '/rollouts?dryRun=All', { body: planBody('may') })).status === 201
    await until(may, { what: 'the role is in force', ...SOON })
  })

  /** Reads and writes that leave nothing behind, on connections that are kept. */
  const workersAt = (at: Caller, name: string): readonly Worker[] => [
    { name: `${name}, reading`, ask: async () => await at.call('GET', '/rollouts/alpha') },
    { name: `${name}, listing`, ask: async () => await at.call('GET', '/rollouts') },
    {
      name: `${name}, writing`,
      ask: async () => await at.call('POST', '/rollouts?dryRun=All', { body: planBody('load') }),
    },
  ]

  describe('mounted as files', () => {
    it('are read again when they change, and connections go on', async () => {
      const authority = createAuthority('mounted', Date.now())
      const { folder } = ground().cluster
      const [certFile, keyFile] = [join(folder, 'mounted.crt'), join(folder, 'mounted.key')]
      const mount = async () => {
        const use = { kind: 'server', names: [SERVER_NAME] } as const
        const { certificatePem, keyPem } = issue(authority, { subject: { commonName: SERVER_NAME }, use }, Date.now())
        await writeFile(keyFile, keyPem)
        await writeFile(certFile, certificatePem)
        return new X509Certificate(certificatePem).fingerprint256
      }
      const [port = 0] = await freePorts(1)
      const first = await mount()
      const replica = await startOpen(ground(), {
        'rest-address': `127.0.0.1:${port}`,
        'tls-cert-file': certFile,
        'tls-key-file': keyFile,
      })
      expect(await served(port, authority.certificatePem)).to.equal(first)
      const agent = new Agent({ ca: authority.certificatePem, servername: SERVER_NAME, keepAlive: true })
      const kept = { origin: `https://127.0.0.1:${port}`, agent, headers: {} }
      const load = startLoad([{ name: 'kept', ask: async () => await exchange(kept, 'GET', '/livez') }])
      const second = await mount()
      const changed = async () => (await served(port, authority.certificatePem)) === second
      await until(changed, { what: 'the new certificate is served', withinMs: 20_000, everyMs: 200 })
      await load.stop()
      expect(failuresOf(load.outcomes)).to.deep.equal([])
      await replica.kill('SIGTERM')
    })
  })

  describe('of the front proxy', () => {
    const file = (name: string) => join(ground().cluster.folder, name)
    const authority = createAuthority('another-front-proxy-ca', Date.now())
    const another = () => {
      const { certificatePem, keyPem } = issue(
        authority,
        { subject: { commonName: 'front-proxy-client' }, use: { kind: 'client' } },
        Date.now(),
      )
      return { cert: certificatePem, key: keyPem }
    }
    const path = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication'
    const told = async () => {
      const { body } = await ground().cluster.request('GET', path)
      return (body as { readonly data: { readonly [key: string]: string } }).data['requestheader-client-ca-file'] ?? ''
    }
    const statusOf = async (proxy: Caller) =>
      (await proxy.call('GET', '/apis', { headers: { 'x-remote-user': 'system:aggregator' } })).status

    let former: Caller

    before(async () => {
      former = await frontProxyCaller(ground())
    })

    it('change with their authority, as kube-apiserver reads its files, and no request fails', async () => {
      const coming = await frontProxyCaller(ground(), another())
      expect([await statusOf(former), await statusOf(coming)]).to.deep.equal([200, 401])
      const load = startLoad(workersAt(admin, 'aggregated'))
      const bundle = `${await told()}${authority.certificatePem}`
      await writeFile(file('front-proxy-ca.crt'), bundle)
      await until(async () => (await told()).includes(authority.certificatePem.trim()), {
        what: 'kube-apiserver tells of the new authority',
        ...SOON,
      })
      await until(async () => (await statusOf(coming)) === 200, { what: 'the new authority is believed', ...SOON })
      expect(await statusOf(former)).to.equal(200)
      const { cert, key } = another()
      await writeFile(file('front-proxy.key'), key)
      await writeFile(file('front-proxy.crt'), cert)
      const soFar = load.outcomes.length
      await until(() => load.outcomes.length > soFar + 200, { what: 'there was load for a while', ...SOON })
      await load.stop()
      expect(failuresOf(load.outcomes)).to.deep.equal([])
    })

    it('that an authority signed which is no longer told of are not believed any more', async () => {
      await writeFile(file('front-proxy-ca.crt'), authority.certificatePem)
      // kube-apiserver adds its authorities to those that are there, and never takes one away.
      const withdrawn = async () => {
        const data = { 'requestheader-client-ca-file': authority.certificatePem }
        await ground().cluster.request('PATCH', path, { data }, { contentType: 'application/merge-patch+json' })
        return (await statusOf(former)) === 401
      }
      await until(withdrawn, { what: 'the former authority is not believed', ...SOON })
      const proven = async () => (await admin.call('GET', '/rollouts')).status === 200
      await until(proven, { what: 'kube-apiserver shows its new certificate', withinMs: 70_000, everyMs: 100 })
      expect(await statusOf(former)).to.equal(401)
    })
  })

  describe("of the operator's own making", () => {
    it('are replaced 50 times, and their authority several times, and no request fails', async () => {
      await killAll(ground())
      await ground().succeed(['delete', 'secret', '-n', SYSTEM, SECRET])
      const { kubeconfig } = await ground().cluster.clientForServiceAccount({
        namespace: SYSTEM,
        name: 'autonomy-rollouts',
      })
      const surfaces = [1, 2].map(() => serveWith(kubeconfig, ground().port, LIVES))
      await until(async () => (await bundleOf(ground())) !== '', { what: 'the new Secret is there', ...SOON })
      await becomes(ground(), 'True')
      await until(async () => (await admin.call('GET', '/rollouts')).status === 200, { what: 'it is served', ...SOON })

      const kept = await ground().direct('reader')
      const seen = { bundle: await bundleOf(ground()), serving: new Set<string>(), authorities: new Set<string>() }
      const following = startLoad([
        {
          name: 'following the bundle',
          ask: async () => {
            await pause(READ_EVERY)
            seen.bundle = await bundleOf(ground())
            seen.authorities.add(seen.bundle.split('-----END')[0] ?? '')
            return SERVED
          },
        },
      ])
      const load = startLoad([
        ...workersAt(admin, 'aggregated'),
        ...workersAt(kept, 'direct'),
        {
          name: 'direct, connecting anew',
          ask: async () => {
            seen.serving.add((await served(ground().port, seen.bundle)) ?? '')
            return SERVED
          },
        },
        {
          name: 'direct, asking anew',
          ask: async () => {
            const agent = new Agent({ ca: seen.bundle, servername: SERVER_NAME, maxCachedSessions: 0 })
            return await exchange({ ...kept, agent }, 'GET', '/v1/rollouts/alpha')
          },
        },
      ])
      await until(() => seen.serving.size > 50 && seen.authorities.size > 4, {
        what: 'the certificate was replaced 50 times, and its authority 4 times',
        withinMs: 90_000,
      })
      await load.stop()
      await following.stop()
      await Promise.all(surfaces.map(async surface => await surface.stop()))
      expect(failuresOf([...load.outcomes, ...following.outcomes])).to.deep.equal([])
      expect(surfaces.flatMap(({ errors }) => errors)).to.deep.equal([])
    })
  })
})

/**
 * Dates of certificates are whole seconds, and begin a minute ago: with these lengths a serving certificate is due about
 * every half second, and an authority about every three seconds, after which its successor is published for 4.
 */
const LIVES = { servingMs: 31_334, authorityMs: 34_000, overlapMs: 4_000 } as const
/** How late a caller may read the bundle, in milliseconds: less than an authority is published before it signs. */
const READ_EVERY = 1_500
const SECRET = 'autonomy-rollouts-serving'
const SERVED: Answer = { status: 200, headers: {}, body: undefined }

/** What callers are told to trust; empty when there is no Secret. */
async function bundleOf({ cluster }: Ground): Promise<string> {
  const { body } = await cluster.request('GET', `/api/v1/namespaces/${SYSTEM}/secrets/${SECRET}`)
  const { data } = body as { readonly data?: { readonly 'ca.crt'?: string } }
  return Buffer.from(data?.['ca.crt'] ?? '', 'base64').toString('utf8')
}

/** The certificate that a new connection meets. */
async function served(port: number, ca: string): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
  const socket = connect({ port, host: '127.0.0.1', ca, servername: SERVER_NAME }, () =>
    resolve(socket.getPeerX509Certificate()?.fingerprint256),
  )
  socket.once('error', reject)
  const fingerprint = await promise
  socket.destroy()
  return fingerprint
}
