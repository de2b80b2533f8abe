import type { Mutant } from './mutant.ts'

/** What is known of the cluster is older than believed, or has a hole. */
export const VIEWS: readonly Mutant[] = [
  {
    name: 'deletion-missed',
    first: { campaign: 'unobserved', runs: 'churn/deletions/' },
    story: 'A list that is read anew takes nothing away, so what was deleted while nobody watched stays for ever.',
    seen: 'Sieve: lost DELETE (7 unobserved-state bugs); client-go before DeletedFinalStateUnknown',
    patches: [
      {
        file: 'operator/kube/store.ts',
        find: '        remove(key, resourceVersion, true)\n',
        put: '        void remove\n',
      },
    ],
  },
  {
    name: 'expired-version-kept',
    first: { campaign: 'fault-matrix', runs: 'watch/gone/' },
    story: 'A watch that is told that its version is too old is opened again from the same version.',
    seen: 'client libraries without a reflector: 410 Gone taken for the end of a stream (kubernetes-client/javascript, python issues)',
    patches: [
      {
        file: 'operator/kube/reflector.ts',
        find: '  return isGone(error) || (isApiError(error) && [400, 404, 405, 422].includes(error.code))\n',
        put: '  void [isGone, isApiError]\n  return error === undefined\n',
      },
    ],
  },
]
