import type { Clock } from '../operator/runtime/clock.ts'
import { RELEASE } from '../operator/release.ts'
import { commandLine, quoted } from './cli/command-line.ts'
import type { Command } from './cli/command.ts'
import { helpFor } from './cli/help.ts'
import { type Invocation, UsageError } from './cli/invocation.ts'
import { nearest } from './cli/nearest.ts'
import { parse } from './cli/parse.ts'
import { COMMANDS } from './cli/table.ts'
import { targetOf } from './cli/target.ts'
import { type Connection, connect } from './connection/connection.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { complaintJson, complaintOf, complaintText } from './failure/complaint.ts'
import type { Situation } from './failure/situation.ts'
import { isOrchestratorError } from './orchestrator/trouble.ts'
import type { Session } from './session.ts'

/** The process, as the program sees it. */
export type World = Pick<
  Session,
  'program' | 'env' | 'screen' | 'print' | 'say' | 'attended' | 'ask' | 'read' | 'streams' | 'signal'
> & {
  readonly args: readonly string[]
  readonly clock: Clock
}

/** A missing plan's neighbours are a courtesy: not worth a longer wait. */
const COURTESY = 3_000

/** Runs one command line to its end. Never rejects: failures are told on standard error. */
export async function runProgram(world: World, commands: readonly Command[] = COMMANDS): Promise<ExitCode> {
  if (world.args[0] === '__complete') return await completeLine(world, commands)
  let invocation: Invocation | undefined
  let connection: Connection | undefined
  try {
    const parsed = parse(world.args, commands)
    if (parsed.kind === 'help') {
      world.print(helpFor(parsed.path, commands, world.program, world.screen))
      return EXIT.completed
    }
    const { values } = (invocation = parsed.invocation)
    const session: Session = {
      ...world,
      explain: error => complaintOf(error, situationOf(world, invocation, connection, [])).why,
      connect: async () =>
        (connection ??= await connect(targetOf(values, world.env), `kubectl-autonomy/${RELEASE}`, world.clock)),
    }
    return await invocation.command.run(invocation, session)
  } catch (error) {
    if (world.signal.aborted) return EXIT.interrupted
    const plan = invocation?.values.get('plan-id')
    const near = await namesNear(plan, connection, error, world)
    const situation = situationOf(world, invocation, connection, near, error)
    const complaint = complaintOf(error, situation)
    world.say(wantsJson(world.args) ? complaintJson(complaint) : complaintText(complaint, situation))
    return complaint.exit
  } finally {
    connection?.close()
  }
}

/** `__complete WORD…`, which completion scripts and kubectl call. */
async function completeLine(
  { args, env, clock, print, signal }: World,
  commands: readonly Command[],
): Promise<ExitCode> {
  const { complete } = await import('./completion/complete.ts')
  const answer = await complete({
    words: args.slice(1),
    commands,
    env,
    connect: async target => await connect(target, `kubectl-autonomy/${RELEASE}`, clock),
    contexts: async target => (await import('./connection/kubeconfig.ts')).contextNames(target),
    signal,
  })
  print(answer)
  return EXIT.completed
}

function situationOf(
  world: World,
  invocation: Invocation | undefined,
  connection: Connection | undefined,
  near: readonly string[],
  error?: unknown,
): Situation {
  const { program } = world
  const values = invocation?.values
  const plan = values?.get('plan-id')
  const path = invocation?.command.path ?? (error instanceof UsageError ? error.path : [])
  const kubectl = ['kubeconfig', 'context', 'as', 'as-group'].flatMap(name =>
    (values?.all(name) ?? []).flatMap(value => [`--${name}`, value]),
  )
  return {
    program,
    doing: [...path, ...(plan === undefined ? [] : [plan])].join(' '),
    plan,
    stage: values?.get('stage-id'),
    namespace: connection?.namespace,
    file: values?.get('filename'),
    command: words => (values === undefined ? [program, ...words].join(' ') : commandLine(program, words, values)),
    kubectl: words => ['kubectl', ...[...words, ...kubectl].map(quoted)].join(' '),
    near,
    release: RELEASE,
  }
}

async function namesNear(
  plan: string | undefined,
  connection: Connection | undefined,
  error: unknown,
  { signal }: World,
): Promise<readonly string[]> {
  if (plan === undefined || connection === undefined) return []
  if (!isOrchestratorError(error) || error.code !== 'plan_not_found') return []
  const soon = AbortSignal.any([signal, AbortSignal.timeout(COURTESY)])
  const { plans } = await connection.orchestrator.list({}, { signal: soon }).catch(() => ({ plans: [] }))
  return nearest(
    plan,
    plans.map(({ plan_id }) => plan_id),
  )
}

/** Asked of the words themselves: a command line that cannot be understood is told in the form that it asks for. */
function wantsJson(args: readonly string[]): boolean {
  return args.some(
    (arg, index) =>
      ['-ojson', '-o=json', '--output=json'].includes(arg) ||
      (arg === 'json' && ['-o', '--output'].includes(args[index - 1] ?? '')),
  )
}
