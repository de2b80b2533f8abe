import { expect } from 'chai'
import type { Job, Pod } from '../../../operator/evaluator/jobs/kinds.ts'
import { jobSource } from '../../../operator/evaluator/jobs/source.ts'
import type { Subject } from '../../../operator/evaluator/source.ts'
import { ApiError, TransportError } from '../../../operator/kube/errors.ts'
import { createLog } from '../../../operator/runtime/log.ts'
import { subject as metricSubject } from '../build.ts'

const AT = Date.parse('2026-03-18T08:00:00Z')
const forEver = new AbortController().signal

type Trouble = (request: string) => Error | undefined

const refusal = (request: string, code: number, message: string) =>
  new ApiError(request, code, { reason: code === 404 ? 'NotFound' : 'Forbidden', message })

/** An API server with one CronJob, on which Jobs stay as they are until a test ends them. */
function world() {
  const jobs = new Map<string, Job>()
  const pods: Pod[] = []
  const done: string[] = []
  let trouble: Trouble = () => undefined
  const asked = (request: string) => {
    const error = trouble(request)
    if (error) throw error
  }
  const client = {
    get: async ({ kind }: { kind: string }, { name }: { name: string }) => {
      asked(`GET ${kind}`)
      if (kind === 'CronJob' && name === 'smoke') return { spec: { jobTemplate: { spec: { template: TEMPLATE } } } }
      const found = jobs.get(name)
      if (!found) throw refusal(`GET ${kind}`, 404, 'not found')
      return found
    },
    list: async () => ({ items: pods, resourceVersion: '1' }),
    create: async (_: unknown, draft: Job) => {
      asked('POST Job')
      const metadata = { ...draft.metadata, uid: `uid-${jobs.size}`, creationTimestamp: new Date(AT).toISOString() }
      const job = { ...draft, metadata }
      jobs.set(metadata.name, job)
      done.push('create')
      return job
    },
    delete: async (_: unknown, { name }: { name: string }) => {
      jobs.delete(name)
      done.push('delete')
    },
  }
  const source = jobSource(client as never, createLog({ level: 'silent' }))
  return {
    source,
    jobs,
    done,
    fail: (how: Trouble) => void (trouble = how),
    look: async (of: Subject = subject(), at = AT) => (await source.look(of, at, forEver)).reading,
    end: (type: 'Complete' | 'Failed') => {
      for (const [name, job] of jobs) jobs.set(name, { ...job, status: { conditions: [{ type, status: 'True' }] } })
    },
  }
}

const TEMPLATE = { spec: { containers: [{ name: 'check' }] } }

function subject(parts: Partial<Subject['ask']> = {}, cronJob = 'smoke'): Subject {
  const { plan, ask } = metricSubject({ provider: {} })
  const gate = { kind: 'job', job: { cronJob, deadlineSeconds: 60, attempts: 1 } } as const
  return { plan, ask: { ...ask, gate, ...parts } }
}

describe('a look at a Job', () => {
  it('creates it once, says where it runs, and reads how it ended', async () => {
    const { look, end, done, jobs } = world()
    const first = await look()
    expect(first).to.include({ pending: true })
    expect(first.trouble).to.equal(
      `runs as Job ${[...jobs.keys()][0]}: kubectl logs -n fleet job/${[...jobs.keys()][0]}`,
    )
    expect(await look()).to.include({ pending: true })
    end('Complete')
    expect(await look()).to.include({ verdict: 'good' })
    expect(done).to.deep.equal(['create'])
  })

  it('comes to the same Job with another process, and to another one after a reading', async () => {
    const { look, done, source, jobs } = world()
    await look()
    await source.close()
    expect(await look()).to.include({ pending: true })
    expect(done).to.deep.equal(['create'])
    await look(subject({ after: 1 }))
    expect([done, jobs.size]).to.deep.equal([['create', 'delete', 'create'], 1])
  })

  it('does not run it again when somebody has deleted it', async () => {
    const { look, jobs, done } = world()
    await look()
    jobs.clear()
    expect((await look()).trouble).to.match(/was deleted before it had ended$/)
    expect(done).to.deep.equal(['create'])
  })

  it('takes no Job of its name for its own that is of another plan', async () => {
    const { look, jobs } = world()
    await look()
    for (const [name, job] of jobs) jobs.set(name, { ...job, metadata: { ...job.metadata, ownerReferences: [] } })
    expect((await look()).trouble).to.match(/is not the plan's: delete it$/)
  })

  it('ends it when nobody asks any more', async () => {
    const { look, source, jobs } = world()
    await look()
    await source.abandon?.(subject(), forEver)
    expect(jobs.size).to.equal(0)
  })

  for (const [what, how, says] of [
    ['may not', () => refusal('GET Job', 403, 'no'), /^the operator may not run Jobs in namespace fleet: name it in/],
    [
      'is over its quota',
      (request: string) => (request === 'POST Job' ? refusal(request, 403, 'exceeded quota: one-job') : undefined),
      /^the API server refuses the Job: .*exceeded quota: one-job$/,
    ],
  ] as const)
    it(`is unknown when it ${what}, and says so`, async () => {
      const { look, fail } = world()
      fail(how)
      const reading = await look()
      expect(reading).to.include({ verdict: 'unknown' })
      expect(reading.pending).to.equal(undefined)
      expect(reading.trouble).to.match(says)
    })

  it('is unknown when there is no such CronJob', async () => {
    expect((await world().look(subject({}, 'none'))).trouble).to.equal('there is no CronJob none in namespace fleet')
  })

  for (const [what, how] of [
    ['is away', (request: string) => new TransportError(request, 'reset', 'the connection broke')],
    ['is starting', (request: string) => refusal(request, 503, 'not yet')],
    ['has too much to do', (request: string) => refusal(request, 429, 'later')],
  ] as const)
    it(`waits for an API server that ${what}, and stays with its Job`, async () => {
      const { look, fail, end, done } = world()
      await look()
      fail(how)
      expect(await look()).to.include({ pending: true })
      fail(() => undefined)
      end('Complete')
      expect(await look()).to.include({ verdict: 'good' })
      expect(done).to.deep.equal(['create'])
    })
})
