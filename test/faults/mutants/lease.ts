import type { Mutant } from './mutant.ts'

/** Two replicas lead at once, or none does. */
export const LEASE: readonly Mutant[] = [
  {
    name: 'lost-lease-ignored',
    first: { campaign: 'fail-over', runs: 'partition/' },
    story: 'A leader that finds the lease in other hands goes on as if nothing had happened.',
    seen: 'operator-sdk leader-for-life and early controller-runtime: work goes on after leadership is lost',
    patches: [
      {
        file: 'operator/runtime/leader.ts',
        find: '      if (leftMs <= 0) throw new LeadershipLostError(`${name}: not renewed for ${renewDeadlineMs} ms`)\n',
        put: '',
      },
      {
        file: 'operator/runtime/leader.ts',
        find: "      if (result?.kind === 'other') throw new LeadershipLostError(`${name}: held by ${result.holder}`)\n",
        put: '',
      },
      {
        file: 'operator/runtime/leader.ts',
        find: '      const result = await attempt(Math.min(attemptMs, leftMs))\n',
        put: '      const result = await attempt(attemptMs)\n',
      },
      {
        file: 'operator/runtime/leader.ts',
        find: '  const isLeader = () => clock.monotonic() < validUntil\n',
        put: '  const isLeader = () => validUntil > Number.NEGATIVE_INFINITY\n',
      },
    ],
  },
  {
    name: 'writes-without-lease',
    first: { campaign: 'fail-over', runs: 'freeze/' },
    story: 'The lease is looked at now and then, but not before each write, and what a leader has begun it finishes.',
    seen: 'client-go: its election does not fence, and says so; section 4.1: lease not checked before writes',
    patches: [
      {
        file: 'operator/main.ts',
        find: 'beforeWrite: elector.guard',
        put: 'beforeWrite: () => {}',
      },
      {
        file: 'operator/controllers/plan.ts',
        find: '      if (stopping.aborted) return {}\n',
        put: '',
      },
      {
        file: 'operator/controllers/plan.ts',
        find: '      signal.aborted || stopping.aborted || view.pending(key)',
        put: '      signal.aborted || view.pending(key)',
      },
    ],
  },
  {
    name: 'lease-by-the-wall-clock',
    first: { campaign: 'fail-over', runs: 'offset/' },
    story: 'Whether the lease has expired is told by its renewTime and the own wall clock.',
    seen: 'elections by timestamps, before client-go went by its own observation; ZooKeeper recipes with wall clocks',
    patches: [
      {
        file: 'operator/runtime/lease.ts',
        find: '  return seenAt + (spec?.leaseDurationSeconds ?? 0) * 1000 - now\n',
        put: "  void [seenAt, now]\n  return Date.parse(spec?.renewTime ?? '') + (spec?.leaseDurationSeconds ?? 0) * 1000 - Date.now()\n",
      },
    ],
  },
  {
    name: 'wall-clock-is-true',
    first: { campaign: 'fail-over', runs: 'offset/' },
    story: 'Times in statuses, and when a soak is over, come from the clock of the machine.',
    seen: 'section 4.1: clock as truth; certificates and soaks that end an hour early (Kubernetes issues on clock skew)',
    patches: [
      {
        file: 'operator/main.ts',
        find: '  const clock = serverClock(systemClock())\n',
        put: '  const clock = { ...serverClock(systemClock()), now: () => Date.now() }\n',
      },
    ],
  },
  {
    name: 'lease-kept-at-the-end',
    first: { campaign: 'fail-over', runs: 'kill/' },
    story: 'A leader that is told to stop ends without giving the lease back, and nobody leads until it has expired.',
    seen: 'controller-runtime before LeaderElectionReleaseOnCancel: every rolling update was an outage of a lease',
    patches: [
      {
        file: 'operator/runtime/leader.ts',
        find: '        if (held) await release()\n',
        put: '        void held\n',
      },
    ],
  },
  {
    name: 'takes-over-unread',
    first: { campaign: 'fail-over', runs: 'kill/' },
    story: 'A new leader decides from what it had cached while it waited, without reading again.',
    seen: 'Elastic cloud-on-k8s 4956; Sieve: decisions from a list read at an old version, 19 of its 46 bugs',
    patches: [
      {
        file: 'operator/controllers/rollout.ts',
        find: '  await Promise.all([plans, recoveries, nodes, members].map(cache => cache.refresh(signal)))\n',
        put: '  await Promise.all([plans, recoveries, nodes, members].map(cache => cache.whenSynced(signal)))\n',
      },
      {
        file: 'operator/fleet/activation.ts',
        find: '  return { metadata: { uid, resourceVersion, labels, annotations } }\n',
        put: '  void resourceVersion\n  return { metadata: { uid, labels, annotations } } as unknown as NodePatch\n',
      },
    ],
  },
]
