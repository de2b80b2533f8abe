import { type Conductor, conductor } from '../conduct.ts'
import { crashPoints } from './crash-points.ts'
import { doubleCrash } from './double-crash.ts'
import { failOver } from './fail-over.ts'
import { faultMatrix } from './fault-matrix.ts'
import { faultSoup } from './fault-soup.ts'
import { mutants } from './mutants.ts'
import { reference } from './reference.ts'
import { stale } from './stale.ts'
import { unobserved } from './unobserved.ts'

/** In the order in which they are run: what the others stand on comes first. */
export const CAMPAIGNS: readonly Conductor[] = [
  conductor(reference),
  conductor(crashPoints),
  conductor(doubleCrash),
  conductor(failOver),
  conductor(stale),
  conductor(unobserved),
  conductor(faultMatrix),
  conductor(faultSoup),
  conductor(mutants),
]
