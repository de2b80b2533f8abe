import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { directKubeconfig } from '../kubectl-plugin/harness/people.ts'
import { FLEET, type Ground } from '../rest/ground.ts'
import { loadYaml } from '../rest/yaml.ts'

/** What a shell needs so that the runbook's commands work as they stand. */
export type Door = {
  readonly url: string
  /** A folder with a `.curlrc`: the credentials that a person's own curl would have. */
  readonly home: string
  /** The credentials that a person's own kubectl would have; undefined where none are needed. */
  readonly kubeconfig: string | undefined
  close(): Promise<void>
}

const SURFACE = '/apis/orchestrator.autonomyops.dev'

/** Through the API server, with a client certificate. */
export async function aggregatedDoor({ cluster }: Pick<Ground, 'cluster'>): Promise<Door> {
  const kubeconfig = await cluster.clientFor({ user: 'alice' })
  const { cert, key, ca } = await loadYaml(kubeconfig)
  const home = await folder(cluster.folder, `aggregated-${randomUUID()}`, { cert, key, ca }, ['cert', 'key', 'ca'])
  return { url: `${cluster.server}${SURFACE}`, home, kubeconfig, close: async () => {} }
}

/** Through `kubectl proxy`, without any credentials. */
export async function proxiedDoor({ cluster }: Pick<Ground, 'cluster'>): Promise<Door> {
  const kubeconfig = await cluster.clientFor({ user: 'alice' })
  const child = spawn(cluster.kubectl, ['--kubeconfig', kubeconfig, 'proxy', '--port=0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /Starting to serve on (\S+)/.exec(line)?.[1]
    if (address === undefined) continue
    const home = await folder(cluster.folder, `proxied-${randomUUID()}`, {}, [])
    const close = async () => {
      child.kill()
      await ended
    }
    return { url: `http://${address}${SURFACE}`, home, kubeconfig: undefined, close }
  }
  throw new Error('kubectl proxy ended before it served')
}

/** On the operator's own listener, with a bearer token. */
export async function directDoor(ground: Ground): Promise<Door> {
  const { cluster, port } = ground
  const access = await cluster.clientForServiceAccount({
    namespace: FLEET,
    name: 'alice',
    audiences: ['orchestrator.autonomyops.dev'],
  })
  const token = (await access.token()).trim()
  const home = await folder(
    cluster.folder,
    `direct-${randomUUID()}`,
    { ca: await ground.ca() },
    ['ca'],
    `header = "Authorization: Bearer ${token}"\n`,
  )
  const kubeconfig = await directKubeconfig(ground)
  return { url: `https://127.0.0.1:${port}`, home, kubeconfig, close: async () => {} }
}

const OPTIONS: { readonly [file: string]: string } = { ca: 'cacert', cert: 'cert', key: 'key' }

async function folder(
  parent: string,
  name: string,
  files: { readonly [file: string]: string },
  used: readonly string[],
  more = '',
): Promise<string> {
  const home = join(parent, name)
  await mkdir(home)
  for (const [file, text] of Object.entries(files)) await writeFile(join(home, `${file}.pem`), text, { mode: 0o600 })
  const lines = used.map(file => `${OPTIONS[file]} = "${join(home, `${file}.pem`)}"\n`)
  await writeFile(join(home, '.curlrc'), `${lines.join('')}${more}`, { mode: 0o600 })
  return home
}
