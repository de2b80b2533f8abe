import type { Command } from '../cli/command.ts'
import { CONNECTION, DRY_RUN, FILE, OUTPUT } from '../cli/flags.ts'
import { UsageError } from '../cli/invocation.ts'
import { EXIT } from '../exit-code.ts'
import { formOf } from '../output/form.ts'
import { nameOf, show } from '../output/show.ts'
import { plain } from '../output/screen.ts'

export const planCreate: Command = {
  path: ['rollout', 'plan', 'create'],
  summary: 'Create a plan from a file, which starts it',
  describes: [
    'The file is a RolloutPlan manifest, or the body of POST /v1/rollouts (plan_id, artifact_ref, …), as YAML or JSON; one file may hold several. A plan cannot be changed once created: "rollout lint" and "rollout preview" show beforehand what it will do.',
  ],
  takes: [],
  flags: [FILE, DRY_RUN, OUTPUT, ...CONNECTION],
  examples: [
    { does: 'Let the server check a plan, and create nothing', words: 'rollout plan create -f plan.yaml --dry-run' },
    { does: 'Start it', words: 'rollout plan create -f plan.yaml' },
  ],
  run: async ({ values }, session) => {
    const form = formOf(values)
    const file = values.need('filename')
    const { readPlans } = await import('../plan-file/read.ts')
    const plans = readPlans(file, await session.read(file))
    const dryRun = values.has('dry-run')
    const connection = await session.connect()
    const wanted = values.get('namespace')
    const elsewhere = plans.find(({ namespace }) => namespace !== undefined && namespace !== (wanted ?? namespace))
    if (elsewhere !== undefined)
      throw new UsageError(
        `plan ${elsewhere.name} of ${file} is for namespace ${elsewhere.namespace}, and --namespace is ${wanted}`,
        planCreate.path,
      )
    for (const { request, namespace } of plans) {
      const orchestrator = namespace === undefined ? connection.orchestrator : connection.inNamespace(namespace)
      const plan = await orchestrator.create(request, { signal: session.signal, dryRun })
      await show(session, form, {
        body: plan,
        names: () => [nameOf(plan.plan_id)],
        text: () =>
          `plan ${plain(plan.plan_id)} ${dryRun ? 'would be created (dry run)' : 'created'} in namespace ${plain(plan.namespace)}: release ${plain(plan.release)}, ${plan.stages.length} ${plan.stages.length === 1 ? 'stage' : 'stages'}\n`,
      })
    }
    return EXIT.completed
  },
}
