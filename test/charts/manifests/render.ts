import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { resolveTools } from '../../cluster/tools.ts'

const CHART = join(import.meta.dirname, '../../../charts/autonomy-rollouts')
const NAMESPACE = 'autonomy-system'

/** Files of plain manifests, by name. */
export type Manifests = { readonly [file: string]: string }

/**
 * Renders the chart for people without Helm: definitions first, no hooks, and nothing that calls itself Helm's.
 *
 * What the cluster can is not known here, so what takes Kubernetes 1.36 is a file of its own, which is applied after the
 * others: the policies that fill in who asks, and those that insist on it, in the place of the ones that do not.
 *
 * @param values arguments of `helm template`, such as `--set image.repository=…`
 */
export async function renderManifests(values: readonly string[] = []): Promise<Manifests> {
  const whole = await render(...values, '--set', 'admissionPolicies.stamp=false')
  const stamped = await render(...values, '--set', 'admissionPolicies.stamp=true')
  const withoutApi = await render(...values, '--set', 'apiService.enabled=false,admissionPolicies.stamp=false')
  const isDefinition = (text: string) => kindOf(text) === 'CustomResourceDefinition'
  const definitions = whole.filter(isDefinition)
  const operator = whole.filter(text => !isDefinition(text))
  return {
    'crds.yaml': file(definitions),
    'operator.yaml': file(operator),
    'install.yaml': file([...definitions, NAMESPACE_OBJECT, ...operator]),
    'install-without-api.yaml': file([
      ...definitions,
      NAMESPACE_OBJECT,
      ...withoutApi.filter(text => !isDefinition(text)),
    ]),
    'stamp.yaml': file(stamped.filter(text => !whole.includes(text))),
  }
}

/** Pods that hold to the strictest of the Pod Security Standards are all that the namespace is for. */
const NAMESPACE_OBJECT = `apiVersion: v1
kind: Namespace
metadata:
  name: ${NAMESPACE}
  labels:
    app.kubernetes.io/part-of: autonomy-rollouts
    pod-security.kubernetes.io/enforce: restricted
`

async function render(...settings: readonly string[]): Promise<readonly string[]> {
  const { helm } = await resolveTools(['helm'])
  const home = await mkdtemp(join(tmpdir(), 'autonomy-manifests-'))
  try {
    const args = ['template', 'autonomy-rollouts', CHART, '--namespace', NAMESPACE, '--no-hooks', ...settings]
    const { stdout } = await promisify(execFile)(helm, args, {
      env: { HOME: home },
      timeout: 60_000,
      maxBuffer: 1 << 24,
    })
    return stdout
      .split(/^---$/m)
      .map(withoutHelm)
      .filter(text => kindOf(text) !== '')
  } finally {
    await rm(home, { recursive: true })
  }
}

function withoutHelm(text: string): string {
  const told =
    /^ *(app\.kubernetes\.io\/managed-by: Helm|helm\.sh\/chart: .*|helm\.sh\/resource-policy: .*)$|^# Source: /
  return text
    .split('\n')
    .filter(line => !told.test(line))
    .join('\n')
    .trim()
}

function kindOf(text: string): string {
  return text.match(/^kind: (\w+)$/m)?.[1] ?? ''
}

function file(objects: readonly string[]): string {
  return `# Rendered from charts/autonomy-rollouts by \`npm run manifests\`.\n${objects.map(text => `---\n${text.trimEnd()}\n`).join('')}`
}
