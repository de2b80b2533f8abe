import type { AuditLine } from '../api/audit.ts'
import { ORCHESTRATOR_GROUP } from '../api/names.ts'
import { trimPod } from '../fleet/pod.ts'
import { createCache } from '../kube/cache.ts'
import type { Client } from '../kube/client.ts'
import type { Transport } from '../kube/transport.ts'
import { whenAborted } from '../runtime/abort.ts'
import type { Clock } from '../runtime/clock.ts'
import { runTogether } from '../runtime/group.ts'
import type { Check } from '../runtime/health.ts'
import type { Log } from '../runtime/log.ts'
import type { CacheParts, Caches } from '../view/caches.ts'
import { podWatches } from '../view/pod-watch.ts'
import { fleetPods } from '../view/resources.ts'
import { createView } from '../view/view.ts'
import { keepCaBundle } from './certificate/ca-bundle.ts'
import { managedCertificate } from './certificate/managed.ts'
import { mountedCertificate } from './certificate/mounted.ts'
import { LIFETIMES, type Lifetimes } from './certificate/rotation.ts'
import { endsOf } from './certificate/source.ts'
import { documents } from './discovery/documents.ts'
import { authenticator } from './identity/authenticator.ts'
import { authorizer } from './identity/authorizer.ts'
import { type FrontProxy, NO_FRONT_PROXY, frontProxy } from './identity/front-proxy.ts'
import { reviewer } from './identity/review.ts'
import { eitherOf, tokenAuthenticator } from './identity/token.ts'
import { otherPaths } from './others.ts'
import { type RestMetrics, pipeline } from './pipeline.ts'
import { routesOf } from './resources/routes.ts'
import { startRestServer } from './server.ts'
import { sightOf } from './sight.ts'

export type RestParts = {
  readonly address: { readonly host: string; readonly port: number }
  readonly reusePort: boolean
  /** Where the Service is, and the Secret of the certificate. */
  readonly namespace: string
  readonly service: string
  /** Whether kube-apiserver passes requests on; otherwise the one door is the direct one. */
  readonly aggregated: boolean
  /** Of paths that name no namespace. */
  readonly planNamespace: string
  readonly tlsFiles: { readonly cert: string; readonly key: string } | undefined
  /** Of certificates of the operator's own making; default: those of `LIFETIMES`. */
  readonly lifetimes?: Lifetimes
  readonly audiences: readonly string[]
  readonly verdictMs: number
  readonly caches: Caches
  readonly cacheParts: CacheParts
  /** Not guarded by the leader's lease: every replica serves. */
  readonly client: Client
  /** Of its own: questions about callers, made-up ones included, must not hold up what the leader writes. */
  readonly reviews: Pick<Transport, 'request'>
  readonly audit: (line: AuditLine) => void
  readonly metrics: RestMetrics
  readonly exposition: () => Promise<{ readonly contentType: string; readonly body: string }>
  readonly clock: Clock
  readonly log: Log
}

export type Rest = {
  /** What is missing before the listener opens. */
  readonly checks: readonly Check[]
  /** Runs until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

const APISERVICE = `v1.${ORCHESTRATOR_GROUP}`
const TOKEN_REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews'
const ACCESS_REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
/** Questions that wait for the API server at a time: about tokens, which anybody can send, and about rights. */
const MOST_TOKENS = 64
const MOST_QUESTIONS = 1_000

/** How often is looked whether everything is ready for the listener to open. */
const LOOK_EVERY = 100

/** The REST surface of one replica, both doors. */
export function createRest(parts: RestParts): Rest {
  const { client, clock, caches, namespace, service, aggregated, tlsFiles, lifetimes = LIFETIMES } = parts
  const log = parts.log.child({ part: 'rest' })
  const proxy = aggregated ? frontProxy({ client, clock, log }) : NO_FRONT_PROXY
  const names = namesOf(service, namespace)
  const certificate = tlsFiles
    ? mountedCertificate(tlsFiles, { clock, log })
    : managedCertificate({ client, namespace, name: `${service}-serving`, names, clock, log, lifetimes })

  parts.metrics.certificates(() => endsOf(certificate))

  const checks: readonly Check[] = [
    ...Object.entries(caches).map(([name, cache]): Check => ({
      name: `cache-${name}`,
      problem: () => (cache.synced() ? undefined : `${name} have not been listed yet`),
    })),
    {
      name: 'serving-certificate',
      problem: () => (certificate.current() ? undefined : 'there is no certificate to serve with yet'),
    },
    ...(aggregated ? [frontProxyCheck(proxy)] : []),
  ]

  const serve = async (signal: AbortSignal) => {
    while (checks.some(({ problem }) => problem() !== undefined)) await clock.sleep(LOOK_EVERY, signal)
    const end = new AbortController()
    const server = await startRestServer({
      host: parts.address.host,
      port: parts.address.port,
      reusePort: parts.reusePort,
      tls: () => ({ ...certificate.current(), ca: proxy.trust()?.ca ?? [] }),
      onTlsChange: changed => {
        const ends = [certificate.subscribe(changed), proxy.subscribe(changed)]
        return () => ends.forEach(end => end())
      },
      handle: handlerOf(parts, log, proxy, checks, end.signal),
      clock,
      log,
    })
    const { host, port } = server.address
    log.info('serving', { address: `https://${host}:${port}`, plans: parts.planNamespace })
    await whenAborted(signal)
    // Requests in flight end first, as far as they can in time.
    await server.close()
    end.abort(new Error('the REST surface has stopped'))
  }

  return {
    checks,
    run: async signal => {
      await runTogether(signal, [
        inner => proxy.run(inner),
        inner => certificate.run(inner),
        ...(aggregated && !tlsFiles
          ? [(inner: AbortSignal) => keepCaBundle(APISERVICE, certificate, { client, clock, log }, inner)]
          : []),
        inner =>
          serve(inner).catch((error: unknown) => {
            if (!inner.aborted) throw error
          }),
      ])
    },
  }
}

function frontProxyCheck(proxy: FrontProxy): Check {
  return {
    name: 'front-proxy',
    problem: () =>
      proxy.trust() ? undefined : 'ConfigMap kube-system/extension-apiserver-authentication has not been read yet',
  }
}

function handlerOf(parts: RestParts, log: Log, proxy: FrontProxy, checks: readonly Check[], signal: AbortSignal) {
  const { caches, cacheParts, client, clock, audiences, reviews } = parts
  const tokens = reviewer(reviews, TOKEN_REVIEWS, MOST_TOKENS, signal)
  const ours = tokenAuthenticator(tokens, audiences, clock)
  const metrics = eitherOf(tokenAuthenticator(tokens, undefined, clock), ours)
  const authorize = authorizer(reviewer(reviews, ACCESS_REVIEWS, MOST_QUESTIONS, signal), clock)
  const pods = podWatches(
    (namespace, labelSelector) =>
      createCache({ ...cacheParts, resource: fleetPods, trim: trimPod, namespace, labelSelector }),
    () => undefined,
    clock,
    signal,
  )
  const view = createView(caches, pods)
  const surface = { caches, view, client, authorize, clock, verdictMs: parts.verdictMs }
  return pipeline({
    routes: routesOf(surface, sightOf(pods, clock, signal)),
    others: otherPaths({ documents: documents(), ready: checks, metrics: parts.exposition, authorize }),
    authenticate: authenticator({ proxy, byToken: { surface: ours, metrics }, audiences, clock }),
    authorize,
    defaultNamespace: parts.planNamespace,
    audit: parts.audit,
    metrics: parts.metrics,
    clock,
    log,
    stopping: signal,
  })
}

/** The API server checks the first, whatever address it dials; the others are for direct callers. */
function namesOf(service: string, namespace: string): readonly string[] {
  const full = `${service}.${namespace}.svc`
  return [full, `${full}.cluster.local`, `${service}.${namespace}`, service, 'localhost', '127.0.0.1', '::1']
}
