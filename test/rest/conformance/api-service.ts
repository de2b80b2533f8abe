import { until } from '../../cluster/wait.ts'
import { type Caller, exchange } from '../door.ts'
import { APISERVICE, type Ground } from '../ground.ts'

const GROUP = 'orchestrator.autonomyops.dev'
export const DISCOVERY = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

export type Available = { readonly status: string; readonly reason: string; readonly message: string }

/** The condition that kube-apiserver keeps on our APIService. */
export async function availability({ succeed }: Ground): Promise<Available> {
  const condition = '{.status.conditions[?(@.type=="Available")]}'
  return JSON.parse(await succeed(['get', 'apiservice', APISERVICE, '-o', `jsonpath=${condition}`])) as Available
}

/** Between two nudges: kube-apiserver's own write of the condition fails when the object changes meanwhile. */
const NUDGE_EVERY = 10_000

/** Waits for it, and makes kube-apiserver look at once: left alone it looks every 30 seconds. */
export async function becomes(ground: Ground, status: 'True' | 'False'): Promise<Available> {
  let nudged = -Infinity
  const look = async () => {
    const found = await availability(ground)
    if (found.status === status) return found
    if (performance.now() - nudged < NUDGE_EVERY) return undefined
    nudged = performance.now()
    await ground.succeed(['annotate', 'apiservice', APISERVICE, `nudged=${nudged}`, '--overwrite'])
    return undefined
  }
  return await until(look, { what: `the APIService is available: ${status}`, withinMs: 45_000, everyMs: 200 })
}

type Discovery = {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly versions: readonly { readonly freshness: string; readonly resources: readonly Discovered[] }[]
  }[]
}

/** A resource or subresource with the kind of its answers. */
export type Discovered = {
  readonly responseKind: object
  readonly verbs: readonly string[]
  readonly subresources?: readonly Discovered[]
}

/** What kube-apiserver tells its clients about our group. */
export async function discovered(caller: Caller): Promise<Discovery['items'][number]['versions'][number] | undefined> {
  const { body } = await exchange(caller, 'GET', '/apis', { headers: { accept: DISCOVERY } })
  return (body as Discovery).items.find(({ metadata }) => metadata.name === GROUP)?.versions[0]
}
