import { until } from '../cluster/wait.ts'
import { CHART, FLEET, RELEASE_NAME, type Scene, SYSTEM } from './scene.ts'

export const APISERVICE = 'v1.orchestrator.autonomyops.dev'
export const OPERATOR = 'system:serviceaccount:autonomy-system:autonomy-rollouts'
const SELECTOR = 'app.kubernetes.io/name=autonomy-rollouts,app.kubernetes.io/component=operator'

/** What this cluster needs said: the image is on the nodes already. Everything else is as the chart has it. */
export function valuesOf({ provisions: { image } }: Scene): readonly string[] {
  const values = {
    'image.repository': image.repository,
    'image.tag': image.tag,
    'image.pullPolicy': 'Never',
    planNamespace: FLEET,
  }
  return Object.entries(values).flatMap(([name, value]) => ['--set-string', `${name}=${value}`])
}

/** The namespace of the operator, which admits nothing but restricted pods, and that of the plans. */
export async function prepareNamespaces({ succeed }: Scene): Promise<void> {
  for (const name of [SYSTEM, FLEET])
    await succeed(['apply', '-f', '-'], {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    })
}

/** Installs or upgrades to the chart of this checkout; resolves when it works. */
export async function install(scene: Scene, ...more: readonly string[]): Promise<string> {
  await prepareNamespaces(scene)
  const args = ['upgrade', '--install', RELEASE_NAME, CHART, ...valuesOf(scene), ...more]
  const { code, stdout, stderr } = await scene.helm([...args, '--wait', '--timeout', '180s'])
  if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr.trim()}`)
  await available(scene)
  await admitting(scene)
  return stdout
}

/** Resolves when the admission policies are in force, some seconds after they are installed; until then plans are refused. */
export async function admitting({ kubectl, signal }: Scene): Promise<void> {
  const plan = {
    apiVersion: 'fleet.autonomyops.dev/v1alpha1',
    kind: 'RolloutPlan',
    metadata: { name: 'admitted', namespace: FLEET },
    spec: { artifactRef: 'x', stages: [{ id: 's1', nodes: {} }] },
  }
  const admitted = async () => (await kubectl(['create', '--dry-run=server', '-f', '-'], plan)).code === 0
  await until(admitted, { what: 'the policies of the chart are in force', withinMs: 30_000, everyMs: 250, signal })
}

export async function uninstall({ helm }: Scene): Promise<void> {
  const { code, stderr } = await helm(['uninstall', RELEASE_NAME, '--wait', '--timeout', '120s', '--ignore-not-found'])
  if (code !== 0) throw new Error(`helm uninstall: ${stderr.trim()}`)
}

/** For a chapter that is told alone: installs what others found installed. */
export async function installed(scene: Scene): Promise<void> {
  const { code } = await scene.helm(['status', RELEASE_NAME])
  if (code !== 0) await install(scene)
}

/** Resolves when the API server passes requests on. */
export async function available({ succeed }: Scene): Promise<void> {
  await succeed(['wait', '--for=condition=Available', `apiservice/${APISERVICE}`, '--timeout=60s'])
}

export type OperatorPod = {
  readonly name: string
  readonly uid: string
  readonly node: string
  readonly address: string
  readonly ready: boolean
  readonly restarts: number
  readonly leaving: boolean
}

type Pod = {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string }
  readonly spec: { readonly nodeName?: string }
  readonly status: {
    readonly podIP?: string
    readonly containerStatuses?: readonly { readonly ready: boolean; readonly restartCount: number }[]
  }
}

export async function operatorPods({ succeed }: Scene): Promise<readonly OperatorPod[]> {
  const text = await succeed(['get', 'pods', '-n', SYSTEM, '-l', SELECTOR, '-o', 'json'])
  const { items } = JSON.parse(text) as { readonly items: readonly Pod[] }
  return items.map(({ metadata, spec, status }) => ({
    name: metadata.name,
    uid: metadata.uid,
    node: spec.nodeName ?? '',
    address: status.podIP ?? '',
    ready: status.containerStatuses?.every(({ ready }) => ready) ?? false,
    restarts: status.containerStatuses?.[0]?.restartCount ?? 0,
    leaving: metadata.deletionTimestamp !== undefined,
  }))
}

/** The pod that holds the lease; undefined while nobody does. */
export async function leader(scene: Scene): Promise<OperatorPod | undefined> {
  const { stdout } = await scene.kubectl([
    'get',
    'lease',
    RELEASE_NAME,
    '-n',
    SYSTEM,
    '-o',
    'jsonpath={.spec.holderIdentity}',
  ])
  return (await operatorPods(scene)).find(({ name }) => stdout.startsWith(`${name}_`))
}
