import type { RolloutBody } from '../../operator/rest/schema/bodies.ts'
import { currentStage, ENDED, whyOf } from './phase.ts'

/** Something a person can do now: in which case, and the command without the program's name. */
export type Advice = { readonly when: string; readonly words: readonly string[]; readonly command: string }

type Offer = { readonly when: string; readonly words: readonly string[] }

/**
 * What can be done about a plan, by the runbook's decision tree: harmful → rollback; the cause has gone → retry; it does
 * not matter → skip_failed. Nothing when the plan goes on by itself.
 *
 * @param commandOf writes words as a command that can be typed
 */
export function adviceFor(plan: RolloutBody, commandOf: (words: readonly string[]) => string): readonly Advice[] {
  return offersFor(plan).map(offer => ({ ...offer, command: commandOf(offer.words) }))
}

function offersFor(plan: RolloutBody): readonly Offer[] {
  const { plan_id: id, phase } = plan
  if (ENDED.has(phase)) return []
  const stage = currentStage(plan)
  const why = whyOf(plan)?.reason ?? ''
  const recover = (strategy: string) => [
    'rollout',
    'recover',
    id,
    '--strategy',
    strategy,
    ...(stage === undefined ? [] : ['--stage-id', stage.stage_id]),
    '--reason',
    '…',
  ]
  const rollback: Offer = {
    when: 'The release is harmful: stop for good; activated nodes keep it, nodes in flight get back what they had.',
    words: recover('rollback'),
  }
  const retry: Offer = {
    when: 'The cause has gone, or goes by itself: try failed nodes again and evaluate everything anew.',
    words: recover('retry'),
  }
  const skip: Offer = {
    when: 'The stage does not matter, and the release was checked by other means: promote it past its gates, for good.',
    words: recover('skip_failed'),
  }
  const gates = (stage?.gates ?? []).filter(({ passed, dry_run: dry, kind }) => !passed && !dry && kind !== 'manual')
  const one: readonly Offer[] = gates.map(({ name }) => ({
    when: `Gate ${name} does not matter, or cannot be read: go on without it, and wait for the others.`,
    words: [...recover('skip_failed').slice(0, 5), '--gate', name, ...recover('skip_failed').slice(5)],
  }))
  const approve: Offer = {
    when: 'You have checked the stage: approve its manual gate.',
    words: ['rollout', 'gate', 'approve', id, '--stage-id', stage?.stage_id ?? '…', '--reason', '…'],
  }
  const resume: Offer = { when: 'It may go on.', words: ['rollout', 'resume', id, '--reason', '…'] }
  switch (why) {
    case 'Paused':
      return [resume, rollback]
    case 'StageHalted':
      return [
        { ...retry, when: 'It may go on, with the stage after this one.', words: withoutStage(recover('retry')) },
        rollback,
      ]
    case 'AwaitingApproval':
      return [approve, rollback]
    case 'GateFailed':
      return [rollback, retry, ...(gates.some(({ evidence }) => evidence) ? one : []), skip]
    case 'TooManyFailures':
    case 'NodesUnreachable':
    case 'NoneActivated':
      return [rollback, retry, skip]
    case 'NoNodes':
      return [{ ...skip, when: 'No node belongs to this stage: label some for it, or promote it as it is.' }, rollback]
    default:
      return plan.conditions.some(({ type, status }) => type === 'Stuck' && status === 'True')
        ? [rollback, retry, skip]
        : []
  }
}

/** A halted stage is not the one that goes on. */
function withoutStage(words: readonly string[]): readonly string[] {
  const at = words.indexOf('--stage-id')
  return at < 0 ? words : words.filter((_, index) => index !== at && index !== at + 1)
}
