import { withoutLast } from '../view/text.ts'
import { NEXT_OF, STRATEGY_OF, asked, askedOfGate } from './acting.ts'
import { gatesOf, movedTo } from './chosen.ts'
import type { Dialog, Question } from './dialog.ts'
import type { Input } from './event.ts'
import { type Request, movedOn } from './request.ts'
import { type State, type Step, noticed, planHere, withDialog } from './state.ts'
import { filterHere, filtered } from './filtering.ts'

type Of<K extends Dialog['kind']> = Extract<Dialog, { kind: K }>

/** Keys while something lies over the page. */
export function inDialog(state: State, dialog: Dialog, event: Input): Step {
  switch (dialog.kind) {
    case 'help':
      return { state: event.kind === 'paste' ? state : withDialog(state, undefined) }
    case 'filter':
      return { state: inFilter(state, dialog, event) }
    case 'gates':
      return { state: inGates(state, dialog, event) }
    case 'guide':
      return { state: inGuide(state, dialog, event) }
    case 'reason':
      return { state: inReason(state, dialog, event) }
    case 'confirm':
      return inConfirm(state, dialog, event)
    case 'sending':
      return { state }
    case 'outcome':
      return { state: inOutcome(state, event) }
  }
}

function inFilter(state: State, { before }: Of<'filter'>, event: Input): State {
  if (event.kind === 'key' && event.key === 'enter') return withDialog(state, undefined)
  if (event.kind === 'key' && event.key === 'escape') return filtered(withDialog(state, undefined), before)
  return filtered(state, edited(filterHere(state) ?? '', event))
}

const STEPS: { readonly [key: string]: number } = { up: -1, k: -1, down: 1, j: 1 }

function inGates(state: State, { selected }: Of<'gates'>, event: Input): State {
  const plan = planHere(state)
  if (event.kind === 'paste' || plan === undefined) return state
  const pressed = event.kind === 'key' ? event.key : event.character
  if (pressed === 'escape' || pressed === 'q' || pressed === 'left')
    return noticed(withDialog(state, undefined), 'nothing was done')
  const choice = gatesOf(plan, selected)
  const by = STEPS[pressed]
  if (by !== undefined) {
    const next = movedTo(choice, by)
    return withDialog(state, { kind: 'gates', ...(next === undefined ? {} : { selected: next.name }) })
  }
  if (pressed !== 'enter') return state
  const gate = choice.rows[choice.index]
  return gate === undefined
    ? noticed(withDialog(state, undefined), 'no gate holds the stage up any more; nothing was done')
    : askedOfGate(state, plan, gate.name)
}

const PREVIOUS: { readonly [question in Question]?: Question } = {
  clears: 'harmful',
  validated: 'clears',
  none: 'validated',
}

function inGuide(state: State, { question }: Of<'guide'>, event: Input): State {
  if (event.kind === 'paste') return state
  if (event.kind === 'key') {
    if (event.key === 'escape') return noticed(withDialog(state, undefined), 'nothing was done')
    if (event.key !== 'left' && event.key !== 'backspace') return state
    const previous = PREVIOUS[question]
    return withDialog(state, previous && { kind: 'guide', question: previous })
  }
  if (event.character === 'q') return noticed(withDialog(state, undefined), 'nothing was done')
  const plan = planHere(state)
  if (question === 'none' || plan === undefined) return state
  if (event.character === 'n') return withDialog(state, { kind: 'guide', question: NEXT_OF[question] })
  return event.character === 'y' ? asked(state, plan, STRATEGY_OF[question], question) : state
}

/** What the API takes, in characters. */
const LONGEST_REASON = 1024

function inReason(state: State, dialog: Of<'reason'>, event: Input): State {
  const { draft, basis, from, text } = dialog
  if (event.kind === 'key' && event.key === 'escape')
    return from === undefined
      ? noticed(withDialog(state, undefined), 'nothing was done')
      : withDialog(state, { kind: 'guide', question: from })
  if (event.kind === 'key' && event.key === 'enter') {
    const reason = text.trim()
    if (reason === '')
      return withDialog(state, { ...dialog, complaint: 'a reason is required: it is the record of why' })
    const request: Request = { ...draft, reason }
    return withDialog(state, { kind: 'confirm', request, basis, ...(from === undefined ? {} : { from }) })
  }
  const longer = edited(text, event)
  const { complaint: _, ...rest } = dialog
  if ([...longer].length > LONGEST_REASON)
    return withDialog(state, { ...rest, complaint: `a reason has at most ${LONGEST_REASON} characters` })
  return withDialog(state, { ...rest, text: longer })
}

/** Only a `y` that was pressed by itself is a yes: not enter, not what is left of a paste. */
function inConfirm(state: State, { request, basis, from }: Of<'confirm'>, event: Input): Step {
  if (event.kind === 'paste') return { state }
  if (event.kind === 'key') {
    if (event.key !== 'escape') return { state }
    const { reason, ...draft } = request
    return {
      state: withDialog(state, {
        kind: 'reason',
        draft,
        basis,
        text: reason,
        ...(from === undefined ? {} : { from }),
      }),
    }
  }
  if (event.character === 'n' || event.character === 'q')
    return { state: noticed(withDialog(state, undefined), 'nothing was done') }
  if (event.character !== 'y' || !event.alone) return { state }
  const changed = movedOn(planHere(state), basis)
  if (changed !== undefined) return { state: noticed(withDialog(state, undefined), `${changed}; nothing was done`) }
  return {
    state: withDialog(state, { kind: 'sending', request, since: state.now }),
    command: { kind: 'send', request },
  }
}

function inOutcome(state: State, event: Input): State {
  if (event.kind === 'paste') return state
  const closes =
    event.kind === 'character' ? 'q '.includes(event.character) : ['enter', 'escape', 'left'].includes(event.key)
  return closes ? withDialog(state, undefined) : state
}

function edited(text: string, event: Input): string {
  switch (event.kind) {
    case 'character':
      return text + event.character
    case 'paste':
      return text + event.text.replaceAll(/\s+/g, ' ')
    case 'key':
      if (event.key === 'backspace') return withoutLast(text)
      return event.key === 'erase' ? '' : text
  }
}
