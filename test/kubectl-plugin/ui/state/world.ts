import type { RolloutBody } from '../../../../operator/rest/schema/bodies.ts'
import type { Event, Key } from '../../../../kubectl-plugin/ui/state/event.ts'
import { type Command, type State, begin } from '../../../../kubectl-plugin/ui/state/state.ts'
import { step } from '../../../../kubectl-plugin/ui/state/step.ts'
import { at, history, stuckPlan } from '../build.ts'

/** Somebody at the keys, without a screen. */
export type Person = {
  readonly state: () => State
  readonly commands: readonly Command[]
  happens(...events: readonly Event[]): Person
  press(...keys: readonly Key[]): Person
  /** Each character by itself. */
  type(text: string): Person
}

export function person(state: State): Person {
  let current = state
  const commands: Command[] = []
  const self: Person = {
    state: () => current,
    commands,
    happens: (...events) => {
      for (const event of events) {
        const next = step(current, event)
        current = next.state
        if (next.command !== undefined) commands.push(next.command)
      }
      return self
    },
    press: (...keys) => self.happens(...keys.map((key): Event => ({ kind: 'key', key }))),
    type: text => self.happens(...[...text].map((character): Event => ({ kind: 'character', character, alone: true }))),
  }
  return self
}

export function seen(plan: RolloutBody): Event {
  return { kind: 'answer', now: at(60), answer: { topic: 'plan', plan } }
}

/** On the page of a plan, which has been read. */
export function atPlan(plan: RolloutBody = stuckPlan()): Person {
  return person(begin({ now: at(60), columns: 100, rows: 30, plan: plan.plan_id })).happens(seen(plan), {
    kind: 'answer',
    now: at(60),
    answer: { topic: 'history', plan: plan.plan_id, history: history() },
  })
}

/** In the overview. */
export function atPlans(plans: readonly RolloutBody[]): Person {
  return person(begin({ now: at(60), columns: 100, rows: 30 })).happens({
    kind: 'answer',
    now: at(60),
    answer: { topic: 'plans', plans },
  })
}
