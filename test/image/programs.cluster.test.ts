import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect } from 'chai'
import { loadAll } from 'js-yaml'
import { bundle } from '../../image/bundle.ts'
import { settingsOf } from '../../image/settings.ts'
import { sourceOf } from '../../image/source.ts'
import { checksOf } from '../../operator/check/checks.ts'
import { serviceConfig } from '../../operator/check/door.ts'
import { settle } from '../../operator/check/outcome.ts'
import { loadClusterConfig } from '../../operator/kube/config.ts'
import { isRecord } from '../../operator/kube/refusal.ts'
import { createTransport } from '../../operator/kube/transport.ts'
import { systemClock } from '../../operator/runtime/clock.ts'
import { run } from '../api/server.ts'
import { CHART } from '../charts/helm.ts'
import { freePorts } from '../cluster/port.ts'
import { resolveTools } from '../cluster/tools.ts'
import { until } from '../cluster/wait.ts'
import { APISERVICE, FLEET, SYSTEM, withGround } from '../rest/ground.ts'

/** The programs as they are in the image, not the sources. */
describe('the programs of the image', function () {
  this.timeout(120_000)
  const folder = mkdtempSync(join(tmpdir(), 'image-programs-'))
  before(async () => {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    for (const { path, content } of (await bundle()).files) writeFileSync(join(folder, basename(path)), content)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
  const ground = withGround({ replicas: 1, nodes: 3, main: join(folder, 'operator.js') })

  const account = async (name: string, role?: string) => {
    const { succeed, cluster } = ground()
    await succeed(['create', 'serviceaccount', name, '-n', FLEET])
    const binding = ['create', 'rolebinding', name, '-n', FLEET, `--serviceaccount=${FLEET}:${name}`]
    if (role !== undefined) await succeed([...binding, `--clusterrole=autonomy-rollouts-${role}`])
    return await cluster.clientForServiceAccount({ namespace: FLEET, name })
  }

  describe('operator.js', () => {
    it('leads, and moves the nodes of a plan', async () => {
      const { succeed } = ground()
      await succeed(['create', '-f', '-'], {
        apiVersion: 'fleet.autonomyops.dev/v1alpha1',
        kind: 'RolloutPlan',
        metadata: { name: 'release-1', namespace: FLEET },
        spec: {
          artifactRef: 'oci.example/agent:1',
          activation: { confirm: { kind: 'ready', minReadySeconds: 0 } },
          stages: [{ id: 'all', nodes: {} }],
        },
      })
      const wait = ['wait', '-n', FLEET, 'rplan/release-1', '--for=jsonpath={.status.phase}=completed', '--timeout=40s']
      await succeed(wait)
      const moved = await succeed(['get', 'nodes', '-l', 'fleet.autonomyops.dev/release=release-1', '-o', 'name'])
      expect(moved.trim().split('\n')).to.have.length(3)
    })

    it('serves the REST surface through the API server', async () => {
      const path = `/apis/orchestrator.autonomyops.dev/v1/namespaces/${FLEET}/rollouts/release-1`
      expect(JSON.parse(await ground().succeed(['get', '--raw', path]))).to.include({ phase: 'completed' })
    })
  })

  describe('check.js', () => {
    const env = Object.fromEntries(settingsOf(sourceOf('0')).Env.map(line => line.split(/=(.*)/s, 2)))
    const check = async (kubeconfig: string, deadline: number) => {
      const args = [join(folder, 'check.js'), '--kubeconfig', kubeconfig, '--plan-namespace', FLEET]
      const { code, stdout, stderr } = await run(process.execPath, [...args, '--deadline', String(deadline)], {
        home: folder,
        env,
      })
      return { code, lines: stdout.trim().split('\n'), stderr }
    }
    const recoveries = async () => await ground().succeed(['get', 'rrec', '-A', '-o', 'name'])

    /** The account of the chart's test, with the role that it has there. */
    const checker = { namespace: SYSTEM, name: 'autonomy-rollouts-check' } as const
    before(async () => {
      const { helm } = await resolveTools(['helm'])
      const values = ['--set', `planNamespace=${FLEET}`, '--show-only', 'templates/tests/check.yaml']
      const options = { home: folder, env: { HELM_NAMESPACE: SYSTEM } }
      const { stdout } = await run(helm, ['template', 'autonomy-rollouts', CHART, ...values], options)
      const items = loadAll(stdout).filter(object => isRecord(object) && object.kind !== 'Pod')
      await ground().succeed(['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
    })

    it('passes for the account that the chart gives it', async () => {
      const { kubeconfig } = await ground().cluster.clientForServiceAccount(checker)
      const { code, lines, stderr } = await check(kubeconfig, 30)
      expect({ code, stderr }, lines.join('\n')).to.deep.equal({ code: 0, stderr: '' })
      expect(lines.map(line => line.slice(0, line.indexOf(':')))).to.deep.equal([
        'ok   crds',
        'ok   discovery',
        'ok   read',
        'ok   denial',
      ])
      expect(await recoveries()).to.equal('')
    })

    it('takes no refusal of the API server for one of the operator', async () => {
      const { kubeconfig } = await account('viewer', 'viewer')
      const { code, lines } = await check(kubeconfig, 0.1)
      expect(code).to.equal(1)
      expect(lines[3]).to.match(
        /^FAIL denial: the operator was not asked .* right to create rollouts\/recover, and none/,
      )
    })

    it('fails for an account that may not read, and says which right is missing', async () => {
      const { kubeconfig } = await account('stranger')
      const { code, lines } = await check(kubeconfig, 0.1)
      expect(code).to.equal(1)
      expect(lines[2]).to.equal('FAIL read: this account may not list rollouts in namespace fleet: give it that right')
      expect(lines[3]).to.match(/^FAIL denial: the operator was not asked/)
    })

    it('fails for an account that may steer, at once, and changes nothing', async () => {
      const { kubeconfig } = await account('steerer', 'operator')
      const allowed = ['auth', 'can-i', 'create', 'rollouts.orchestrator.autonomyops.dev', '--subresource=recover']
      const as = ['-n', FLEET, `--as=system:serviceaccount:${FLEET}:steerer`]
      const inForce = async () => (await ground().kubectl([...allowed, ...as])).code === 0
      await until(inForce, { what: 'the binding is in force', withinMs: 20_000 })
      const started = performance.now()
      const { code, lines } = await check(kubeconfig, 60)
      expect(performance.now() - started).to.be.lessThan(30_000)
      expect(code).to.equal(1)
      expect(lines[3]).to.match(
        /^FAIL denial: a recover in namespace fleet was not refused for want of rollouts\/retry: take every right/,
      )
      expect(await recoveries()).to.equal('')
    })

    describe('directly', () => {
      let caFile = ''
      before(async () => writeFileSync((caFile = join(folder, 'ca.crt')), await ground().ca()))

      const tokenOf = async (audience: string) => {
        const access = { ...checker, audiences: [audience] }
        return (await ground().cluster.clientForServiceAccount(access)).tokenFile
      }

      /** The name of the Service is not in DNS here: it is asked on loopback, by the name of its certificate. */
      const checkAt = async (
        port: number,
        files: { readonly tokenFile: string; readonly caFile: string | undefined },
      ) => {
        const clock = systemClock()
        const api = createTransport({
          config: loadClusterConfig({ clock, kubeconfig: ground().cluster.adminKubeconfig }),
          clock,
        })
        const server = new URL(`https://127.0.0.1:${port}`)
        const config = serviceConfig(server, files, `autonomy-rollouts.${SYSTEM}.svc`)
        const transport = createTransport({ config, clock })
        const door = { kind: 'direct', transport, prefix: '/v1', name: 'at the Service' } as const
        try {
          const outcomes = []
          for (const one of checksOf(api, door, FLEET))
            outcomes.push({ name: one.name, ...(await settle(one, clock, 100, AbortSignal.timeout(30_000))) })
          return outcomes
        } finally {
          await Promise.all([api.close(), transport.close()])
        }
      }
      const audience = 'orchestrator.autonomyops.dev'

      it('passes with a token for the audience and the authority of the certificate', async () => {
        const outcomes = await checkAt(ground().port, { tokenFile: await tokenOf(audience), caFile })
        expect(outcomes.map(({ name, kind }) => `${name} ${kind}`)).to.deep.equal([
          'crds passed',
          'read passed',
          'denial passed',
        ])
      })

      const failing: readonly (readonly [
        what: string,
        says: RegExp,
        files: () => Promise<{
          readonly tokenFile: string
          readonly caFile: string | undefined
          readonly port?: number
        }>,
      ])[] = [
        [
          'a token for somebody else',
          /^the token was not accepted at the Service: .* meant for the audience orchestrator/,
          async () => ({ tokenFile: await tokenOf('https://kubernetes.default.svc'), caFile }),
        ],
        [
          'no token',
          /^there is no token to show: .*nowhere cannot be read; mount one/,
          async () => ({ tokenFile: join(folder, 'nowhere'), caFile }),
        ],
        [
          'an authority that is not known',
          /^the certificate at the Service is not trusted .*: give --ca-file/,
          async () => ({ tokenFile: await tokenOf(audience), caFile: undefined }),
        ],
        [
          'nothing that listens',
          /^nothing answers at the Service .*: is the Service there/,
          async () => ({ tokenFile: await tokenOf(audience), caFile, port: (await freePorts(1))[0] ?? 1 }),
        ],
      ]
      for (const [what, says, files] of failing)
        it(`fails with ${what}, and says what to do`, async () => {
          const { port = ground().port, ...rest } = await files()
          const [, read, denial] = await checkAt(port, rest)
          for (const outcome of [read, denial])
            expect(outcome).to.include({ kind: 'failed', final: false }).and.to.have.property('says').that.matches(says)
        })
    })

    // After everything else: the installation is taken apart.
    describe('on an installation with parts missing', () => {
      const kubeconfigOfIt = async () => (await ground().cluster.clientForServiceAccount(checker)).kubeconfig

      it('fails when the operator is gone', async () => {
        await ground().replicas()[0]?.kill('SIGTERM')
        const { code, lines } = await check(await kubeconfigOfIt(), 0.1)
        expect(code).to.equal(1)
        expect(lines[0]).to.match(/^ok {3}crds/)
        expect(lines[2]).to.match(
          /^FAIL read: the API server cannot pass requests on to the operator .*describe apiservice v1\.orch/,
        )
      })

      it('fails when nothing is registered, and when a CRD is missing', async () => {
        await ground().succeed(['delete', 'apiservice', APISERVICE])
        await ground().succeed(['delete', 'crd', 'rolloutrecoveries.fleet.autonomyops.dev'])
        const kubeconfig = await kubeconfigOfIt()
        const noticed = async () => {
          const { code, lines } = await check(kubeconfig, 0.1)
          expect(code).to.equal(1)
          return lines[0]?.startsWith('FAIL') && lines[1]?.includes('knows no') ? lines : undefined
        }
        const lines = await until(noticed, { what: 'the API server has taken notice', withinMs: 30_000, everyMs: 500 })
        expect(lines[0]).to.equal(
          'FAIL crds: the API server lists no rolloutrecoveries under /apis/fleet.autonomyops.dev/v1alpha1: is it of this release?',
        )
        for (const line of lines.slice(1, 3))
          expect(line).to.match(
            /: the API server knows no orchestrator\.autonomyops\.dev\/v1: APIService v1\.orch.* is missing/,
          )
      })
    })
  })
})
