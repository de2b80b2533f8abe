import type { Command } from '../cli/command.ts'
import { UsageError, type Values } from '../cli/invocation.ts'
import { targetOf } from '../cli/target.ts'
import type { Connection } from '../connection/connection.ts'
import type { Target } from '../connection/target.ts'
import { NODE_STATES } from '../../operator/rollout/report/node.ts'
import { type Candidate, type Line, readLine } from './words.ts'

export type CompletionParts = {
  readonly words: readonly string[]
  readonly commands: readonly Command[]
  readonly env: { readonly [name: string]: string | undefined }
  readonly connect: (target: Target) => Promise<Connection>
  readonly contexts: (target: Target) => Promise<readonly string[]>
  readonly signal: AbortSignal
}

/** What shells do with the answer, in cobra's numbers: kubectl reads them too (kubectl_complete-NAME). */
const DIRECTIVE = { files: 0, noFiles: 4, noSpace: 6 } as const

/** A person waits with a finger on the key. */
const PATIENCE = 2_000

/**
 * Candidates for the last word, one a line with a tab before what it is, and a line `:N` that says what else the shell
 * may offer. Where the cluster does not answer in two seconds, there are none.
 */
export async function complete(parts: CompletionParts): Promise<string> {
  const { slot, typed, given } = readLine(parts.words, parts.commands)
  switch (slot.kind) {
    case 'nothing':
      return answer([], typed, DIRECTIVE.noFiles)
    case 'words': {
      const open = slot.candidates.some(({ word }) => word.endsWith('jsonpath=') && word.startsWith(typed))
      return answer(slot.candidates, typed, open ? DIRECTIVE.noSpace : DIRECTIVE.noFiles)
    }
    case 'live': {
      if (slot.what === 'file') return answer([], typed, DIRECTIVE.files)
      const names = await liveNames(slot.what, given, parts).catch(() => [])
      const candidates = names.map(({ word, says }) => ({ word: `${slot.before}${word}`, says }))
      return answer(candidates, typed, DIRECTIVE.noFiles)
    }
  }
}

function answer(candidates: readonly Candidate[], typed: string, directive: number): string {
  const lines = candidates
    .filter(({ word }) => word.startsWith(typed))
    .map(({ word, says }) => (says === '' ? `${word}\n` : `${word}\t${says}\n`))
  return `${lines.join('')}:${directive}\n`
}

async function liveNames(
  what: 'plan' | 'stage' | 'gate' | 'node-state' | 'context',
  given: Line['given'],
  { env, connect, contexts, signal }: CompletionParts,
): Promise<readonly Candidate[]> {
  if (what === 'node-state') return NODE_STATES.map(word => ({ word, says: '' }))
  const target = targetOf(valuesOf(given), env)
  if (what === 'context') return (await contexts(target)).map(word => ({ word, says: '' }))
  const soon = { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]) }
  const connection = await connect(target)
  try {
    const { orchestrator } = connection
    if (what === 'plan') {
      const { plans } = await orchestrator.list({}, soon)
      return plans.map(({ plan_id, phase }) => ({ word: plan_id, says: phase }))
    }
    const plan = given.get('plan-id')?.at(-1)
    if (plan === undefined) return []
    const { stages } = await orchestrator.get(plan, soon)
    if (what === 'stage') return stages.map(({ stage_id, phase }) => ({ word: stage_id, says: phase }))
    const stage = given.get('stage-id')?.at(-1)
    return stages
      .filter(({ stage_id }) => stage === undefined || stage_id === stage)
      .flatMap(({ gates }) => gates.map(({ name, state }) => ({ word: name, says: state })))
  } finally {
    connection.close()
  }
}

function valuesOf(given: Line['given']): Values {
  const all = (name: string) => given.get(name) ?? []
  return {
    all,
    has: name => given.has(name),
    get: name => all(name).at(-1),
    need: name => {
      throw new UsageError(`--${name} is missing`)
    },
  }
}
