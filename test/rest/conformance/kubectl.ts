import type { Output } from '../../api/server.ts'
import { runKubectl } from '../../api/server.ts'
import type { Ground } from '../ground.ts'

/** kubectl in the hands of one person. */
export type Kubectl = {
  (...args: readonly string[]): Promise<Output>
  /** With something on its standard input, which `-f -` reads. */
  reading(input: object, ...args: readonly string[]): Promise<Output>
}

/** @param kubeconfig default: that of a member of system:masters */
export function kubectlOf({ cluster }: Ground, kubeconfig = cluster.adminKubeconfig): Kubectl {
  const plain = async (...args: readonly string[]) => await runKubectl(cluster, args, { kubeconfig })
  const reading: Kubectl['reading'] = async (input, ...args) =>
    await runKubectl(cluster, [...args, '-f', '-'], { kubeconfig, input: JSON.stringify(input) })
  return Object.assign(plain, { reading })
}
