import type { WireRecovery } from '../world.ts'
import { type Rule, planChange } from './rule.ts'

export const RECOVERY_RULES: readonly Rule[] = [
  {
    name: 'each recovery takes effect once',
    flaws: planChange((before, after, { applied }) => {
      const [was, is] = [before.status.lastRecovery, after.status.lastRecovery]
      if (is === undefined) return was === undefined ? [] : ['the record of the last recovery has vanished']
      return was?.uid !== is.uid && applied.has(is.uid) ? [`${is.name} was applied again`] : []
    }),
  },
  {
    name: 'what takes effect is what was asked for',
    flaws: planChange((before, after, { after: { recoveries } }) => {
      const is = after.status.lastRecovery
      if (is === undefined || is.uid === before.status.lastRecovery?.uid) return []
      const recovery = recoveries.find(({ metadata }) => metadata.uid === is.uid)
      if (recovery === undefined) return [`nobody has asked for ${is.name}`]
      return [
        ...(recovery.spec.strategy === is.strategy ? [] : [`${is.name} asks for ${recovery.spec.strategy}`]),
        ...(is.previousPhase === before.status.phase ? [] : [`the plan was ${before.status.phase}`]),
        ...(is.newPhase === after.status.phase ? [] : [`the plan became ${after.status.phase}`]),
        ...(recovery.status.phase === 'Pending' ? [] : [`${is.name} was ${recovery.status.phase} before`]),
      ]
    }),
  },
  {
    name: 'skip_failed hits the stage that was current, and no other',
    flaws: planChange((before, after, { after: { recoveries } }) => {
      const { lastRecovery, stages = [] } = after.status
      const skipped = stages
        .filter(({ id, skipped }) => skipped && !before.status.stages?.find(stage => stage.id === id)?.skipped)
        .map(({ id }) => id)
      const isNew = lastRecovery !== undefined && lastRecovery.uid !== before.status.lastRecovery?.uid
      const recovery = recoveries.find(({ metadata }) => metadata.uid === lastRecovery?.uid)
      const asked = isNew && recovery?.spec.strategy === 'skip_failed' && recovery.spec.gate === undefined
      const wanted = asked ? [before.status.currentStageId] : []
      const named = asked && recovery.spec.stageId !== undefined ? recovery.spec.stageId : wanted[0]
      return skipped.length === wanted.length && skipped[0] === wanted[0] && wanted[0] === named
        ? []
        : [`skipped [${skipped.join()}], current was ${before.status.currentStageId}, asked for: ${named ?? 'nothing'}`]
    }),
  },
  {
    name: 'a recovery is judged once, after it has taken effect',
    flaws: ({ version, before, after, applied }) => {
      if (version.kind !== 'recovery' || version.deleted) return []
      const { metadata, status, spec } = version.object as WireRecovery
      if (spec.planName !== after.plan?.metadata.name) return []
      const old = before.recoveries.find(recovery => recovery.metadata.uid === metadata.uid)?.status.phase ?? 'Pending'
      if (old !== 'Pending' && status.phase !== old) return [`${metadata.name}: ${old} became ${status.phase}`]
      const effective = applied.has(metadata.uid) || after.plan.status.lastRecovery?.uid === metadata.uid
      if (status.phase === 'Succeeded' && !effective) return [`${metadata.name} succeeded without effect`]
      return status.phase === 'Rejected' && effective ? [`${metadata.name} was rejected, and has taken effect`] : []
    },
  },
]
