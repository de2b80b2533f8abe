import { type State, here, replaceHere } from './state.ts'

/** The filter of the page that is open, where it has one. */
export function filterHere(state: State): string | undefined {
  const place = here(state)
  return place.kind === 'plans' || place.kind === 'stage' ? place.filter : undefined
}

/** Another filter is another list: its first row is chosen. */
export function filtered(state: State, filter: string): State {
  const place = here(state)
  if (place.kind !== 'plans' && place.kind !== 'stage') return state
  return replaceHere(state, { ...place, filter, selected: undefined })
}
