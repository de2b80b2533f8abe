import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect } from 'chai'
import { loadClusterConfig } from '../../operator/kube/config.ts'
import { fakeClock } from '../runtime/fake-clock.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('cluster configuration', () => {
  let folder = ''
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const file = (name: string, content: string): string => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }

  const kubeconfig = (user: object, cluster: object = {}): string =>
    file(
      'config',
      JSON.stringify({
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:6443', ...cluster } }],
        users: [{ name: 'u', user }],
        contexts: [
          { name: 'main', context: { cluster: 'c', user: 'u', namespace: 'fleet' } },
          { name: 'other', context: { cluster: 'c', user: 'u', namespace: 'elsewhere' } },
          { name: 'nobody', context: { cluster: 'c', user: '' } },
        ],
        'current-context': 'main',
      }),
    )

  const load = (path: string, context?: string) => {
    const clock = fakeClock()
    return {
      clock,
      config: loadClusterConfig({ clock, kubeconfig: path, ...(context === undefined ? {} : { context }) }),
    }
  }

  const failureOf = (run: () => unknown): unknown => {
    try {
      return run()
    } catch (error) {
      return error
    }
  }

  it('names the server and the namespace of the context', () => {
    const path = kubeconfig({ token: 't' })
    expect(load(path).config.server.href).to.equal('https://127.0.0.1:6443/')
    expect(load(path).config.namespace).to.equal('fleet')
    expect(load(path, 'other').config.namespace).to.equal('elsewhere')
  })

  it('gives a token as a header, and the authority and client certificate as TLS material', async () => {
    const path = kubeconfig(
      { token: 't', 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') },
      { 'certificate-authority-data': base64('ca'), 'tls-server-name': 'api.example' },
    )
    const { headers, tls } = await load(path).config.credentials()
    expect(headers).to.deep.equal({ authorization: 'Bearer t' })
    expect(tls).to.deep.equal({ ca: 'ca', cert: 'cert', key: 'key', servername: 'api.example' })
  })

  it('keeps the authority for a context without a user', async () => {
    const path = kubeconfig({}, { 'certificate-authority-data': base64('ca') })
    expect(await load(path, 'nobody').config.credentials()).to.deep.include({ headers: {}, tls: { ca: 'ca' } })
  })

  it('turns verification off only when told to', async () => {
    const path = kubeconfig({ token: 't' }, { 'insecure-skip-tls-verify': true })
    expect((await load(path).config.credentials()).tls).to.deep.equal({ rejectUnauthorized: false })
  })

  describe('without a path', () => {
    const names = ['KUBECONFIG', 'HOME', 'KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT'] as const
    const before = names.map(name => process.env[name])
    const environment = (values: Partial<Record<(typeof names)[number], string>>) => {
      for (const name of names) delete process.env[name]
      Object.assign(process.env, values)
    }
    afterEach(() =>
      environment(Object.fromEntries(names.flatMap((name, i) => (before[i] === undefined ? [] : [[name, before[i]]])))),
    )

    const pod = () => {
      const account = 'var/run/secrets/kubernetes.io/serviceaccount'
      mkdirSync(join(folder, account), { recursive: true })
      for (const [name, content] of [
        ['token', 'pod-token\n'],
        ['ca.crt', 'pod-ca'],
        ['namespace', 'fleet\n'],
      ] as const) {
        file(join(account, name), content)
      }
      return { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443', HOME: folder }
    }
    const find = () => loadClusterConfig({ clock: fakeClock(), podRoot: folder })

    it('takes what KUBECONFIG names, also in a pod', () => {
      environment({ ...pod(), KUBECONFIG: kubeconfig({ token: 't' }) })
      expect(find().server.host).to.equal('127.0.0.1:6443')
    })

    it('reads the token of the pod again after half a minute, and at once when the server refused it', async () => {
      environment(pod())
      const clock = fakeClock()
      const config = loadClusterConfig({ clock, podRoot: folder })
      const tokenNow = async () => (await config.credentials()).headers['authorization']
      const renew = (token: string) => file('var/run/secrets/kubernetes.io/serviceaccount/token', token)
      expect(await tokenNow()).to.equal('Bearer pod-token')
      renew('second')
      await clock.advance(29_000)
      expect(await tokenNow()).to.equal('Bearer pod-token')
      await clock.advance(1_000)
      expect(await tokenNow()).to.equal('Bearer second')
      renew('third')
      config.refuse(await config.credentials())
      expect(await tokenNow()).to.equal('Bearer third')
    })

    it('merges several files of KUBECONFIG as kubectl does: the first entry of a name counts, missing files do not', () => {
      const of = (context: string, server: string) =>
        JSON.stringify({
          'current-context': context,
          clusters: [{ name: 'c', cluster: { server } }],
          contexts: [{ name: context, context: { cluster: 'c', user: 'u', namespace: context } }],
          users: [{ name: 'u', user: { token: server } }],
        })
      const files = [file('one', of('first', 'https://one:1')), file('two', of('second', 'https://two:2'))]
      environment({ KUBECONFIG: [join(folder, 'none'), ...files].join(delimiter) })
      expect(find()).to.deep.include({ server: new URL('https://one:1'), namespace: 'first' })
      expect(loadClusterConfig({ clock: fakeClock(), podRoot: folder, context: 'second' })).to.deep.include({
        server: new URL('https://one:1'),
        namespace: 'second',
      })
    })

    it("takes the pod's service account", async () => {
      environment(pod())
      const config = find()
      expect([config.server.href, config.namespace]).to.deep.equal(['https://10.0.0.1/', 'fleet'])
      const { headers, tls } = await config.credentials()
      expect([headers.authorization, tls.ca]).to.deep.equal(['Bearer pod-token', 'pod-ca'])
    })

    it('takes the one in the home folder outside a pod', () => {
      mkdirSync(join(folder, '.kube'))
      kubeconfig({ token: 't' })
      renameSync(join(folder, 'config'), join(folder, '.kube', 'config'))
      environment({ HOME: folder })
      expect(find().server.host).to.equal('127.0.0.1:6443')
    })

    it('refuses to guess when there is none', () => {
      environment({ HOME: folder })
      expect(failureOf(find)).to.include({ name: 'ConfigError', code: 'not_configured' })
    })
  })

  it('sends no credentials over plain HTTP', async () => {
    const path = kubeconfig({ token: 't' }, { server: 'http://127.0.0.1:8001' })
    expect((await load(path).config.credentials()).headers).to.deep.equal({})
  })

  it('reads rotated files again after half a minute', async () => {
    const [token, cert, key] = [file('token', 'one'), file('cert', 'cert-1'), file('key', 'key-1')]
    const { config, clock } = load(kubeconfig({ tokenFile: token, 'client-certificate': cert, 'client-key': key }))
    const first = await config.credentials()
    file('token', 'two')
    file('cert', 'cert-2')
    await clock.advance(29_000)
    expect(await config.credentials()).to.equal(first)
    await clock.advance(1_000)
    const second = await config.credentials()
    expect(second.headers).to.deep.equal({ authorization: 'Bearer two' })
    expect(second.tls.cert).to.equal('cert-2')
    expect(second.tlsKey).not.to.equal(first.tlsKey)
  })

  it('names equal TLS material by an equal key', async () => {
    const { config, clock } = load(kubeconfig({ tokenFile: file('token', 'one') }))
    const { tlsKey } = await config.credentials()
    file('token', 'two')
    await clock.advance(30_000)
    expect((await config.credentials()).tlsKey).to.equal(tlsKey)
  })

  it('reads everything again at once when the server refused the credentials, at most once a second', async () => {
    const { config, clock } = load(kubeconfig({ tokenFile: file('token', 'one') }))
    const first = await config.credentials()
    file('token', 'two')
    config.refuse(first)
    const second = await config.credentials()
    expect(second.headers).to.deep.equal({ authorization: 'Bearer two' })
    file('token', 'three')
    config.refuse(second)
    expect(await config.credentials()).to.equal(second)
    await clock.advance(1_000)
    config.refuse(second)
    expect((await config.credentials()).headers).to.deep.equal({ authorization: 'Bearer three' })
  })

  it('does not read again because of a refusal of earlier credentials', async () => {
    const { config, clock } = load(kubeconfig({ tokenFile: file('token', 'one') }))
    const first = await config.credentials()
    config.refuse(first)
    const second = await config.credentials()
    await clock.advance(5_000)
    config.refuse(first)
    expect(await config.credentials()).to.equal(second)
  })

  it('goes on with the last good configuration while the file cannot be read', async () => {
    const path = kubeconfig({ token: 't' })
    const { config, clock } = load(path)
    await config.credentials()
    rmSync(path)
    await clock.advance(30_000)
    expect((await config.credentials()).headers).to.deep.equal({ authorization: 'Bearer t' })
  })

  describe('with an exec plugin', () => {
    /** A plugin that counts its runs and gives a numbered token. */
    const plugin = (status: (run: string) => string, exitCode = 0): string => {
      const path = file(
        'plugin',
        `#!/bin/sh\necho run >> ${join(folder, 'runs')}\nn=$(wc -l < ${join(folder, 'runs')} | tr -d ' ')\n` +
          `cat <<JSON\n{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":${status('$n')}}\nJSON\n` +
          `echo sorry >&2; exit ${exitCode}\n`,
      )
      chmodSync(path, 0o755)
      return kubeconfig({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: path } })
    }

    it('runs it once for many requests at once, and not again before its token expires', async () => {
      const { config, clock } = load(plugin(run => `{"token":"t${run}"}`))
      const all = await Promise.all(Array.from({ length: 5 }, () => config.credentials()))
      expect(new Set(all.map(({ headers }) => headers.authorization))).to.deep.equal(new Set(['Bearer t1']))
      await clock.advance(600_000)
      expect((await config.credentials()).headers.authorization).to.equal('Bearer t1')
    })

    it('runs it again when its token has expired', async () => {
      const { config, clock } = load(plugin(run => `{"token":"t${run}","expirationTimestamp":"2020-01-01T00:00:00Z"}`))
      await config.credentials()
      await clock.advance(5_000)
      expect((await config.credentials()).headers.authorization).to.equal('Bearer t2')
    })

    it('runs it again when the server refused its token, whatever its expiry says', async () => {
      const { config } = load(plugin(run => `{"token":"t${run}","expirationTimestamp":"2999-01-01T00:00:00Z"}`))
      config.refuse(await config.credentials())
      expect((await config.credentials()).headers.authorization).to.equal('Bearer t2')
    })

    it('takes a client certificate from it', async () => {
      const { config } = load(plugin(() => '{"clientCertificateData":"cert","clientKeyData":"key"}'))
      expect((await config.credentials()).tls).to.include({ cert: 'cert', key: 'key' })
    })

    it('rejects when it fails, with what it said, and tries again next time', async () => {
      const { config } = load(plugin(() => '{}', 3))
      for (const _ of [1, 2]) {
        const error = (await config.credentials().catch((error: unknown) => error)) as Error
        expect(error).to.include({ name: 'ConfigError', code: 'credentials' })
        expect((error.cause as Error).message).to.contain('sorry')
      }
    })

    it('does not wait for it for ever', async () => {
      const { config, clock } = load(
        kubeconfig({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sleep', args: ['2'] } }),
      )
      const waiting = config.credentials().catch((error: unknown) => error)
      await clock.advance(30_000)
      expect(await waiting).to.include({ code: 'credentials' })
    })
  })

  for (const [code, run] of [
    ['unreadable', () => load(join(folder, 'missing'))],
    ['unreadable', () => load(file('config', '{'))],
    ['unknown_context', () => load(kubeconfig({}), 'typo')],
    ['proxy_unsupported', () => load(kubeconfig({}, { 'proxy-url': 'http://proxy.example:3128' }))],
  ] as const) {
    it(`refuses what it cannot use: ${code}`, () => {
      expect(failureOf(run)).to.include({ name: 'ConfigError', code })
    })
  }
})
