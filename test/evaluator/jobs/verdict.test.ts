import { expect } from 'chai'
import type { ContainerStatus, Job, Pod } from '../../../operator/evaluator/jobs/kinds.ts'
import { hindranceOf, verdictOf } from '../../../operator/evaluator/jobs/verdict.ts'

const CREATED = '2026-03-18T08:00:00Z'
const AT = Date.parse(CREATED) + 30_000
const spec = { cronJob: 'smoke', deadlineSeconds: 600, attempts: 1 }

const metadata = (name: string, creationTimestamp = CREATED) => ({
  name,
  namespace: 'fleet',
  uid: name,
  resourceVersion: '1',
  creationTimestamp,
})

function job(type?: 'Complete' | 'Failed', reason = 'BackoffLimitExceeded'): Job {
  const conditions = type === undefined ? [] : [{ type, status: 'True', reason }]
  return { metadata: metadata('smoke-1'), spec: {}, status: { conditions } }
}

type Parts = NonNullable<Pod['status']> & { readonly created?: string }

function pod({ created, ...status }: Parts): Pod {
  return { metadata: metadata(`pod-${created ?? ''}`, created), status }
}

function ended(exitCode: number, message?: string, reason = 'Error'): readonly ContainerStatus[] {
  return [{ name: 'check', state: { terminated: { exitCode, reason, ...(message === undefined ? {} : { message }) } } }]
}

const read = (of: Job, pods: readonly Pod[] = [], hindrance?: string) => verdictOf(of, pods, AT, spec, hindrance)
const failed = (exitCode: number, message?: string, reason?: string) =>
  read(job('Failed'), [pod({ containerStatuses: ended(exitCode, message, reason) })])

describe('the verdict of a Job', () => {
  it('is none while it runs', () => {
    expect(read(job(), [pod({ phase: 'Running' })])).to.equal(undefined)
  })

  it('is good with exit code 0, as of the second in which the Job was created', () => {
    const pods = [pod({ containerStatuses: ended(0, 'all well', 'Completed') })]
    expect(read(job('Complete'), pods)).to.deep.equal({
      at: AT,
      verdict: 'good',
      value: 'ended with exit code 0',
      said: 'all well (kubectl logs -n fleet job/smoke-1)',
      sampledAt: Date.parse(CREATED) + 999,
    })
  })

  for (const code of [1, 2, 4, 125])
    it(`is bad with exit code ${code}`, () => {
      expect(failed(code, 'three probes failed')).to.include({
        verdict: 'bad',
        value: `ended with exit code ${code}`,
        said: 'three probes failed (kubectl logs -n fleet job/smoke-1)',
      })
    })

  for (const [what, reading, says] of [
    ['it says so itself', failed(3, 'nobody answered'), /could not tell \(exit code 3\): nobody answered \(kubectl/],
    ['its program is not there', failed(127), /killed or could not be run \(exit code 127 Error\): \(kubectl logs/],
    ['it was killed', failed(143), /killed or could not be run \(exit code 143/],
    ['it had too little memory', failed(1, '', 'OOMKilled'), /killed or could not be run \(exit code 1 OOMKilled\)/],
    ['its deadline is over', read(job('Failed', 'DeadlineExceeded')), /^Job smoke-1 did not end within 600 s$/],
    [
      'its deadline is over before it ran',
      read(job('Failed', 'DeadlineExceeded'), [], 'it has no pod'),
      /did not end within 600 s: it has no pod$/,
    ],
    [
      'its deadline is over, although an attempt has failed',
      read(job('Failed', 'DeadlineExceeded'), [pod({ containerStatuses: ended(1) })]),
      /did not end within 600 s$/,
    ],
    ['its pods are gone', read(job('Failed')), /failed without an exit code \(BackoffLimitExceeded: \)/],
    [
      'its pod was evicted',
      read(job('Failed'), [
        pod({ conditions: [{ type: 'DisruptionTarget', status: 'True' }], containerStatuses: ended(1) }),
      ]),
      /failed without an exit code/,
    ],
  ] as const)
    it(`is unknown when ${what}`, () => {
      expect(reading).to.include({ verdict: 'unknown' })
      expect(reading?.trouble).to.match(says)
    })

  it('is that of the last attempt', () => {
    const pods = [
      pod({ created: '2026-03-18T08:00:20Z', containerStatuses: ended(2, 'the second') }),
      pod({ created: '2026-03-18T08:00:05Z', containerStatuses: ended(1, 'the first') }),
    ]
    expect(read(job('Failed'), pods)?.value).to.equal('ended with exit code 2')
  })

  it('repeats a message on one line, without control characters, and not all of a long one', () => {
    expect(failed(1, 'a\n\u001b[2Jb\t c')?.said).to.match(/^a \[2Jb c \(kubectl/)
    expect(failed(1, 'x'.repeat(4096))?.said).to.have.length.below(250)
  })
})

describe('what keeps a Job from running', () => {
  const soon = Date.parse(CREATED) + 5_000

  for (const [what, pods, at, says] of [
    ['nothing, while its pod is new', [], soon, undefined],
    ['a pod that there is not', [], AT, 'it has no pod, and kubectl describe -n fleet job/smoke-1 says why'],
    [
      'no node',
      [pod({ conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }] })],
      AT,
      'its pod is not scheduled: 0/3 nodes are available',
    ],
    [
      'an image',
      [pod({ containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ErrImagePull', message: 'no such' } } }] })],
      AT,
      'its pod waits, ErrImagePull: no such',
    ],
    [
      'nothing, while it starts',
      [pod({ containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ContainerCreating' } } }] })],
      AT,
      undefined,
    ],
  ] as const)
    it(`is ${what}`, () => {
      expect(hindranceOf(job(), pods, at)).to.equal(says)
    })
})
