import type { Command } from '../cli/command.ts'
import { CONNECTION, FILE, OUTPUT } from '../cli/flags.ts'
import { UsageError } from '../cli/invocation.ts'
import { EXIT } from '../exit-code.ts'
import { formOf } from '../output/form.ts'
import { nameOf, show } from '../output/show.ts'

export const preview: Command = {
  path: ['rollout', 'preview'],
  summary: 'Show what a plan would do with the fleet as it is now, and do nothing',
  describes: [
    'Which nodes fall into which stage, in which batches, who belongs to none, how many may fail, and how long it takes at best. Members of a limited stage, and the order of all, are drawn when the plan is created, so that canaries are not always the same machines: such nodes are told as the ones that are drawn from, and -o wide adds one possible draw.',
    "Asks the API server for its nodes, which takes the right to list them; members are chosen by the operator's own code.",
  ],
  takes: [],
  flags: [FILE, OUTPUT, ...CONNECTION],
  examples: [
    { does: 'Before a plan is created', words: 'rollout preview -f plan.yaml' },
    { does: 'With every node named', words: 'rollout preview -f plan.yaml -o wide' },
  ],
  run: async ({ values }, session) => {
    const form = formOf(values)
    const file = values.need('filename')
    const text = await session.read(file)
    const { readPlans } = await import('../plan-file/read.ts')
    const { lint } = await import('../lint/lint.ts')
    const plans = readPlans(file, text).map(plan => {
      const wrong = lint(plan).find(({ severity }) => severity === 'error')
      if (wrong === undefined) return plan
      throw new UsageError(
        `${file}: ${wrong.field}: ${wrong.message}; "rollout lint -f ${file}" tells everything that is wrong`,
        preview.path,
      )
    })
    const { cluster, address } = await session.connect()
    if (cluster === undefined)
      throw new UsageError(
        `preview asks the API server for its nodes, and ${address} is none; leave the URL out, or give that of the API server`,
        preview.path,
      )
    const [{ allNodesOf }, { previewOf }] = await Promise.all([
      import('../preview/nodes.ts'),
      import('../preview/preview.ts'),
    ])
    const nodes = await allNodesOf(cluster, session)
    for (const plan of plans) {
      const { body, view } = previewOf(plan, nodes)
      const { previewText } = await import('../text/preview.ts')
      await show(session, form, {
        body,
        names: () => [nameOf(plan.name)],
        text: wide => previewText(view, wide, session.screen),
      })
    }
    return EXIT.completed
  },
}
