import type { Mutant } from './mutant.ts'

/** What the API server answers, or does not answer, is misread. */
export const ANSWERS: readonly Mutant[] = [
  {
    name: 'post-sent-twice',
    first: { campaign: 'fault-matrix', runs: 'revision/reset-when-committed/' },
    story: 'A create whose answer was lost is sent again, the server makes up another name for it, and there are two.',
    seen: 'Sieve, section 4.1: retry of a POST that did commit',
    patches: [
      {
        file: 'operator/view/membership.ts',
        find: '      name: nameOf(plan, stage, digest, part),\n',
        put: '      generateName: `${nameOf(plan, stage, digest, part)}-`,\n',
      },
      {
        file: 'operator/view/membership.ts',
        find: '    metadata.namespace === plan.metadata.namespace && metadata.name === nameOf(plan, data.stage, data.digest, data.part)\n',
        put: '    metadata.namespace === plan.metadata.namespace && metadata.name.startsWith(nameOf(plan, data.stage, data.digest, data.part))\n',
      },
      {
        file: 'operator/kube/retry.ts',
        find: "method === 'GET' && !attempts.reconnected",
        put: '!attempts.reconnected',
      },
    ],
  },
  {
    name: 'unserved-is-gone',
    first: { campaign: 'fault-matrix', runs: 'recovery-status/not-served/' },
    story:
      'Every 404 counts as deleted, also that of a server which does not serve the kind, and what depends on it is given up.',
    seen: 'field reports: a CRD or a right that was missing for a moment, and operators that cleaned up (Crossplane, Flux)',
    patches: [
      {
        file: 'operator/kube/errors.ts',
        find: "  return isApiError(error) && error.code === 404 && error.reason === 'NotFound'\n",
        put: '  return isApiError(error) && error.code === 404\n',
      },
      {
        file: 'operator/controllers/plan.ts',
        find: '    } catch (error) {\n      doubtful.add(key)\n',
        put: '    } catch (error) {\n      if (isNotFound(error)) await judge.orphans(key, signal)\n      doubtful.add(key)\n',
      },
    ],
  },
  {
    name: 'hot-loop-on-refusal',
    first: { campaign: 'fault-matrix', runs: 'plan-status/forbidden/' },
    story: 'What failed is tried again at once, and a refusal for good becomes a storm of requests.',
    seen: 'Kubernetes issues by the dozen: hot loop on a permanent 4xx (section 4.1)',
    patches: [
      {
        file: 'operator/runtime/queue.ts',
        find: "      addAfter(key, Math.max(atLeastMs, backoffDelay(count, backoff)), 'normal')\n",
        put: "      addAfter(key, Math.max(atLeastMs, backoffDelay(1, backoff)), 'normal')\n",
      },
    ],
  },
  {
    name: 'refused-counts-as-made',
    first: { campaign: 'fault-matrix', runs: 'node/forbidden/' },
    story: 'A node patch that is refused counts as made, and the plan is looked at again and again because of it.',
    seen: 'Acto: swallowed errors; the state that was declared is never reached and nobody waits',
    patches: [
      {
        file: 'operator/controllers/node-patches.ts',
        find: '      trouble ??= `node ${ref.name}: ${error.message}`\n',
        put: '      trouble ??= `node ${ref.name}: ${error.message}`\n      made += 1\n',
      },
    ],
  },
  {
    name: 'conflict-overwritten',
    first: { campaign: 'fail-over', runs: 'freeze/' },
    story:
      'A status that met a conflict is written over what is there, by whoever comes last: a leader that wakes up, too.',
    seen: 'Sieve, client-go issues: retry-on-conflict around a stale object; status overwritten by a woken leader (section 4.1)',
    patches: [
      {
        file: 'operator/controllers/plan.ts',
        find: "    plans.observe(await client.update(rolloutPlans, { ...plan, status }, { signal, subresource: 'status' }))\n",
        put: `    const put = async (base: RolloutPlan) =>
      plans.observe(await client.update(rolloutPlans, { ...base, status }, { signal, subresource: 'status' }))
    try {
      await put(plan)
    } catch (error) {
      if (!isConflict(error)) throw error
      await put(await client.get(rolloutPlans, plan.metadata, { signal }))
    }
`,
      },
      {
        file: 'operator/controllers/plan.ts',
        find: "import { isNotFound, wasNotMade } from '../kube/errors.ts'\n",
        put: "import { isConflict, isNotFound, wasNotMade } from '../kube/errors.ts'\n",
      },
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
    ],
  },
]
