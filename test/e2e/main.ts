import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { startSupervisor, type Supervisor } from '../cluster/supervisor.ts'
import { NODE_TOOL_NAMES, TOOL_NAMES } from '../cluster/tool-catalogue.ts'
import { resolveTools } from '../cluster/tools.ts'
import { CHAPTERS, SHORT, chaptersNamed } from './chapter.ts'
import { describe } from './error.ts'
import { machineCommand } from './machine/machine.ts'
import { whatIsMissing } from './machine/requirement.ts'
import { prepare } from './provision.ts'

const USAGE = `Installs the product on a whole cluster on this machine, uses it, and checks what it claims.

  npm run e2e [-- --keep] [--skip-if-impossible] [all | CHAPTER…]

  --keep                 leaves the cluster running to play with, until ctrl-c
  --skip-if-impossible   a machine that cannot run a cluster is no failure
  all                    every chapter; without it, ${SHORT.map(({ name }) => name).join(', ')}
  CHAPTER                only these: ${CHAPTERS.map(({ name }) => name).join(', ')}

It needs Linux and root. What runs, runs in namespaces of its own without any link to the network, and is gone afterwards.
`

type Arguments = { readonly keep: boolean; readonly skip: boolean; readonly chapters: readonly string[] }

function parse(args: readonly string[]): Arguments | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { keep: { type: 'boolean' }, 'skip-if-impossible': { type: 'boolean' }, help: { type: 'boolean' } },
  })
  if (values.help === true) return 'help'
  const chapters = chaptersNamed(positionals).map(({ name }) => name)
  return { keep: values.keep === true, skip: values['skip-if-impossible'] === true, chapters }
}

async function run({ keep, skip, chapters }: Arguments, signal: AbortSignal): Promise<number> {
  const lacks = await whatIsMissing(say, signal)
  if (lacks.length > 0) {
    complain(`a cluster cannot run on this machine:\n${lacks.map(lack => `  ${lack}`).join('\n')}`)
    complain(skip ? 'skipped, as was asked for' : 'with --skip-if-impossible this is no failure')
    return skip ? 0 : 1
  }
  const tools = await resolveTools([...TOOL_NAMES, ...NODE_TOOL_NAMES], { signal })
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'autonomy-e2e-')))
  const cgroup = basename(folder)
  let supervisor: Supervisor | undefined
  try {
    const provisions = await prepare(folder, say)
    const file = join(folder, 'run.json')
    await writeFile(file, JSON.stringify({ folder, cgroup, tools, keep, chapters, provisions }))
    supervisor = await startSupervisor(folder, { output: 'inherit', cgroup })
    const [command = '', ...args] = machineCommand(folder, [
      process.execPath,
      join(import.meta.dirname, 'play.ts'),
      file,
    ])
    const machine = await supervisor.start({ name: 'the machine', command, args })
    if (keep) say(`a shell in the cluster's network, as root: nsenter --target ${machine.pid} --net bash`)
    signal.addEventListener('abort', () => void supervisor?.close(), { once: true })
    const { code } = await machine.exited
    signal.throwIfAborted()
    return code ?? 1
  } finally {
    if (supervisor === undefined) await rm(folder, { recursive: true, force: true })
    else await supervisor.close()
  }
}

async function main(): Promise<number> {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => stop.abort(new Error(`received ${name}`)))
  try {
    const given = parse(process.argv.slice(2))
    if (given === 'help') {
      say(USAGE)
      return 0
    }
    return await run(given, stop.signal)
  } catch (error) {
    if (stop.signal.aborted) return 130
    complain(`error: ${describe(error)}`)
    return 1
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`)
}

process.exitCode = await main()
