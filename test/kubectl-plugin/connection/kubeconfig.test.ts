import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { expect } from 'chai'
import type { Target } from '../../../kubectl-plugin/connection/target.ts'
import { connect } from '../../../kubectl-plugin/connection/connection.ts'
import { isOrchestratorError } from '../../../kubectl-plugin/orchestrator/trouble.ts'
import { systemClock } from '../../../operator/runtime/clock.ts'
import { createAuthority, issue } from '../../cluster/certificate.ts'
import { type Answer, startFaultServer } from '../../kube/fault-server.ts'
import { startHttpProxy, startSocksProxy } from './proxy.ts'

const now = systemClock().now()
const authority = createAuthority('ca', now)
const server = { subject: { commonName: 'api' }, use: { kind: 'server', names: ['127.0.0.1', 'api.example'] } } as const
const serving = issue(authority, server, now)
const alice = issue(authority, { subject: { commonName: 'alice' }, use: { kind: 'client' } }, now)
const TLS = {
  key: serving.keyPem,
  cert: serving.certificatePem,
  ca: authority.certificatePem,
  requestCert: true,
  rejectUnauthorized: false,
}
const base64 = (text: string) => Buffer.from(text).toString('base64')
const CA = { 'certificate-authority-data': base64(authority.certificatePem) }
const signal = new AbortController().signal

/** What the server has seen of a request. */
type Seen = {
  readonly certificate: string | undefined
  readonly url: string
  readonly headers: { readonly [name: string]: string | undefined }
  readonly servername: unknown
}

const whoami: Answer = ({ url, headers }, response, socket) => {
  const { subject } = (socket as TLSSocket).getPeerCertificate()
  const seen = {
    certificate: subject?.CN,
    url,
    headers,
    servername: (socket as TLSSocket & { servername?: unknown }).servername,
  }
  response.end(JSON.stringify(seen))
}

describe('a connection by kubeconfig', () => {
  let folder = ''
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'plugin-kubeconfig-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const file = (name: string, content: string, mode = 0o600): string => {
    const path = join(folder, name)
    writeFileSync(path, content)
    chmodSync(path, mode)
    return path
  }

  const kubeconfig = (url: URL, user: object, cluster: object = {}): string =>
    file(
      'config',
      JSON.stringify({
        clusters: [
          { name: 'main', cluster: { server: url.origin, ...CA, ...cluster } },
          { name: 'other', cluster: { server: 'https://192.0.2.1:6443', ...CA } },
        ],
        users: [
          { name: 'u', user },
          { name: 'stranger', user: { token: 'of-another-cluster' } },
        ],
        contexts: [
          { name: 'other', context: { cluster: 'other', user: 'stranger' } },
          { name: 'main', context: { cluster: 'main', user: 'u', namespace: 'fleet' } },
        ],
        'current-context': 'main',
      }),
    )

  const target = (parts: Partial<Target>): Target => ({
    url: undefined,
    kubeconfig: undefined,
    context: undefined,
    namespace: undefined,
    as: undefined,
    asGroups: [],
    operator: undefined,
    timeoutMs: 5_000,
    ...parts,
  })

  const ask = async (parts: Partial<Target>): Promise<Seen> => {
    const connection = await connect(target(parts), 'test', systemClock())
    try {
      return (await connection.orchestrator.get('p', { signal })) as unknown as Seen
    } finally {
      connection.close()
    }
  }

  const withServer = async (
    user: object,
    check: (asked: (parts?: Partial<Target>) => Promise<Seen>, url: URL) => Promise<void>,
    cluster: object = {},
    answer = whoami,
  ) => {
    await using fake = await startFaultServer(answer, TLS)
    const path = kubeconfig(fake.url, user, cluster)
    await check(async (parts = {}) => await ask({ kubeconfig: path, ...parts }), fake.url)
  }

  it('sends a token', async () => {
    await withServer({ token: 'secret' }, async asked => {
      expect((await asked()).headers['authorization']).to.equal('Bearer secret')
    })
  })

  it('presents a client certificate', async () => {
    const user = { 'client-certificate-data': base64(alice.certificatePem), 'client-key-data': base64(alice.keyPem) }
    await withServer(user, async asked => {
      expect((await asked()).certificate).to.equal('alice')
    })
  })

  it('reads a token file, whose path counts from the kubeconfig', async () => {
    file('token', 'from-a-file\n')
    await withServer({ tokenFile: 'token' }, async asked => {
      expect((await asked()).headers['authorization']).to.equal('Bearer from-a-file')
    })
  })

  it('sends user and password', async () => {
    await withServer({ username: 'u', password: 'p' }, async asked => {
      expect((await asked()).headers['authorization']).to.equal(`Basic ${base64('u:p')}`)
    })
  })

  it('verifies the server by the name that the kubeconfig gives', async () => {
    await withServer(
      { token: 't' },
      async asked => {
        expect((await asked()).servername).to.equal('api.example')
      },
      { 'tls-server-name': 'api.example' },
    )
  })

  it('uses the namespace of the context, and another one when told', async () => {
    await withServer({ token: 't' }, async asked => {
      expect((await asked()).url).to.include('/v1/namespaces/fleet/rollouts/p')
      expect((await asked({ namespace: 'elsewhere' })).url).to.include('/v1/namespaces/elsewhere/rollouts/p')
    })
  })

  it('acts as somebody else, groups and all, when told', async () => {
    await withServer({ token: 't' }, async asked => {
      const { headers } = await asked({ as: 'bob', asGroups: ['a', 'b'] })
      expect([headers['impersonate-user'], headers['impersonate-group']]).to.deep.equal(['bob', 'a, b'])
    })
  })

  it('says who the person is, in UTF-8', async () => {
    await withServer({ token: 't' }, async asked => {
      const { headers } = await asked({ operator: 'Zoë' })
      expect(Buffer.from(headers['x-autonomy-operator'] ?? '', 'latin1').toString('utf8')).to.equal('Zoë')
    })
  })

  describe('with a URL', () => {
    it('gives the credentials to the server that they are for', async () => {
      await withServer({ token: 'secret' }, async (asked, { origin }) => {
        expect((await asked({ url: origin })).headers['authorization']).to.equal('Bearer secret')
      })
    })

    it('means the server’s own namespace then', async () => {
      await withServer({ token: 't' }, async (asked, { origin }) => {
        expect((await asked({ url: origin })).url).to.equal('/apis/orchestrator.autonomyops.dev/v1/rollouts/p')
      })
    })

    it('finds the context that is for the URL, current or not', async () => {
      await withServer({ token: 'secret' }, async (_, url) => {
        const path = file('other', JSON.stringify({ ...JSON.parse(readConfig()), 'current-context': 'other' }))
        expect((await ask({ kubeconfig: path, url: url.origin })).headers['authorization']).to.equal('Bearer secret')
      })
    })

    it('gives them to nobody else', async () => {
      await using stranger = await startFaultServer(whoami, TLS)
      await withServer({ token: 'secret' }, async asked => {
        const failure = await asked({ url: stranger.url.origin }).catch((error: unknown) => error)
        expect(isOrchestratorError(failure) && failure.code).to.equal('tls')
        expect(stranger.seen).to.deep.equal([])
      })
    })

    it('refuses a context that is for another server', async () => {
      await withServer({ token: 'secret' }, async (asked, { origin }) => {
        const failure = await asked({ url: origin, context: 'other' }).catch((error: unknown) => error)
        expect(failure).to.include({ code: 'usage' })
        expect(String(failure)).to.include('its credentials are not sent there')
      })
    })

    it('works without any kubeconfig over plain HTTP, as kubectl proxy serves it', async () => {
      await using proxy = await startFaultServer(({ url, headers }, response) =>
        response.end(JSON.stringify({ url, headers })),
      )
      const { url, headers } = await ask({ url: proxy.url.origin, kubeconfig: join(folder, 'none') })
      expect([url, headers['authorization']]).to.deep.equal([
        '/apis/orchestrator.autonomyops.dev/v1/rollouts/p',
        undefined,
      ])
    })
  })

  describe('with an exec plugin', () => {
    const plugin = (body: string) => file('plugin', `#!/bin/sh\n${body}\n`, 0o700)
    const exec = (command: string, more: object = {}) => ({
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'IfAvailable', ...more },
    })
    const printing = (status: object) =>
      `printf '%s' '${JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status })}'`

    it('sends its token', async () => {
      await withServer(exec(plugin(printing({ token: 'minted' }))), async asked => {
        expect((await asked()).headers['authorization']).to.equal('Bearer minted')
      })
    })

    it('presents its client certificate', async () => {
      const status = { clientCertificateData: alice.certificatePem, clientKeyData: alice.keyPem }
      await withServer(exec(plugin(printing(status))), async asked => {
        expect((await asked()).certificate).to.equal('alice')
      })
    })

    it('tells it which cluster it is for, its arguments and its environment', async () => {
      const seen = join(folder, 'seen')
      const command = plugin(`echo "$1 $EXTRA $KUBERNETES_EXEC_INFO" > ${seen}; ${printing({ token: 't' })}`)
      const more = { args: ['login'], env: [{ name: 'EXTRA', value: 'set' }], provideClusterInfo: true }
      await withServer(exec(command, more), async (asked, { origin }) => {
        await asked()
        const [argument, extra, info = ''] = read(seen).split(' ')
        expect([argument, extra]).to.deep.equal(['login', 'set'])
        expect(JSON.parse(info)).to.deep.include({
          kind: 'ExecCredential',
          spec: { interactive: false, cluster: { server: origin, ...CA } },
        })
      })
    })

    it('runs it again when the server does not accept the token, once', async () => {
      const count = join(folder, 'count')
      const command = plugin(
        `echo x >> ${count}; printf '{"kind":"ExecCredential","status":{"token":"t%s"}}' "$(wc -l < ${count} | tr -d ' ')"`,
      )
      const picky: Answer = (request, response, socket) => {
        if (request.headers['authorization'] === 'Bearer t2') return whoami(request, response, socket)
        response.statusCode = 401
        response.end('{"kind":"Status","code":401,"message":"expired"}')
      }
      await withServer(
        exec(command),
        async asked => {
          expect((await asked()).headers['authorization']).to.equal('Bearer t2')
        },
        {},
        picky,
      )
    })

    const failing: readonly (readonly [what: string, user: () => object, says: string])[] = [
      ['fails', () => exec(plugin('exit 3')), 'ended with 3'],
      ['prints nonsense', () => exec(plugin('echo hello')), 'printed no ExecCredential'],
      [
        'is not installed',
        () => exec(join(folder, 'nothing'), { installHint: 'install it with brew' }),
        'cannot be run: install it with brew',
      ],
      [
        'must ask, and nobody is there',
        () => exec(plugin('exit 0'), { interactiveMode: 'Always' }),
        'there is no terminal',
      ],
    ]
    for (const [what, user, says] of failing)
      it(`says so when it ${what}`, async () => {
        await withServer(user(), async asked => {
          const failure = await asked().catch((error: unknown) => error)
          expect(isOrchestratorError(failure) && failure.code).to.equal('credentials')
          expect(String(failure)).to.include(says)
        })
      })
  })

  describe('through a proxy', () => {
    const before = { ...process.env }
    afterEach(() => {
      for (const name of ['HTTPS_PROXY', 'NO_PROXY'])
        if (before[name] === undefined) delete process.env[name]
        else process.env[name] = before[name]
    })

    it('that the kubeconfig names', async () => {
      await using proxy = await startHttpProxy()
      await withServer(
        { token: 'secret' },
        async (asked, { host }) => {
          expect((await asked()).headers['authorization']).to.equal('Bearer secret')
          expect(proxy.tunnels).to.deep.equal([host])
        },
        { 'proxy-url': proxy.url },
      )
    })

    it('that the kubeconfig names, over SOCKS', async () => {
      await using proxy = await startSocksProxy()
      const user = { 'client-certificate-data': base64(alice.certificatePem), 'client-key-data': base64(alice.keyPem) }
      await withServer(
        user,
        async (asked, { host }) => {
          expect((await asked()).certificate).to.equal('alice')
          expect(proxy.tunnels).to.deep.equal([host])
        },
        { 'proxy-url': proxy.url },
      )
    })

    it('that HTTPS_PROXY names', async () => {
      await using proxy = await startHttpProxy()
      process.env['HTTPS_PROXY'] = proxy.url
      delete process.env['NO_PROXY']
      await withServer({ token: 'secret' }, async (asked, { host }) => {
        await asked()
        expect(proxy.tunnels).to.deep.equal([host])
      })
    })

    it('but not to a server that NO_PROXY names', async () => {
      await using proxy = await startHttpProxy()
      process.env['HTTPS_PROXY'] = proxy.url
      process.env['NO_PROXY'] = '127.0.0.1'
      await withServer({ token: 'secret' }, async asked => {
        await asked()
        expect(proxy.tunnels).to.deep.equal([])
      })
    })

    it('and says so when the proxy refuses', async () => {
      await using proxy = await startHttpProxy(() => false)
      await withServer(
        { token: 'secret' },
        async asked => {
          const failure = await asked().catch((error: unknown) => error)
          expect(isOrchestratorError(failure) && failure.trouble).to.include({ kind: 'unreachable', code: 'proxy' })
        },
        { 'proxy-url': proxy.url },
      )
    })
  })

  const missing: readonly (readonly [what: string, parts: Partial<Target>, code: string])[] = [
    ['a kubeconfig that is not there', { kubeconfig: '/nothing/here' }, 'credentials'],
    ['a context that is not there', { context: 'mian' }, 'usage'],
  ]
  for (const [what, parts, code] of missing)
    it(`refuses ${what}`, async () => {
      await withServer({ token: 't' }, async asked => {
        expect(await asked(parts).catch((error: unknown) => error)).to.include({ code })
      })
    })

  it('names the contexts that resemble one that is not there', async () => {
    await withServer({ token: 't' }, async asked => {
      expect(String(await asked({ context: 'mian' }).catch((error: unknown) => error))).to.include('did you mean main?')
    })
  })

  const read = (path: string) => readFileSync(path, 'utf8')
  const readConfig = () => read(join(folder, 'config'))
})
