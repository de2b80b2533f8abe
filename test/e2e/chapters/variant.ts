import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { type ServingFiles, createPki } from '../../cluster/pki.ts'
import type { Chapter } from '../chapter.ts'
import { install, operatorPods, prepareNamespaces, uninstall, valuesOf } from '../installation.ts'
import { CHART, RELEASE_NAME, SYSTEM, type Scene } from '../scene.ts'

/** Off, as far as values can turn it off. */
const OFF = [
  'deployment.enabled=false',
  'apiService.enabled=false',
  'crds.install=false',
  'rbac.create=false',
  'userRoles.create=false',
  'admissionPolicies.enabled=false',
  'flowSchemas.enabled=false',
  'serviceAccount.create=false',
  'serviceAccount.name=default',
]

/** On, as far as a bare cluster can have it. */
const ON = [
  'networkPolicy.enabled=true',
  'userRoles.bindings.viewer[0].kind=Group',
  'userRoles.bindings.viewer[0].name=engineers',
  'userRoles.bindings.viewer[0].apiGroup=rbac.authorization.k8s.io',
  'podNamespaces[0]=fleet',
  'gates.secretNamespaces[0]=fleet',
  'monitoring.dashboard.enabled=true',
  'monitoring.scrapers[0].name=prometheus',
  'monitoring.scrapers[0].namespace=monitoring',
  'replicas=3',
]

/** What the chart can use and does not bring: the value that asks for it, and the API group that must be there. */
const FOREIGN = [
  ['cert-manager', 'certificate.source=certManager', 'cert-manager.io'],
  ['a Prometheus Operator', 'monitoring.serviceMonitor.enabled=true', 'monitoring.coreos.com'],
] as const

/** Other values than the defaults. */
export const variantChapter: Chapter = {
  name: 'variant',
  title: 'Everything off, everything on',
  async tell(scene) {
    const { ledger, helm } = scene
    const set = (values: readonly string[]) => values.flatMap(value => ['--set', value])
    await prepareNamespaces(scene)
    await uninstall(scene)
    await ledger.fact('with everything off, Helm installs nothing and does not complain', async () => {
      const { code, stderr } = await helm(['install', RELEASE_NAME, CHART, ...set(OFF)])
      expect(code, stderr).to.equal(0)
      expect((await helm(['get', 'manifest', RELEASE_NAME])).stdout.trim()).to.equal('')
      await uninstall(scene)
    })
    for (const [what, value, group] of FOREIGN)
      await ledger.fact(
        `${what} is counted on where there is none: refused, in words, and nothing is left`,
        async () => {
          const args = ['install', RELEASE_NAME, CHART, ...valuesOf(scene), '--set', value]
          const { code, stderr } = await helm(args)
          expect(code).to.not.equal(0)
          expect(stderr).to.contain('ensure CRDs are installed first')
          const said = stderr.match(/no matches for kind "\w+" in version "[\w./-]+"/)?.[0]
          expect(said, stderr).to.contain(group)
          expect((await operatorPods(scene)).filter(({ leaving }) => !leaving)).to.deep.equal([])
          await uninstall(scene)
          return said
        },
      )
    await ledger.fact('with everything on that a bare cluster can have, it works, and helm test passes', async () => {
      await install(scene, ...set(ON))
      expect((await operatorPods(scene)).filter(({ leaving }) => !leaving).map(({ ready }) => ready)).to.deep.equal([
        true,
        true,
        true,
      ])
      const { code, stdout, stderr } = await helm(['test', RELEASE_NAME, '--logs', '--timeout', '120s'])
      expect(code, `${stdout}\n${stderr}`).to.equal(0)
    })
    await ledger.fact('with a certificate from a Secret of one’s own it works, and helm test passes', async () => {
      await uninstall(scene)
      const { caFile } = await ownCertificate(scene)
      const values = ['certificate.source=secret', `certificate.secretName=${OWN_SECRET}`]
      await install(scene, ...set(values), '--set-file', `certificate.caBundle=${caFile}`)
      const { code, stdout, stderr } = await helm(['test', RELEASE_NAME, '--logs', '--timeout', '120s'])
      expect(code, `${stdout}\n${stderr}`).to.equal(0)
      await uninstall(scene)
    })
    await ledger.fact('and back to the defaults', async () => {
      await install(scene)
    })
  },
}

const OWN_SECRET = 'own-certificate'

/** A Secret with a certificate for the Service, signed by an authority that only its maker has. */
async function ownCertificate({ folder, succeed }: Scene): Promise<ServingFiles> {
  const own = join(folder, 'own-pki')
  await mkdir(own)
  const files = await (await createPki(own, Date.now())).serving([`${RELEASE_NAME}.${SYSTEM}.svc`])
  const pair = ['--cert', files.certFile, '--key', files.keyFile]
  await succeed(['create', 'secret', 'tls', OWN_SECRET, '-n', SYSTEM, ...pair])
  return files
}
