import type { Mutant } from './mutant.ts'

/** The rules of a rollout, broken one by one. */
export const RULES: readonly Mutant[] = [
  {
    name: 'ended-plan-retried',
    story: 'A retry that comes too late brings a plan back that has ended.',
    seen: 'section 4.1: a terminal phase that does not absorb (Jobs, Argo Workflows, Tekton runs)',
    patches: [
      {
        file: 'operator/rollout/recovery.ts',
        find: '  if (hasEnded(status))\n',
        put: "  if (spec.strategy !== 'retry' && spec.strategy !== 'resume' && hasEnded(status))\n",
      },
      {
        file: 'operator/rollout/retry.ts',
        find: "  if (current.phase === 'halted') return openNext(stages, stages.indexOf(current) + 1, now, [])\n",
        put: '',
      },
    ],
  },
  {
    name: 'halted-stage-resumed',
    story: 'Somebody resumes a plan whose stage was halted for good, and the stage goes on.',
    seen: 'field reports: pause and abort kept in one flag (Argo Rollouts, Spinnaker)',
    patches: [
      {
        file: 'operator/rollout/recovery.ts',
        find: "      if (current?.phase === 'halted')\n        return refuse(\n",
        put: "      if (current?.phase === 'halted')\n        return { ...same, phase: 'active', stages: replaced(stages, { ...current, phase: 'open' }), situation: { kind: 'stepping', message: `resumed${who}` } }\n      if (current === undefined)\n        return refuse(\n",
      },
    ],
  },
  {
    name: 'confirmed-withdrawn',
    story: 'A rollback takes the release from nodes that have confirmed it, too.',
    seen: 'field reports: a stop that undoes what was done, where it was to leave it',
    patches: [
      {
        file: 'operator/rollout/withdrawal.ts',
        find: '  return members.filter(member => member.ours && !confirmed(member.index))\n',
        put: '  void confirmed\n  return members.filter(member => member.ours)\n',
      },
    ],
  },
  {
    name: 'gates-not-asked',
    story: 'A stage whose nodes have settled is promoted whatever its gates say.',
    seen: 'Argo Rollouts: analysis skipped when the step was entered again after a restart',
    patches: [
      {
        file: 'operator/rollout/promoter.ts',
        find: "  if (view.verdict.kind === 'promote') {\n",
        put: "  if (view.verdict.kind === 'promote' || view.verdict.kind === 'gated') {\n",
      },
    ],
  },
  {
    name: 'everybody-retried',
    story: 'A retry tells all nodes of its stage anew, those that had confirmed with them.',
    seen: 'field reports: retry means restart; batches that go through a second time',
    patches: [
      {
        file: 'operator/rollout/retry.ts',
        find: "  return state.kind === 'failed' || (ours",
        put: "  return state.kind === 'activated' || state.kind === 'failed' || (ours",
      },
      {
        file: 'operator/rollout/member.ts',
        find: "  if (confirmation.kind === 'confirmed' && node.ready.ok)\n",
        put: "  if (!again && confirmation.kind === 'confirmed' && node.ready.ok)\n",
      },
    ],
  },
  {
    name: 'old-failure-counts',
    story: 'What an agent reported of the attempt before fails the new one.',
    seen: 'Sieve: a stale condition read as the answer to a new question; observedGeneration not compared',
    patches: [
      {
        file: 'operator/fleet/activation.ts',
        find: '      [own.dismissed]: report ?? null,\n',
        put: '      [own.dismissed]: report === undefined ? null : null,\n',
      },
    ],
  },
  {
    name: 'previous-overwritten',
    story:
      'A node that is told again forgets what it had before, and a rollback gives it back the release that failed.',
    seen: 'field reports: last-known-good overwritten by the retry (kubectl rollout undo to the broken revision)',
    patches: [
      {
        file: 'operator/fleet/activation.ts',
        find: '  const previous = repeated && kept !== undefined ? kept : JSON.stringify(previousOf(node, plan))\n',
        put: '  void [repeated, kept]\n  const previous = JSON.stringify(previousOf(node, plan))\n',
      },
    ],
  },
  {
    name: 'two-plans-at-once',
    story: 'A plan starts although another one moves some of the same nodes.',
    seen: 'NodeWright, Cluster API: two owners of one node, each sure of being the only one',
    patches: [
      {
        file: 'operator/rollout/rival.ts',
        find: '  return before.find(rival => mine.some(node => matches(rival.spec.fleet.selector, node.metadata.labels)))\n',
        put: '  return before.find(rival => mine.some(node => matches(rival.spec.fleet.selector, node.metadata.labels)) && mine.length === 0)\n',
      },
    ],
  },
  {
    name: 'in-flight-forgotten',
    story: 'A batch is as large as is allowed each time one is begun, whatever is in flight from the one before.',
    seen: 'NodeWright: batches over their ceiling; maxUnavailable counted per pass (section 4.1: batch counted from a stale cache)',
    patches: [
      {
        file: 'operator/rollout/batch.ts',
        find: '  let free = size - activating - told.filter(takesTurn).length\n',
        put: '  let free = size - told.filter(takesTurn).length\n',
      },
      {
        file: 'operator/rollout/batch.ts',
        find: '  const activate = told.filter(takesTurn).slice(0, Math.max(0, size - activating))\n',
        put: '  void activating\n  const activate = told.filter(takesTurn).slice(0, size)\n',
      },
    ],
  },
  {
    name: 'never-at-rest',
    first: { campaign: 'crash-points', runs: 'rolled-back/' },
    story: 'The status says when it was last looked at, so each write of it is a reason for the next.',
    seen: 'Anvil: reach the state and stay there; lastProbeTime in conditions (removed from the API conventions for it)',
    patches: [
      {
        file: 'operator/rollout/decision.ts',
        find: '    ...(completedAt === undefined ? {} : { completedAt }),\n',
        put: '    ...(completedAt === undefined ? {} : { completedAt: timestamp(now) }),\n',
      },
    ],
  },
]
