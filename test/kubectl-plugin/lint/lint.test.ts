import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Finding } from '../../../kubectl-plugin/lint/finding.ts'
import { lint } from '../../../kubectl-plugin/lint/lint.ts'
import { readPlans } from '../../../kubectl-plugin/plan-file/read.ts'
import { EXIT } from '../../../kubectl-plugin/exit-code.ts'
import { API_VERSION } from '../../../operator/api/names.ts'
import { fromSpec } from '../../../operator/rest/schema/snake.ts'
import { autonomy } from '../harness/program.ts'
import { GOOD, STAGES, WRONG } from './cases.ts'

const EXAMPLES = join(import.meta.dirname, '../../../examples')

function manifest(spec: object, more: object = {}): object {
  return { apiVersion: API_VERSION, kind: 'RolloutPlan', metadata: { name: 'p' }, spec, ...more }
}

function findings(document: object): readonly Finding[] {
  return readPlans('plan.yaml', JSON.stringify(document)).flatMap(lint)
}

describe('lint', () => {
  it('has nothing to say of a good plan', () => {
    expect(findings(manifest(GOOD))).to.deep.equal([])
  })

  for (const [what, spec, field, says] of WRONG)
    it(`finds ${what}, and says where`, () => {
      const errors = findings(manifest(spec)).filter(({ severity }) => severity === 'error')
      expect(errors.map(error => error.field)).to.include(field)
      expect(errors.map(({ message }) => message).join('\n')).to.include(says)
    })

  it('does not say a thing twice, once as a regular expression', () => {
    expect(findings(manifest({ ...GOOD, stages: [{ ...STAGES[0], id: 'A' }, STAGES[1]] }))).to.have.length(1)
  })

  const around: readonly (readonly [what: string, document: object, field: string, says: string])[] = [
    [
      'another version of the API',
      manifest(GOOD, { apiVersion: 'v1' }),
      'apiVersion',
      `must be ${API_VERSION}, not v1`,
    ],
    ['a plan without a name', manifest(GOOD, { metadata: {} }), 'metadata.name', 'is missing'],
    ['the name that is taken', manifest(GOOD, { metadata: { name: 'stuck' } }), 'metadata.name', 'is taken by'],
    ['a name that is too long', manifest(GOOD, { metadata: { name: 'x'.repeat(64) } }), 'metadata.name', 'at most 63'],
    ['a status', manifest(GOOD, { status: {} }), 'status', 'leave it out'],
    ['a field beside spec', manifest(GOOD, { sepc: {} }), 'sepc', 'did you mean spec?'],
    ['no spec', { apiVersion: API_VERSION, kind: 'RolloutPlan', metadata: { name: 'p' } }, 'spec', 'is missing'],
  ]
  for (const [what, document, field, says] of around)
    it(`finds ${what}`, () => {
      const found = findings(document)
      expect(found.map(error => error.field)).to.include(field)
      expect(found.map(({ message }) => message).join('\n')).to.include(says)
    })

  describe('of a body of POST /v1/rollouts', () => {
    const body = (spec: object) => ({ plan_id: 'p', ...(fromSpec(spec) as object) })

    it('has nothing to say when it is good', () => {
      expect(findings(body(GOOD))).to.deep.equal([])
    })

    it('names fields as the body has them', () => {
      const spec = { ...GOOD, stages: [{ ...STAGES[0], batchSize: 'many' }, STAGES[1]] }
      expect(findings(body(spec)).map(({ field }) => field)).to.deep.equal(['stages[0].batch_size'])
    })

    it('names fields in its words as the body has them, too', () => {
      const spec = { ...GOOD, stages: [{ ...STAGES[0], gates: [{ kind: 'health' }] }, STAGES[1]] }
      expect(findings(body(spec))[0]?.message).to.include('min_percent belongs to a gate of kind health')
    })

    it('finds a name that is taken', () => {
      expect(findings({ ...body(GOOD), plan_id: 'stuck' })).to.deep.include({
        severity: 'error',
        field: 'plan_id',
        message: 'the name "stuck" is taken by the stuck report (/v1/rollouts/stuck); choose another',
      })
    })
  })

  describe('warns of', () => {
    const [canary, everyone] = STAGES
    const stages = (...all: readonly object[]) => ({ ...GOOD, stages: all })
    const surprises: readonly (readonly [what: string, spec: object, field: string, says: string])[] = [
      [
        'a canary that may be empty',
        stages({ ...canary, allowEmpty: true }, everyone),
        'spec.stages[0].allowEmpty',
        'waves the release through',
      ],
      [
        'no gate before the widest stage',
        stages({ id: 'canary', nodes: { limit: 1 } }, everyone),
        'spec.stages[1]',
        'no gate stands before it',
      ],
      [
        'a tolerance that comes to nothing',
        stages({ ...canary, nodes: { limit: 9 }, maxFailures: '10%' }, everyone),
        'spec.stages[0].maxFailures',
        '10% of at most 9 nodes rounds down to none',
      ],
      [
        'a stage that gets no node',
        stages(canary, everyone, { id: 'late', nodes: {} }),
        'spec.stages[2].nodes',
        'takes everyone left',
      ],
      [
        'a stage that contradicts the fleet',
        stages({ ...canary, nodes: { selector: { matchLabels: { fleet: 'drones' } } } }, everyone),
        'spec.stages[0].nodes.selector',
        'fleet cannot be both robots and drones',
      ],
      ['a single stage', stages(everyone), 'spec.stages', 'there is no canary'],
      ['a fleet of everything', { ...GOOD, fleet: {} }, 'spec.fleet', 'every node of the cluster'],
      [
        'every node at once',
        stages({ ...canary, nodes: { limit: 5 }, batchSize: 5 }, everyone),
        'spec.stages[0].batchSize',
        'at once',
      ],
      [
        'failures without end',
        stages(canary, { ...everyone, maxFailures: '100%' }),
        'spec.stages[1].maxFailures',
        'every node may fail',
      ],
      [
        'a soak of nothing',
        stages({ ...canary, gates: [{ kind: 'time_soak', seconds: 0 }] }, everyone),
        'spec.stages[0].gates[0]',
        'passes at once',
      ],
      [
        'a look that is too short',
        stages({ ...canary, gates: [{ kind: 'health', minPercent: 90 }] }, everyone),
        'spec.stages[0].gates[0]',
        'looks once',
      ],
      [
        'a time-out that always comes',
        { ...GOOD, activation: { confirm: { kind: 'ready', minReadySeconds: 600 } } },
        'spec.activation.confirm.minReadySeconds',
        'every node fails',
      ],
      [
        'an alarm that comes too early',
        { ...GOOD, stuckAfterSeconds: 60 },
        'spec.stuckAfterSeconds',
        'is called stuck after 1m',
      ],
    ]
    for (const [what, spec, field, says] of surprises)
      it(`${what}`, () => {
        const found = findings(manifest(spec))
        expect(found).to.have.length(1)
        expect(found[0]).to.include({ severity: 'warning', field })
        expect(found[0]?.message).to.include(says)
      })
  })

  describe('from the command line', () => {
    const bad = `apiVersion: ${API_VERSION}\nkind: RolloutPlan\nmetadata: { name: p }\nspec:\n  artifactRef: x\n  stages:\n    - id: all\n      nodes: {}\n      batchSiz: 3\n`

    it('names file and line, and ends as for a wrong command line', async () => {
      const { code, stdout } = await autonomy(['rollout', 'lint', '-f', 'plan.yaml'], { files: { 'plan.yaml': bad } })
      expect(stdout).to.equal('plan.yaml:9: error: spec.stages[0].batchSiz: is not known; did you mean batchSize?\n')
      expect(code).to.equal(EXIT.usage)
    })

    it('takes warnings for no failure', async () => {
      const surprising = bad.replace('      batchSiz: 3\n', '')
      const { code, stdout } = await autonomy(['rollout', 'lint', '-f', '-'], { files: { '-': surprising } })
      expect(stdout).to.include('-:6: warning: spec.stages: is a single stage')
      expect(code).to.equal(EXIT.completed)
    })

    it('tells a program the same', async () => {
      const { stdout } = await autonomy(['rollout', 'lint', '-f', 'p', '-o', 'json'], { files: { p: bad } })
      expect(JSON.parse(stdout)).to.deep.equal({
        file: 'p',
        plans: ['p'],
        findings: [
          {
            plan: 'p',
            line: 9,
            severity: 'error',
            field: 'spec.stages[0].batchSiz',
            message: 'is not known; did you mean batchSize?',
          },
        ],
      })
    })

    const refused: readonly (readonly [what: string, text: string, says: string])[] = [
      ['no YAML', 'a: [', 'is no YAML'],
      ['no plan', 'kind: ConfigMap', 'has no plan'],
      ['nothing', '', 'has no plan'],
      ['no object', '- 1', 'holds something that is no object'],
    ]
    for (const [what, text, says] of refused)
      it(`refuses a file that is ${what}`, async () => {
        const { code, stderr } = await autonomy(['rollout', 'lint', '-f', 'f'], { files: { f: text } })
        expect(stderr).to.include(says)
        expect(code).to.equal(EXIT.usage)
      })
  })

  it('leaves the examples alone, but for the demo that wants to be called stuck soon', () => {
    const files = ['', 'fleet'].flatMap(folder =>
      readdirSync(join(EXAMPLES, folder)).flatMap(name =>
        /^plan.*\.yaml$/.test(name) ? [join(EXAMPLES, folder, name)] : [],
      ),
    )
    const found = files.flatMap(file => readPlans(file, readFileSync(file, 'utf8')).flatMap(lint))
    expect(files.length).to.be.greaterThan(4)
    expect(found.filter(({ field }) => field !== 'spec.stuckAfterSeconds')).to.deep.equal([])
  })
})
