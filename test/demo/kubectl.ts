import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Screen } from './screen.ts'

const run = promisify(execFile)

/** kubectl as one person. */
export type Kubectl = {
  /** Shows the command and what it prints. */
  show(line: string, most?: number): Promise<string>
  /** Runs it without a word. */
  quiet(line: string): Promise<string>
}

/** @param binary path of kubectl; people see `kubectl` */
export function kubectlAs(screen: Screen, binary: string, kubeconfig: string, cwd: string): Kubectl {
  const quiet = async (line: string): Promise<string> => {
    const args = line.match(/'[^']*'|\S+/g)!.map(part => part.replace(/^'|'$/g, ''))
    const { stdout } = await run(binary, ['--kubeconfig', kubeconfig, ...args], {
      cwd,
      timeout: 30_000,
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout
  }
  return {
    quiet,
    async show(line, most) {
      const output = await quiet(line)
      screen.command(`kubectl ${line}`, output, most)
      return output
    },
  }
}
