import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import type { Door } from './door.ts'
import { type Cast, startAgents, stickPlan } from './scene.ts'
import { cutAs, masked, readSteps, runnable } from './script.ts'

const PAGE = join(import.meta.dirname, '../../../docs/runbook.md')

/** The steps of docs/runbook.md, in its order. */
export const STEPS = readSteps(readFileSync(PAGE, 'utf8'))

const run = promisify(execFile)

async function shell(command: string, path: string, { url, home, kubeconfig }: Door): Promise<string> {
  const env = {
    PATH: path,
    AUTONOMY_ORCHESTRATOR_URL: url,
    CURL_HOME: home,
    HOME: home,
    ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }),
  }
  const { stdout } = await run('bash', ['-o', 'pipefail', '-c', runnable(command)], { env, timeout: 60_000 })
  return stdout
}

/**
 * Does what the runbook says, through one door, and expects what it says is printed. Answers how many commands that were.
 *
 * @param path where `autonomy` and `kubectl` are
 * @param as   the text under the program's other name
 */
export async function walk(cast: Cast, door: Door, path: string, as: (text: string) => string): Promise<number> {
  const agents = startAgents(cast)
  let commands = 0
  try {
    for (const step of STEPS) {
      if (step.kind === 'stuck-plan') await stickPlan(cast)
      else {
        const wanted = masked(as(step.output))
        const printed = cutAs(masked(await shell(as(step.command), path, door)), wanted)
        expect(printed, `docs/runbook.md, line ${step.line}`).to.equal(wanted)
        commands += 1
      }
    }
  } finally {
    await agents.stop()
  }
  return commands
}
