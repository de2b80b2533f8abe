import { join } from 'node:path'
import { answersOk, startComponent } from './component.ts'
import type { Ground } from './component.ts'
import type { Supervised } from './supervisor.ts'

export interface Etcd {
  readonly url: string
  readonly process: Supervised
}

/** Starts etcd. Nothing is synced to disk: the data dies with the cluster. */
export async function startEtcd(
  ground: Ground,
  command: string,
  ports: { client: number; peer: number },
): Promise<Etcd> {
  const client = `http://127.0.0.1:${ports.client}`
  const peer = `http://127.0.0.1:${ports.peer}`
  const args = [
    `--name=default`,
    `--data-dir=${join(ground.folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--quota-backend-bytes=8589934592',
    '--log-level=warn',
    '--unsafe-no-fsync',
  ]
  const process = await startComponent(ground, { name: 'etcd', command, args }, () => answersOk(`${client}/readyz`))
  return { url: client, process }
}
