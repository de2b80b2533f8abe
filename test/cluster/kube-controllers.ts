import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { answersOk, startComponent } from './component.ts'
import type { Ground } from './component.ts'
import { kubeconfig } from './kubeconfig.ts'
import type { Pki, ServingFiles } from './pki.ts'
import type { Supervised } from './supervisor.ts'

export interface KubeControllerSpec {
  readonly command: string
  readonly port: number
  readonly server: string
  readonly pki: Pki
  readonly serving: ServingFiles
  readonly flags: readonly string[]
}

/** The controllers act at once on hundreds of simulated machines; the default of 20 requests a second holds them up. */
const REQUEST_RATE = ['--kube-api-qps=300', '--kube-api-burst=600']

/** Starts kube-controller-manager: DaemonSets, garbage collection, namespaces, service accounts, node health. */
export async function startControllerManager(ground: Ground, spec: KubeControllerSpec): Promise<Supervised> {
  const name = 'kube-controller-manager'
  const args = [
    ...(await commonFlags(ground, name, spec)),
    '--use-service-account-credentials',
    `--service-account-private-key-file=${spec.pki.serviceAccountKeyFile}`,
    `--root-ca-file=${spec.pki.caFile}`,
    ...spec.flags,
  ]
  return await startComponent(ground, { name, command: spec.command, args }, healthy(spec))
}

export async function startScheduler(ground: Ground, spec: KubeControllerSpec): Promise<Supervised> {
  const name = 'kube-scheduler'
  const args = [...(await commonFlags(ground, name, spec)), ...spec.flags]
  return await startComponent(ground, { name, command: spec.command, args }, healthy(spec))
}

async function commonFlags(ground: Ground, name: string, spec: KubeControllerSpec): Promise<readonly string[]> {
  const file = join(ground.folder, `${name}.kubeconfig`)
  const user = `system:${name}`
  const identity = spec.pki.client({ commonName: user })
  const text = kubeconfig({
    server: spec.server,
    caPem: spec.pki.caPem,
    user,
    credentials: { kind: 'certificate', certificatePem: identity.certificatePem, keyPem: identity.keyPem },
  })
  await writeFile(file, text, { mode: 0o600 })
  return [
    `--kubeconfig=${file}`,
    `--authentication-kubeconfig=${file}`,
    `--authorization-kubeconfig=${file}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${spec.port}`,
    `--tls-cert-file=${spec.serving.certFile}`,
    `--tls-private-key-file=${spec.serving.keyFile}`,
    '--leader-elect=false',
    ...REQUEST_RATE,
  ]
}

const healthy = (spec: KubeControllerSpec) => () => answersOk(`https://127.0.0.1:${spec.port}/healthz`, spec.pki.caPem)
