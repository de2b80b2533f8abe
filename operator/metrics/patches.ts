import { Counter, type Registry } from 'prom-client'
import { PATCH_KINDS, PATCH_OUTCOMES, type PatchMetrics } from '../controllers/node-patches.ts'

/** What became of the patches of nodes: the speed of a rollout, and what holds it up. */
export function patchMetrics(registry: Registry): PatchMetrics {
  const patches = new Counter({
    name: 'autonomy_rollouts_node_patches_total',
    help: 'Patches of nodes by what for and outcome; conflict: the node had changed and is decided about anew.',
    labelNames: ['kind', 'outcome'],
    registers: [registry],
  })
  for (const kind of PATCH_KINDS) for (const outcome of PATCH_OUTCOMES) patches.inc({ kind, outcome }, 0)
  return { patched: (kind, outcome) => patches.inc({ kind, outcome }) }
}
