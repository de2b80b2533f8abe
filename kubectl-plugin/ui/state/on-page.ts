import type { Deed } from '../view/offer.ts'
import { begun, skipping } from './acting.ts'
import { membersOf, movedTo, plansOf } from './chosen.ts'
import type { Input, Key } from './event.ts'
import { filterHere, filtered } from './filtering.ts'
import { type Place, chosenTarget, targetsOf } from './place.ts'
import { type State, type Step, enter, here, leave, noticed, planHere, replaceHere, withDialog } from './state.ts'
import { moved } from '../view/list.ts'

/** Keys while nothing lies over the page. A paste means nothing there. */
export function onPage(state: State, event: Input): Step {
  if (event.kind === 'paste') return { state }
  if (event.kind === 'key') return { state: pressed(state, event.key) }
  switch (event.character) {
    case 'q':
      return { state, command: { kind: 'quit', how: 'asked' } }
    case '?':
      return { state: withDialog(state, { kind: 'help' }) }
    case '/':
      return { state: filtering(state) }
    case 'j':
      return { state: pressed(state, 'down') }
    case 'k':
      return { state: pressed(state, 'up') }
    case 't':
      return { state: timeline(state) }
    case 'r':
      return { state: acting(state, 'recover') }
    case 'a':
      return { state: acting(state, 'approve') }
    case 's':
      return { state: acting(state, 'skip_gate') }
    case 'h':
      return { state: acting(state, 'halt') }
    case 'p':
      return { state: acting(state, 'pause') }
    default:
      return { state }
  }
}

function pressed(state: State, key: Key): State {
  switch (key) {
    case 'up':
      return select(state, -1)
    case 'down':
      return select(state, 1)
    case 'pageUp':
      return select(state, -page(state))
    case 'pageDown':
      return select(state, page(state))
    case 'home':
      return select(state, Number.NEGATIVE_INFINITY)
    case 'end':
      return select(state, Number.POSITIVE_INFINITY)
    case 'enter':
    case 'right':
      return open(state)
    case 'escape':
    case 'left':
    case 'backspace':
      return back(state)
    case 'erase':
    case 'interrupt':
      return state
  }
}

function page({ rows }: State): number {
  return Math.max(1, rows - 10)
}

function select(state: State, by: number): State {
  const place = here(state)
  switch (place.kind) {
    case 'plans':
      return replaceHere(state, { ...place, selected: movedTo(plansOf(state, place), by)?.plan })
    case 'plan': {
      const plan = planHere(state)
      if (plan === undefined) return state
      const targets = targetsOf(plan)
      const index = targets.findIndex(({ id }) => id === chosenTarget(plan, place.selected)?.id)
      return replaceHere(state, { ...place, selected: targets[moved(targets.length, index, by)]?.id })
    }
    case 'stage': {
      const choice = membersOf(state, place)
      return choice === undefined ? state : replaceHere(state, { ...place, selected: movedTo(choice, by)?.name })
    }
    case 'timeline': {
      const length = state.history?.plan === place.plan ? state.history.body.events.length : 0
      return replaceHere(state, { ...place, offset: moved(Math.max(1, length), place.offset, by) })
    }
    case 'node':
      return state
  }
}

function open(state: State): State {
  const place = here(state)
  switch (place.kind) {
    case 'plans':
      return opened(state, place)
    case 'plan': {
      const plan = planHere(state)
      const target = plan && chosenTarget(plan, place.selected)
      if (target === undefined) return state
      if (target.kind === 'node')
        return enter(state, { kind: 'node', plan: place.plan, stage: target.stage, node: target.node })
      return enter(state, { kind: 'stage', plan: place.plan, stage: target.stage, selected: undefined, filter: '' })
    }
    case 'stage': {
      const choice = membersOf(state, place)
      const row = choice?.rows[choice.index]
      return row === undefined
        ? state
        : enter(state, { kind: 'node', plan: place.plan, stage: place.stage, node: row.name })
    }
    case 'node':
    case 'timeline':
      return state
  }
}

/** The list has every plan in full, so its page is there at once. */
function opened(state: State, place: Extract<Place, { kind: 'plans' }>): State {
  const { rows, index } = plansOf(state, place)
  const name = rows[index]?.plan
  const plan = state.plans?.find(({ plan_id }) => plan_id === name)
  if (name === undefined || plan === undefined) return state
  return enter({ ...state, plan }, { kind: 'plan', plan: name, selected: undefined })
}

function back(state: State): State {
  if ((filterHere(state) ?? '') !== '') return filtered(state, '')
  return state.path.length > 1 ? leave(state) : noticed(state, 'q quits')
}

function filtering(state: State): State {
  const before = filterHere(state)
  if (before !== undefined) return withDialog(state, { kind: 'filter', before })
  return noticed(state, 'open a stage to filter its nodes')
}

function timeline(state: State): State {
  const place = here(state)
  if (place.kind === 'plans' || place.kind === 'timeline') return state
  return enter(state, { kind: 'timeline', plan: place.plan, offset: 0 })
}

function acting(state: State, what: Extract<Deed, 'approve' | 'halt' | 'pause'> | 'recover' | 'skip_gate'): State {
  const place = here(state)
  const there = place.kind === 'plans' ? opened(state, place) : state
  const plan = planHere(there)
  if (plan === undefined) return noticed(state, 'no plan was read yet')
  if (what === 'skip_gate') return skipping(there, plan)
  return begun(there, plan, what === 'pause' && plan.phase === 'paused' ? 'resume' : what)
}
