import type { Mutant } from './mutant.ts'

/** Several writes belong together, and one of them is believed to have happened. */
export const ORDER: readonly Mutant[] = [
  {
    name: 'told-before-released',
    story:
      'Nodes are told first and the released mark is written afterwards, so a crash leaves nodes that nobody counts.',
    seen: "Sieve's intermediate states: what is counted is written after what is done",
    patches: [
      {
        file: 'operator/rollout/batch.ts',
        find: '    mark = Math.max(mark, member.index + 1)\n',
        put: '    mark = Math.max(mark, member.index + 1)\n    ;(activate as MemberNode[]).push(member)\n',
      },
      {
        file: 'operator/controllers/plan.ts',
        find: "    if (change === 'course' && (!decision.freeze || refusal?.words !== undefined)) {\n",
        put: "    if (change === 'course' && (!decision.freeze || refusal?.words !== undefined)) {\n      await makePatches(patchesOf(plan, decision, observation.nodes, clock.now()), client, nodes, () => false, signal)\n",
      },
    ],
  },
  {
    name: 'members-named-before-stored',
    story: 'The status says which members a stage has before they are stored; a crash in between loses them for good.',
    seen: 'Sieve: a guard that assumes that all later writes happened (cassandra-operator, rabbitmq-operator)',
    patches: [
      {
        file: 'operator/rollout/opening.ts',
        find: '  if (!isKept) return { ...same, situation: choosing(opened.id), freeze: { stage: opened.id, frozen: chosen } }\n',
        put: '  const late = isKept ? {} : { freeze: { stage: opened.id, frozen: chosen } }\n',
      },
      {
        file: 'operator/rollout/opening.ts',
        find: '  return withTurns({ ...draft, stages: replaced(draft.stages, known.status), situation }, [firstTurn(known)])\n',
        put: '  return withTurns({ ...draft, ...late, stages: replaced(draft.stages, known.status), situation }, [firstTurn(known)])\n',
      },
      {
        file: 'operator/controllers/plan.ts',
        find: '      const outcome = await lists.keep(key, plan, decision.freeze, interrupted, signal)\n',
        put: '      await writeStatus(plan, decision, signal)\n      const outcome = await lists.keep(key, plan, decision.freeze, interrupted, signal)\n',
      },
    ],
  },
  {
    name: 'stored-because-asked-for',
    first: { campaign: 'fault-matrix', runs: 'revision/forbidden/' },
    story:
      'That the members of a stage were sent is remembered before they are stored, and one refusal is the end of it.',
    seen: 'Sieve, Acto: in-memory guards set ahead of the write that they stand for',
    patches: [
      {
        file: 'operator/controllers/member-lists.ts',
        find: "    if (again && clock.monotonic() - before.at < PATIENCE) return 'coming'\n",
        put: "    if (again) return 'coming'\n    written.set(key, { list, at: clock.monotonic() })\n",
      },
    ],
  },
  {
    name: 'verdict-in-one-go',
    first: { campaign: 'crash-points', runs: 'skipped-middle/' },
    story:
      'A recovery is judged right after it was applied and never otherwise, so a crash in between leaves it pending.',
    seen: 'Sieve: the second of two writes is only ever made by the process that made the first',
    patches: [
      {
        file: 'operator/controllers/recovery.ts',
        find: '        await writeStatus(plan, outcome.decision, signal)\n        return true\n',
        put: '        await writeStatus(plan, outcome.decision, signal)\n        await write(recovery, succeeded(recovery, outcome.result, plan, clock.now()), signal)\n        return true\n',
      },
      {
        file: 'operator/controllers/recovery.ts',
        find: '      if (await settleLast(plan, signal, false)) return true\n',
        put: '',
      },
      {
        file: 'operator/controllers/recovery.ts',
        find: '      if (await settleLast(plan, signal, true)) return true\n',
        put: '',
      },
    ],
  },
  {
    name: 'next-before-closed',
    story: 'The next stage is opened in one write and the stage before it is to be closed in another.',
    seen: 'KubeVirt, rook: two phases open at once, between two status writes',
    patches: [
      {
        file: 'operator/rollout/promoter.ts',
        find: "    const closed = replaced(stages, { ...stage, phase: 'promoted', closedAt: at })\n",
        put: '    const closed = replaced(stages, stage)\n',
      },
    ],
  },
  {
    name: 'told-before-committed',
    story:
      'The audit trail tells of a transition before it is written, so a write that is refused is told all the same.',
    seen: 'field reports: Events and audit lines of transitions that never happened, or twice of one that did',
    patches: [
      {
        file: 'operator/controllers/plan.ts',
        find: '    untold.sent(key, status, records)\n',
        put: '    record(records)\n',
      },
      {
        file: 'operator/controllers/plan.ts',
        find: '    untold.answered(key)\n    record(records)\n',
        put: '    untold.answered(key)\n',
      },
    ],
  },
  {
    name: 'withdrawn-after-the-list',
    story:
      'A list that cannot be kept holds up everything, the nodes of a stopped stage that wait for what they had among the rest.',
    seen: 'this operator, before it was found in a review: one reconcile, several writes, and the first that is refused ends it',
    patches: [
      {
        file: 'operator/controllers/plan.ts',
        find: '    const patches = patchesOf(plan, decision, observation.nodes, clock.now())\n',
        put: '    const patches = decision.freeze ? [] : patchesOf(plan, decision, observation.nodes, clock.now())\n',
      },
    ],
  },
  {
    name: 'untold-without-an-answer',
    first: { campaign: 'fault-matrix', runs: 'plan-status/timeout-when-committed/' },
    story: 'A transition whose write was made, and whose answer was lost, is in no audit trail.',
    seen: 'this operator, before it was found in a review; every controller that tells after the call returns',
    patches: [
      {
        file: 'operator/controllers/plan.ts',
        find: '    const records = untold.seen(key, plan.status)\n    if (records) recordFound(records)\n',
        put: '    untold.seen(key, plan.status)\n',
      },
    ],
  },
]
