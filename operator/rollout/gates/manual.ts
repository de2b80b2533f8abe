import type { GateAnswer, GateContext } from './answer.ts'

/** Passes when `approvals` different operators have approved. */
export function manual(approvals: number, { stage }: GateContext): GateAnswer {
  const operators = new Set((stage.approvals ?? []).map(approval => approval.operator))
  const given = operators.size > 0 ? ` (${[...operators].join(', ')})` : ''
  const detail = `${operators.size} of ${approvals} approvals${given}`
  return operators.size >= approvals ? { state: 'passed', detail } : { state: 'unknown', detail }
}
