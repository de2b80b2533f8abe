import { expect } from 'chai'
import fc from 'fast-check'
import { renderToString } from 'ink'
import { createElement } from 'react'
import type { RolloutBody } from '../../../../operator/rest/schema/bodies.ts'
import { Screen } from '../../../../kubectl-plugin/ui/components/app.ts'
import { LookProvider, lookFor } from '../../../../kubectl-plugin/ui/components/look.ts'
import type { State } from '../../../../kubectl-plugin/ui/state/state.ts'
import { widthOf } from '../../../../kubectl-plugin/ui/view/text.ts'
import { at, counts, gate, history, member, plan, time } from '../build.ts'
import { type Person, atPlan, atPlans, seen } from '../state/world.ts'

type Environment = { readonly [name: string]: string }

function rows(state: State, env: Environment = { LANG: 'C.UTF-8', NO_COLOR: '1' }): readonly string[] {
  const { columns } = state
  const look = { ...lookFor(env), columns }
  // eslint-disable-next-line no-control-regex
  const styles = /\u001b\[[0-9;]*m/g
  return renderToString(createElement(LookProvider, { value: look }, createElement(Screen, { state })), { columns })
    .replaceAll(styles, '')
    .split('\n')
}

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?$/)
const words = fc.string({ unit: 'grapheme', maxLength: 300 })
const phase = fc.constantFrom<RolloutBody['phase']>(
  'published',
  'active',
  'paused',
  'completed',
  'rolled_back',
  'cancelled',
)
const reason = fc.constantFrom(
  'TooManyFailures',
  'Activating',
  'AwaitingApproval',
  'StageHalted',
  'MembersUnknown',
  'SomethingNew',
)
const number = fc.oneof(fc.nat(3), fc.nat(100_000))
const members = fc.record({
  pending: number,
  activating: number,
  activated: number,
  failed: number,
  unreachable: number,
  gone: number,
})
const LOOKED = { read_at: time(50), verdict: 'unknown', good: 0, bad: 0, next_at: time(70) } as const
const gates = fc.array(
  fc
    .record({ name, detail: words, state: fc.constantFrom('passed', 'failed', 'unknown') })
    .map(parts => gate({ ...parts, since: time(9), evidence: { ...LOOKED } })),
  { maxLength: 8 },
)
const stages = fc.uniqueArray(
  fc.record({
    stage_id: name,
    phase: fc.constantFrom('pending', 'open', 'promoted', 'halted'),
    opened_at: fc.constant(time(1)),
    counts: members.map(counts),
    gates,
  }),
  { minLength: 1, maxLength: 32, selector: ({ stage_id }) => stage_id },
)

/** Any plan that the API could tell of, with texts of any script. */
const anyPlan: fc.Arbitrary<RolloutBody> = fc
  .record({
    plan_id: name,
    release: words,
    phase,
    reason,
    message: words,
    stuck: fc.boolean(),
    stages,
    failing: fc.uniqueArray(name, { maxLength: 20 }),
    current: fc.nat(31),
  })
  .map(({ stages, failing, current, ...parts }) => {
    const here = stages[current % stages.length]?.stage_id ?? ''
    const failing_nodes = failing.map(node => ({
      name: node,
      stage_id: here,
      reason: 'TimedOut',
      message: parts.message,
    }))
    return plan({ ...parts, stages: stages as RolloutBody['stages'], current_stage_id: here, failing_nodes })
  })

const past = fc.array(
  fc.record({
    at: fc.constant(time(20)),
    event: fc.constant('Recovered'),
    operator: words,
    message: words,
    stage_id: name,
  }),
  { maxLength: 30 },
)
const size = fc.record({ columns: fc.integer({ min: 20, max: 220 }), rows: fc.integer({ min: 5, max: 80 }) })

const walks: { readonly [what: string]: (person: Person, body: RolloutBody) => Person } = {
  'a plan': person => person,
  'a stage': (person, body) =>
    person.press('enter').happens({
      kind: 'answer',
      now: at(60),
      answer: {
        topic: 'nodes',
        plan: body.plan_id,
        stage: body.current_stage_id ?? '',
        members: body.failing_nodes.map(({ name, message }) => member(name, { state: 'failed', message })),
      },
    }),
  'a node': person => person.press('end', 'enter'),
  'a timeline': person => person.type('t'),
  'the choice of a gate': person => person.type('s'),
  'the guide': person => person.type('r'),
  'a reason': person => person.type('ry').happens({ kind: 'paste', text: '理由 reason '.repeat(40) }),
  'a question': person => person.type('ry').type('because').press('enter'),
  'the help': person => person.type('?'),
  'a lost connection': person =>
    person.happens({
      kind: 'failure',
      now: at(60),
      topic: 'plan',
      why: 'x '.repeat(200),
      answered: false,
      failures: 1,
      retryAt: at(61),
    }),
}

describe('whatever there is to show', () => {
  for (const [what, walk] of Object.entries(walks))
    it(`${what} fills its screen exactly`, function () {
      this.timeout(60_000)
      fc.assert(
        fc.property(anyPlan, past, size, (body, events, { columns, rows: height }) => {
          const person = walk(
            atPlan(body).happens(
              { kind: 'resize', columns, rows: height },
              {
                kind: 'answer',
                now: at(60),
                answer: { topic: 'history', plan: body.plan_id, history: history(events as never) },
              },
              seen(body),
            ),
            body,
          )
          const screen = rows(person.state())
          expect(screen.length).to.be.at.most(height)
          for (const row of screen) expect(widthOf(row), row).to.be.at.most(columns)
        }),
        { numRuns: 60 },
      )
    })

  it('an overview fills its screen exactly', function () {
    this.timeout(60_000)
    fc.assert(
      fc.property(
        fc.uniqueArray(anyPlan, { maxLength: 30, selector: ({ plan_id }) => plan_id }),
        size,
        (plans, { columns, rows: height }) => {
          const screen = rows(atPlans(plans).happens({ kind: 'resize', columns, rows: height }).press('end').state())
          expect(screen.length).to.be.at.most(height)
          for (const row of screen) expect(widthOf(row), row).to.be.at.most(columns)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('the plan and how it stands are in its first rows, however small the screen', () => {
    fc.assert(
      fc.property(anyPlan, size, (body, { columns, rows: height }) => {
        const [first = '', second = ''] = rows(atPlan(body).happens({ kind: 'resize', columns, rows: height }).state())
        expect(first).to.include(body.plan_id.slice(0, Math.max(1, columns - 8)).slice(0, 3))
        expect(second).to.match(/^[✗▶◌■✓] [A-Z]/)
      }),
      { numRuns: 60 },
    )
  })
})
