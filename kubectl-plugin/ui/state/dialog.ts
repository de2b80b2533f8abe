import type { Basis, Draft, Request } from './request.ts'

/** The questions of the decision tree, in its order; `none`: no strategy fits. */
export type Question = 'harmful' | 'clears' | 'validated' | 'none'

/** What lies over the page and takes the keys. */
export type Dialog =
  | { readonly kind: 'help' }
  | { readonly kind: 'filter'; readonly before: string }
  /** Which of the gates that hold the stage up; kept by name, absent: the first. */
  | { readonly kind: 'gates'; readonly selected?: string }
  | { readonly kind: 'guide'; readonly question: Question; readonly complaint?: string }
  | {
      readonly kind: 'reason'
      readonly draft: Draft
      readonly basis: Basis
      readonly text: string
      readonly complaint?: string
      /** The guide's question that led here. */
      readonly from?: Question
    }
  | {
      readonly kind: 'confirm'
      readonly request: Request
      readonly basis: Basis
      readonly from?: Question
    }
  | { readonly kind: 'sending'; readonly request: Request; readonly since: number }
  | { readonly kind: 'outcome'; readonly request: Request; readonly outcome: Outcome }

export type Outcome =
  | { readonly kind: 'done'; readonly sentence: string }
  | { readonly kind: 'refused'; readonly sentence: string }
  /** No answer: it may have taken effect. */
  | { readonly kind: 'unknown'; readonly sentence: string }
