import type { Orchestrator } from '../../orchestrator/orchestrator.ts'
import { isOrchestratorError } from '../../orchestrator/trouble.ts'
import type { Outcome } from '../state/dialog.ts'
import type { Request } from '../state/request.ts'

/**
 * Asks the orchestrator once and tells what became of it. Never rejects; nothing is sent a second time, because a
 * request without an answer may have taken effect.
 */
export async function send(
  orchestrator: Orchestrator,
  request: Request,
  explain: (error: unknown) => string,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    return { kind: 'done', sentence: await ask(orchestrator, request, signal) }
  } catch (error) {
    return { kind: isSettled(error) ? 'refused' : 'unknown', sentence: explain(error) }
  }
}

async function ask(orchestrator: Orchestrator, request: Request, signal: AbortSignal): Promise<string> {
  const { plan, reason } = request
  if (request.deed === 'approve') {
    const { message } = await orchestrator.approve(plan, request.stage, request.gate, { reason }, { signal })
    return message
  }
  if (request.deed === 'skip_gate') {
    const { gate, stage } = request
    const asked = { strategy: 'skip_failed', gate, reason, stage_id: stage } as const
    const { recovery } = await orchestrator.recover(plan, asked, { signal })
    return `Gate ${gate} of stage ${stage} of plan ${plan} is passed; the others still hold. Recorded as ${recovery}.`
  }
  const body = { reason, ...(request.stage === undefined ? {} : { stage_id: request.stage }) }
  const { deed } = request
  const answer =
    deed === 'halt' || deed === 'pause' || deed === 'resume'
      ? await orchestrator.act(deed, plan, body, { signal })
      : await orchestrator.recover(plan, { strategy: deed, ...body }, { signal })
  const { previous_phase, new_phase, skipped_stage_id, next_stage_id, recovery } = answer
  const phases = previous_phase === new_phase ? `is ${new_phase}` : `went from ${previous_phase} to ${new_phase}`
  const skipped = skipped_stage_id === undefined ? '' : `; stage ${skipped_stage_id} is skipped`
  const next = next_stage_id === undefined ? '' : `, stage ${next_stage_id} is open`
  return `Plan ${plan} ${phases.replace('_', ' ')}${skipped}${next}. Recorded as ${recovery}.`
}

/** Whether it is known that nothing was done. */
function isSettled(error: unknown): boolean {
  if (!isOrchestratorError(error)) return false
  const { trouble } = error
  switch (trouble.kind) {
    case 'refused':
      return trouble.status < 500
    case 'denied':
    case 'tls':
    case 'credentials':
      return true
    case 'unreachable':
      return trouble.code === 'connection_refused' || trouble.code === 'dns' || trouble.code === 'proxy'
    case 'timeout':
    case 'not_orchestrator':
    case 'no_backend':
      return false
  }
}
