import type { Command } from '../cli/command.ts'
import { FILE, OUTPUT } from '../cli/flags.ts'
import { EXIT } from '../exit-code.ts'
import { formOf } from '../output/form.ts'
import { paint, plain } from '../output/screen.ts'
import { show } from '../output/show.ts'

export const lint: Command = {
  path: ['rollout', 'lint'],
  summary: 'Check a plan file without a server: errors, and what will surprise',
  describes: [
    'Holds the file against the schema and the rules that the API server has, and says what is wrong where, with the name that was meant for fields that are not known. Of a valid plan it tells what may not be expected: a canary that may be empty, no gate before the widest stage, percentages that come to nothing, stages that get no node.',
    'Ends with 2 when there is an error; warnings alone are no error. "rollout preview" tells what depends on the fleet.',
  ],
  takes: [],
  flags: [FILE, OUTPUT],
  examples: [
    { does: 'Before a commit', words: 'rollout lint -f plan.yaml' },
    { does: 'What comes out of a template', words: 'rollout lint -f -' },
  ],
  run: async ({ values }, session) => {
    const form = formOf(values)
    const file = values.need('filename')
    const text = await session.read(file)
    const [{ readPlans }, { lint: check }, { lineOf, linesOf }] = await Promise.all([
      import('../plan-file/read.ts'),
      import('../lint/lint.ts'),
      import('../plan-file/lines.ts'),
    ])
    const plans = readPlans(file, text)
    const lines = linesOf(text)
    const findings = plans.flatMap(plan =>
      check(plan)
        .map(finding => {
          const line = lineOf(lines[plan.position], finding.field)
          return { plan: plan.name, ...(line === undefined ? {} : { line }), ...finding }
        })
        .sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    )
    const { screen } = session
    await show(session, form, {
      body: { file, plans: plans.map(({ name }) => name), findings },
      names: () => plans.map(({ name }) => name),
      text: () =>
        findings
          .map(({ line, severity, field, message }) => {
            const where = line === undefined ? file : `${file}:${line}`
            const word = paint(screen, severity === 'error' ? 'red' : 'yellow', severity)
            return `${where}: ${word}: ${plain(field)}: ${plain(message)}\n`
          })
          .join(''),
    })
    const errors = findings.filter(({ severity }) => severity === 'error').length
    const names = plans.map(({ name }) => name).join(', ')
    if (form.kind === 'text' && findings.length === 0) session.say(`${file}: ${names}: nothing to say\n`)
    return errors > 0 ? EXIT.usage : EXIT.completed
  },
}
