import { expect } from 'chai'
import { Failure, type FailureParts } from '../../operator/rest/failure.ts'

/** The refusal that something ends with; fails when it does not end with one. */
export function refusal(doing: () => unknown): FailureParts {
  try {
    doing()
  } catch (error) {
    expect(error).to.be.instanceOf(Failure)
    return (error as Failure).parts
  }
  throw new Error('it was not refused')
}

export async function refusalOf(doing: Promise<unknown>): Promise<FailureParts> {
  const outcome = await doing.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(outcome).to.be.instanceOf(Failure)
  return (outcome as Failure).parts
}
