import { writeFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { run } from '../api/server.ts'
import { established } from '../cluster/established.ts'
import { freePorts } from '../cluster/port.ts'
import { resolveTools } from '../cluster/tools.ts'
import { CHART } from '../charts/helm.ts'
import { type Prometheus, startPrometheus } from '../prometheus/prometheus.ts'
import { exchange } from '../rest/door.ts'
import { type Ground, SYSTEM } from '../rest/ground.ts'
import { scrapeOfPage } from './page.ts'

const DEFINITIONS = join(import.meta.dirname, '../charts/prometheus-operator')
const SCRAPER = { namespace: 'monitoring', name: 'prometheus' }

/** What an installation with monitoring brings; alerts are as impatient as they can be. */
const VALUES = {
  monitoring: {
    scrapers: [SCRAPER],
    serviceMonitor: { enabled: true },
    prometheusRule: { enabled: true, thresholds: { stuckFor: '1s', unavailableFor: '30s' } },
    dashboard: { enabled: true },
  },
}

export type Scraped = {
  readonly prometheus: Prometheus
  /** Names of the pods in whose place the replicas run. */
  readonly pods: readonly string[]
  /** What one replica answers at `/metrics`, to the scraper. */
  exposition(): Promise<string>
}

/** A second replica, monitoring from the chart, and a Prometheus that is configured as docs/observability.md says. */
export async function scrape(ground: Ground): Promise<Scraped> {
  const { cluster, succeed } = ground
  await succeed([
    'create',
    '-f',
    join(DEFINITIONS, 'servicemonitors.yaml'),
    '-f',
    join(DEFINITIONS, 'prometheusrules.yaml'),
  ])
  await established(cluster)
  await succeed(['create', 'namespace', SCRAPER.namespace])
  await succeed(['create', 'serviceaccount', SCRAPER.name, '-n', SCRAPER.namespace])
  await upgrade(ground)
  const [second = 0] = await freePorts(1)
  await ground.startReplica({ 'rest-address': `127.0.0.1:${second}` })
  const ports: { readonly [pod: string]: number } = { 'operator-a': ground.port, 'operator-b': second }
  const access = await cluster.clientForServiceAccount(SCRAPER)
  const files = { ca: join(cluster.folder, 'operator-ca.crt'), rules: join(cluster.folder, 'rules.json') }
  await writeFile(files.ca, await ground.ca())
  await writeFile(
    files.rules,
    await succeed(['get', 'prometheusrule', 'autonomy-rollouts', '-n', SYSTEM, '-o', 'jsonpath={.spec}']),
  )
  const { kubernetes_sd_configs: _, ...page } = scrapeOfPage()
  const config = {
    ...page,
    authorization: { ...page.authorization, credentials_file: access.tokenFile },
    tls_config: { ...page.tls_config, ca_file: files.ca },
    // Debian builds Prometheus without discovery in Kubernetes: what it finds out about a pod is written down.
    static_configs: Object.entries(ports).flatMap(([pod, port]) => [
      { targets: [`127.0.0.1:${port}`], labels: discovered(pod, 'https') },
      { targets: [`127.0.0.1:${port + 1}`], labels: discovered(pod, 'health') },
    ]),
  }
  const agent = new Agent({ ca: await ground.ca(), servername: page.tls_config.server_name })
  const headers = { authorization: `Bearer ${(await access.token()).trim()}` }
  const origin = `https://127.0.0.1:${ground.port}`
  return {
    prometheus: await startPrometheus({ scrape: [config], rules: [files.rules] }),
    pods: Object.keys(ports),
    exposition: async () => String((await exchange({ origin, agent, headers }, 'GET', '/metrics')).body),
  }
}

async function upgrade({ cluster }: Ground): Promise<void> {
  const { helm } = await resolveTools(['helm'])
  const kubeconfig = ['--kubeconfig', cluster.adminKubeconfig]
  const args = ['upgrade', 'autonomy-rollouts', CHART, '--reset-then-reuse-values', '--values', '-', ...kubeconfig]
  const options = { home: cluster.folder, env: { HELM_NAMESPACE: SYSTEM }, input: JSON.stringify(VALUES) }
  const { code, stderr } = await run(helm, args, options)
  if (code !== 0) throw new Error(`helm: ${stderr}`)
}

/** As the chart's Deployment makes its pods, as far as Prometheus looks. */
function discovered(pod: string, port: string): { readonly [label: string]: string } {
  return {
    __meta_kubernetes_pod_name: pod,
    __meta_kubernetes_pod_label_app_kubernetes_io_name: 'autonomy-rollouts',
    __meta_kubernetes_pod_container_port_name: port,
  }
}
