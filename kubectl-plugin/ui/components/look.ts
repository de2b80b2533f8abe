import { createContext, useContext } from 'react'
import { type Glyphs, glyphsFor, spoken } from '../view/glyphs.ts'

/** How this terminal wants things drawn. */
export type Look = {
  readonly glyphs: Glyphs
  readonly color: boolean
  /** Read aloud: no bars, no frames, words for signs. */
  readonly spoken: boolean
  /** Cells in a row. */
  readonly columns: number
}

type Environment = { readonly [name: string]: string | undefined }

/** @see https://no-color.org: set and not empty, whatever the value */
export function lookFor(env: Environment): Omit<Look, 'columns'> {
  const color = (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
  const aloud = env['INK_SCREEN_READER'] === 'true'
  return { glyphs: aloud ? spoken : glyphsFor(env), color, spoken: aloud }
}

const LookContext = createContext<Look>({ ...lookFor({}), columns: 80 })

export const LookProvider = LookContext.Provider

export function useLook(): Look {
  return useContext(LookContext)
}
