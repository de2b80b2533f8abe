import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildImage } from '../../image/build.ts'
import { file } from '../../image/entry.ts'
import { pack } from '../../image/oci.ts'
import { tar } from '../../image/tar.ts'
import { ownPlatform } from '../../kubectl-plugin/package/platform.ts'
import { RELEASE } from '../../operator/release.ts'
import { type Previous, previousRelease } from './previous.ts'
import { installProgram } from '../kubectl-plugin/harness/installed.ts'
import { elapsed } from '../cluster/wait.ts'

/** What is made before the cluster is there, while there still is a network. */
export type Provisions = {
  /** The operator's image, its repository and tag. */
  readonly image: { readonly repository: string; readonly tag: string }
  /** An image with nothing but busybox: it holds the namespaces of pods, and plays the agent on a node. */
  readonly tools: string
  /** OCI archives of both. */
  readonly archives: readonly string[]
  /** A PATH on which `kubectl autonomy` and `autonomy` are. */
  readonly pluginPath: string
  readonly previous: Previous
}

const TOOLS = 'localhost/e2e-tools:1'

/** Builds the images and the plugin from the sources, below `folder`. */
export async function prepare(folder: string, say: (text: string) => void): Promise<Provisions> {
  const began = elapsed()
  const { arch } = ownPlatform()
  const repository = 'localhost/autonomy-rollouts'
  const { archive, digest } = await buildImage({ arch, name: `${repository}:${RELEASE}` })
  const archives = [join(folder, 'operator.tar'), join(folder, 'tools.tar')] as const
  await writeFile(archives[0], archive)
  await writeFile(archives[1], await toolsArchive(arch))
  const { path } = await installProgram(join(folder, 'plugin'))
  const seconds = ((elapsed() - began) / 1000).toFixed(1)
  say(`built the operator's image (${Math.round(archive.length / 1e6)} MB, ${digest}) and the plugin, ${seconds} s`)
  const previous = await previousRelease(folder)
  return { image: { repository, tag: RELEASE }, tools: TOOLS, archives, pluginPath: path, previous }
}

async function toolsArchive(arch: 'amd64' | 'arm64'): Promise<Buffer> {
  const content = await tar([file('bin/busybox', await readFile('/bin/busybox'), 0o755)], 0)
  const settings = {
    User: '65532:65532',
    Env: ['PATH=/bin'],
    // Runs until it is told to stop.
    Entrypoint: ['/bin/busybox', 'sh', '-c', 'trap "exit 0" TERM INT; while :; do sleep 3600 & wait $!; done'],
    WorkingDir: '/',
    StopSignal: 'SIGTERM',
    Labels: {},
  }
  const { archive } = await pack({ name: TOOLS, arch, settings, created: 0, layers: [{ content, history: 'busybox' }] })
  return archive
}
