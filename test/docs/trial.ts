import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { isShown, masked } from './output.ts'
import type { Shell } from './shell.ts'
import type { Step } from './step.ts'

/** Where the steps of a page are tried. */
export type Place = {
  readonly shell: Shell
  /** The working folder of the shell: files that the page shows are saved here. */
  readonly folder: string
  /** Each is given the folder. */
  readonly scenes: { readonly [name: string]: (folder: string) => Promise<void> }
  /** Makes the page's words those of this place: ports, another name of a program. */
  readonly as?: (text: string) => string
}

/**
 * Does what the page says, step by step, and holds what is printed against what the page shows.
 *
 * A command must succeed; one that fails must be shown to fail, with the words that it fails with.
 */
export async function tryPage(page: string, steps: readonly Step[], place: Place): Promise<void> {
  for (const step of steps) await tryStep(`${page}, line ${step.line}`, step, place)
}

async function tryStep(at: string, step: Step, { shell, folder, scenes, as = same }: Place): Promise<void> {
  if (step.kind === 'scene') {
    const scene = scenes[step.name]
    if (scene === undefined) expect.fail(`${at}: there is no scene "${step.name}"`)
    return await scene(folder)
  }
  if (step.kind === 'command') {
    const { code, printed } = await shell.run(as(runnable(step.command)))
    const shown = step.output === undefined ? undefined : as(step.output)
    if (shown !== undefined && !isShown(printed, shown)) expect(masked(printed), at).to.equal(masked(shown))
    if (code !== 0 && !shown) expect.fail(`${at}: ${step.command}\nended with ${code}: ${printed}`)
    return
  }
  const file = step.file ?? `${step.kind}-${step.line}.yaml`
  await writeFile(join(folder, file), step.text)
  const { code, printed } = await shell.run(ACCEPTED[step.kind](file))
  expect(code, `${at}: ${printed}`).to.equal(0)
}

const same = (text: string): string => text

const ACCEPTED = {
  manifest: (file: string) => `kubectl apply --dry-run=server --validate=strict -f ${file}`,
  values: (file: string) => `helm template autonomy-rollouts charts/autonomy-rollouts -f ${file} > /dev/null`,
}

/** What a shell runs: `watch` and `--watch` would never end, so they look once. */
function runnable(command: string): string {
  return (/^watch -n \d+ '(.*)'$/s.exec(command)?.[1] ?? command).replaceAll(/(?<=^kubectl .*) --watch$/gm, '')
}
