/** Which rows of a long list are drawn, so that the selected one is among them: cost goes by the screen, not the list. */
export type Window = { readonly from: number; readonly to: number; readonly above: number; readonly below: number }

/** @param room rows there are */
export function windowOf(length: number, selected: number, room: number): Window {
  const shown = Math.max(0, Math.min(room, length))
  const middle = Math.floor(shown / 2)
  const from = Math.max(0, Math.min(selected - middle, length - shown))
  return { from, to: from + shown, above: from, below: length - from - shown }
}

/** Where the selection moves: never beyond the ends. */
export function moved(length: number, selected: number, by: number): number {
  return Math.max(0, Math.min(length - 1, selected + by))
}
