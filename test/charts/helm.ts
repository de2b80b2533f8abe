import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { after, before } from 'mocha'
import { run } from '../api/server.ts'
import type { Output } from '../api/server.ts'
import { resolveTools } from '../cluster/tools.ts'

export const CHART = join(import.meta.dirname, '../../charts/autonomy-rollouts')

/** For processes of this machine in the place of pods, which register the aggregated API themselves. */
export const OPERATOR_ELSEWHERE: readonly string[] = ['--set', 'deployment.enabled=false,apiService.create=false']

/** What tests read of a rendered object. */
export type Rendered = {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: { readonly [key: string]: string }
    readonly annotations?: { readonly [key: string]: string }
  }
  readonly rules?: readonly Rule[]
  /** Of an admission policy or its binding. */
  readonly spec?: {
    readonly failurePolicy?: string
    readonly policyName?: string
    readonly validationActions?: readonly string[]
    readonly matchConditions?: readonly { readonly expression: string }[]
    /** Of a Service. */
    readonly selector?: object
    readonly maxUnavailable?: number
  }
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[]
}

export type Rule = {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

export type Helm = {
  readonly folder: string
  /** Resolves whatever the exit code is. */
  run(...args: string[]): Promise<Output>
  /** The objects of release `rollouts` in namespace `ops`, hooks apart; throws helm's words when it refuses. */
  template(...args: string[]): Promise<readonly Rendered[]>
}

/** The pinned Helm, for the suite that calls this, with a home of its own. */
export function withHelm(): () => Helm {
  let helm: Helm | undefined
  before(async function () {
    this.timeout(60_000)
    const { helm: command } = await resolveTools(['helm'])
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'autonomy-helm-')))
    const call = async (...args: string[]) => await run(command, args, { home: folder, env: { HELM_NAMESPACE: 'ops' } })
    helm = {
      folder,
      run: call,
      template: async (...args) => {
        const { code, stdout, stderr } = await call('template', 'rollouts', CHART, ...args)
        if (code !== 0) throw new Error(stderr)
        const objects = (loadAll(stdout) as (Rendered | null)[]).filter(object => object !== null)
        return objects.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined)
      },
    }
  })
  after(async () => {
    if (helm !== undefined) await rm(helm.folder, { recursive: true })
  })
  return () => {
    if (helm === undefined) throw new Error('helm is there from `before` on')
    return helm
  }
}
