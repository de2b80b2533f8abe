import type { Mutant } from './mutant.ts'

/** One thing is taken for another that is called the same, or was the same once. */
export const IDENTITY: readonly Mutant[] = [
  {
    name: 'patched-by-name',
    first: { campaign: 'stale', runs: 'happy/nodes/' },
    story:
      'Nodes are patched without a precondition, so one that was replaced or changed meanwhile is told what was decided for another.',
    seen: 'Sieve: deletes and updates without UID and version, decided on a stale view (zookeeper-operator, cass-operator)',
    patches: [
      {
        file: 'operator/fleet/activation.ts',
        find: '  return { metadata: { uid, resourceVersion, labels, annotations } }\n',
        put: '  void [uid, resourceVersion]\n  return { metadata: { labels, annotations } } as NodePatch\n',
      },
    ],
  },
  {
    name: 'member-by-name',
    story: 'A node that was deleted and made anew under its name is taken for the member that it replaces.',
    seen: 'Kubernetes itself: StatefulSets and node controllers that compared names (the UID rules of its API conventions)',
    patches: [
      {
        file: 'operator/rollout/member.ts',
        find: '    const node = observation.nodes.get(uid)\n',
        put: '    const node = [...observation.nodes.values()].find(({ metadata }) => metadata.name === name)\n',
      },
      {
        file: 'operator/controllers/node-patches.ts',
        find: '      const node = nodes.get(member.uid)\n',
        put: '      const node = [...nodes.values()].find(({ metadata }) => metadata.name === member.name)\n',
      },
    ],
  },
  {
    name: 'recovery-by-name',
    story: 'A recovery that was deleted and made anew under its name is taken for the one that has taken effect.',
    seen: 'field reports: one-off objects that people delete and apply again (Velero restores, Argo workflows)',
    patches: [
      {
        file: 'operator/controllers/recovery.ts',
        find: '      .filter(({ metadata }) => metadata.uid !== plan.status.lastRecovery?.uid)\n',
        put: '      .filter(({ metadata }) => metadata.name !== plan.status.lastRecovery?.name)\n',
      },
      {
        file: 'operator/controllers/recovery.ts',
        find: '    const known = view.recovery(namespace, last.name, last.uid) ?? (own?.metadata.uid === last.uid ? own : undefined)\n',
        put: '    const known = recoveries.get(`${namespace}/${last.name}`)\n',
      },
    ],
  },
  {
    name: 'stage-not-compared',
    story: 'A recovery hits the stage that is current when it is judged, not the one that it was meant for.',
    seen: 'field reports: two people press the same button, and the second press lands on the next step (Spinnaker, Argo Rollouts)',
    patches: [
      {
        file: 'operator/rollout/recovery.ts',
        find: '  if (spec.stageId !== currentStageId)\n',
        put: "  if (currentStageId === '')\n",
      },
    ],
  },
]
