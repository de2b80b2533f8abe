/** One question of a webhook gate: which plan's, and when it was asked. */
export type Evaluation = {
  readonly uid: string
  readonly stage: string
  readonly gate: string
  /** Epoch milliseconds. */
  readonly at: number
}

/** How a question is called; `EVALUATION` of operator/api/fragments.ts is its form. */
export function evaluationName({ uid, stage, gate, at }: Evaluation): string {
  return `${uid}/${stage}/${gate}/${Math.floor(at)}`
}

/** @param name in the form of `EVALUATION` */
export function evaluationOf(name: string): Evaluation {
  const [uid = '', stage = '', gate = '', at = ''] = name.split('/')
  return { uid, stage, gate, at: Number(at) }
}
