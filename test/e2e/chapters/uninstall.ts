import { expect } from 'chai'
import { until } from '../../cluster/wait.ts'
import type { Chapter } from '../chapter.ts'
import { APISERVICE, install, installed, leader, uninstall } from '../installation.ts'
import { completed, expectOnce } from '../rollout-check.ts'
import { RELEASE_NAME, SYSTEM, type Scene } from '../scene.ts'
import { approvable, yardOf } from '../yard.ts'

/** Everything that the chart could leave behind, but its CRDs, which it keeps on purpose. */
const KINDS = [
  'apiservices',
  'flowschemas',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
  'clusterroles',
  'clusterrolebindings',
  'roles',
  'rolebindings',
  'serviceaccounts',
  'services',
  'deployments',
  'pods',
  'poddisruptionbudgets',
  'networkpolicies',
  'resourcequotas',
] as const

export const uninstallChapter: Chapter = {
  name: 'uninstall',
  title: 'helm uninstall with a plan under way, and back',
  async tell(scene) {
    await installed(scene)
    const { ledger, succeed } = scene
    const yard = await yardOf(scene)
    const rollout = await yard.publish({ approval: true })
    await approvable(yard, rollout)
    const objects = async () => await succeed(['get', 'rolloutplans,rolloutrecoveries', '-A', '-o', 'name'])
    const before = await objects()
    await ledger.fact('nothing of the chart remains but the CRDs', async () => {
      await uninstall(scene)
      // Pods have their grace period.
      const bare = async () => (await remains(scene)).length === 0
      await until(bare, { what: 'all is gone', withinMs: 60_000, everyMs: 500, signal: scene.signal }).catch(async () =>
        expect(await remains(scene)).to.deep.equal([]),
      )
      await succeed(['wait', '--for=delete', `apiservice/${APISERVICE}`, '--timeout=10s'])
    })
    await ledger.fact('every plan and recovery is still there, and nothing holds them', async () => {
      expect(await objects()).to.equal(before)
      const held = '{range .items[?(@.metadata.finalizers)]}{.metadata.name} {end}'
      expect(await succeed(['get', 'rolloutplans,rolloutrecoveries', '-A', '-o', `jsonpath=${held}`])).to.equal('')
      await succeed(['create', 'namespace', 'brief'])
      await succeed(['delete', 'namespace', 'brief', '--timeout=60s'])
      return `${before.trim().split('\n').length} objects; a namespace is deleted at once`
    })
    await ledger.fact(
      'installed again, a replica leads as soon as the lease of the one before has run out',
      async () => {
        await install(scene)
        const led = await until(() => leader(scene), {
          what: 'a pod leads',
          withinMs: 30_000,
          everyMs: 250,
          signal: scene.signal,
        })
        return led.name
      },
    )
    await ledger.fact('it goes on where it was: nothing skipped, nothing twice', async () => {
      await yard.approve(rollout, 'the operator is back')
      await yard.reached(rollout.plan, 'it is completed', completed)
      return expectOnce(yard, rollout)
    })
  },
}

/** Names of what belongs to the release, by its label, and by its name in case the label was left out. */
async function remains({ succeed }: Scene): Promise<readonly string[]> {
  const text = await succeed(['get', KINDS.join(','), '-A', '-o', 'json'])
  const { items } = JSON.parse(text) as {
    readonly items: readonly {
      readonly kind: string
      readonly metadata: { readonly name: string; readonly labels?: { readonly [key: string]: string } }
    }[]
  }
  return items
    .filter(
      ({ metadata: { name, labels } }) =>
        labels?.['app.kubernetes.io/instance'] === RELEASE_NAME || name.includes(RELEASE_NAME),
    )
    .map(({ kind, metadata: { name } }) => `${kind} ${name} (${SYSTEM})`)
}
