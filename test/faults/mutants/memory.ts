import type { Mutant } from './mutant.ts'

/** Progress is kept where a crash, or another replica, does not find it. */
export const MEMORY: readonly Mutant[] = [
  {
    name: 'withdrawal-in-memory',
    first: { campaign: 'crash-points', runs: 'rolled-back/' },
    story: 'Only the process that stopped a plan gives its nodes in flight back what they had.',
    seen: 'Anvil: progress kept in memory, lost on a crash, is the dominant failure of liveness',
    patches: [
      {
        file: 'operator/controllers/plan.ts',
        find: '    untold.answered(key)\n    record(records)\n',
        put: "    untold.answered(key)\n    record(records)\n    if (transitions.some(({ event }) => ['PlanRolledBack', 'PlanCancelled', 'StageHalted'].includes(event))) troubles.set(`stopped ${plan.metadata.uid}`, { words: '', at: 0 })\n",
      },
      {
        file: 'operator/controllers/plan.ts',
        find: '    const patches = patchesOf(plan, decision, observation.nodes, clock.now())\n',
        put: '    const mine = troubles.has(`stopped ${plan.metadata.uid}`)\n    const patches = patchesOf(plan, mine ? decision : { ...decision, withdraw: [] }, observation.nodes, clock.now())\n',
      },
    ],
  },
  {
    name: 'applied-in-memory',
    first: { campaign: 'crash-points', runs: 'recovered/' },
    story:
      'Which recoveries have taken effect is remembered by the process, and a new one applies the last of them again.',
    seen: 'Sieve: a non-idempotent act repeated after a crash',
    patches: [
      {
        file: 'operator/controllers/recovery.ts',
        find: '      .filter(({ metadata }) => metadata.uid !== plan.status.lastRecovery?.uid)\n',
        put: '      .filter(({ metadata }) => !appliedHere.has(metadata.uid))\n',
      },
      {
        file: 'operator/controllers/recovery.ts',
        find: '  const { plans, recoveries } = caches\n',
        put: '  const { plans, recoveries } = caches\n  const appliedHere = new Set<string>()\n',
      },
      {
        file: 'operator/controllers/recovery.ts',
        find: '        await writeStatus(plan, outcome.decision, signal)\n        return true\n',
        put: '        await writeStatus(plan, outcome.decision, signal)\n        appliedHere.add(uid)\n        return true\n',
      },
      {
        file: 'operator/controllers/recovery.ts',
        find: '    if (!last) return false\n',
        put: '    if (!last || !appliedHere.has(last.uid)) return false\n',
      },
    ],
  },
  {
    name: 'approvals-in-memory',
    first: { campaign: 'crash-points', runs: 'cancelled-before/' },
    story: 'Who has approved is read from what the process has seen, not from the status that keeps it.',
    seen: 'Anvil: a program counter in memory stands for what the objects should say',
    patches: [
      {
        file: 'operator/rollout/gates/manual.ts',
        find: '  const operators = new Set((stage.approvals ?? []).map(approval => approval.operator))\n',
        put: '  const operators = new Set((stage.approvals ?? []).filter(({ recovery }) => given.has(recovery)).map(approval => approval.operator))\n',
      },
      {
        file: 'operator/rollout/gates/manual.ts',
        find: "  const given = operators.size > 0 ? ` (${[...operators].join(', ')})` : ''\n",
        put: '',
      },
      {
        file: 'operator/rollout/gates/manual.ts',
        find: '  const detail = `${operators.size} of ${approvals} approvals${given}`\n',
        put: '  const detail = `${operators.size} of ${approvals} approvals`\n',
      },
      {
        file: 'operator/rollout/gates/manual.ts',
        find: '/** Passes when',
        put: 'export const given = new Set<string>()\n\n/** Passes when',
      },
      {
        file: 'operator/rollout/gate-recovery.ts',
        find: '  const approval = { operator, approvedAt: timestamp(now), recovery: metadata.name }\n',
        put: '  const approval = { operator, approvedAt: timestamp(now), recovery: metadata.name }\n  given.add(metadata.name)\n',
      },
      {
        file: 'operator/rollout/gate-recovery.ts',
        find: "import { gateName, skipperOf } from './gates/gate.ts'\n",
        put: "import { gateName, skipperOf } from './gates/gate.ts'\nimport { given } from './gates/manual.ts'\n",
      },
    ],
  },
  {
    name: 'counters-incremented',
    story: 'The count of activated nodes is increased by those that confirm, and never counted again.',
    seen: 'section 4 of every post-mortem on status fields: counters drift, levels do not (Kubernetes API conventions)',
    patches: [
      {
        file: 'operator/rollout/survey.ts',
        find: '  return { ...status, counts: tally(members), confirmed: writeBitmap(confirmed) }\n',
        put: '  const { has } = readBitmap(status.confirmed)\n  const fresh = confirmed.filter(index => !has(index)).length\n  return { ...status, counts: { ...tally(members), activated: (status.counts?.activated ?? 0) + fresh }, confirmed: writeBitmap(confirmed) }\n',
      },
      {
        file: 'operator/rollout/survey.ts',
        find: "import { writeBitmap } from './bitmap.ts'\n",
        put: "import { readBitmap, writeBitmap } from './bitmap.ts'\n",
      },
    ],
  },
  {
    name: 'asked-for-once',
    story:
      'A recovery is judged when the watch tells that it was created; one that was created while nobody watched never is.',
    seen: 'Sieve: edge-triggered logic that has to see each event; 7 of its 46 bugs',
    patches: [
      {
        file: 'operator/controllers/trigger.ts',
        find: "    if (kind !== 'deleted' && object.status.phase === 'Pending') controller.enqueue(planKeyOf(object))\n",
        put: "    if (kind !== 'deleted' && object.status.phase === 'Pending') asked.add(object.metadata.uid)\n    if (kind !== 'deleted' && object.status.phase === 'Pending') controller.enqueue(planKeyOf(object))\n",
      },
      {
        file: 'operator/controllers/trigger.ts',
        find: '/** Changes of plans',
        put: 'export const asked = new Set<string>()\n\n/** Changes of plans',
      },
      {
        file: 'operator/controllers/recovery.ts',
        find: '      .filter(({ metadata }) => metadata.uid !== plan.status.lastRecovery?.uid)\n',
        put: '      .filter(({ metadata }) => metadata.uid !== plan.status.lastRecovery?.uid && asked.has(metadata.uid))\n',
      },
      {
        file: 'operator/controllers/recovery.ts',
        find: "import { type Records, recordsOfVerdict } from './record.ts'\n",
        put: "import { type Records, recordsOfVerdict } from './record.ts'\nimport { asked } from './trigger.ts'\n",
      },
    ],
  },
]
