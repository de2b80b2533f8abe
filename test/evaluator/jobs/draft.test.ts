import { expect } from 'chai'
import { draftOf, jobName } from '../../../operator/evaluator/jobs/draft.ts'
import type { CronJob, PodTemplate } from '../../../operator/evaluator/jobs/kinds.ts'
import type { Subject } from '../../../operator/evaluator/source.ts'
import { subject as metricSubject } from '../build.ts'

const spec = { cronJob: 'smoke', deadlineSeconds: 120, attempts: 3 }

function subject(parts: Partial<Subject['ask']> = {}): Subject {
  const { plan, ask } = metricSubject({ provider: {} })
  return { plan, ask: { ...ask, name: 'smoke', gate: { kind: 'job', name: 'smoke', job: spec }, ...parts } }
}

function cronJob(template: PodTemplate): CronJob {
  const metadata = { name: 'smoke', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-03-18T08:00:00Z' }
  return { metadata, spec: { jobTemplate: { metadata: { labels: { team: 'fleet' } }, spec: { template } } } }
}

const template: PodTemplate = {
  spec: {
    serviceAccountName: 'prober',
    restartPolicy: 'OnFailure',
    initContainers: [{ name: 'wait' }],
    containers: [
      {
        name: 'check',
        image: 'x',
        env: [
          { name: 'ROLLOUT_STAGE', value: 'mine' },
          { name: 'URL', value: 'u' },
        ],
      },
    ],
  },
}

function draft(of = subject()) {
  const made = draftOf(of, spec, cronJob(template), 'agent-smoke-1')
  if ('trouble' in made) throw new Error(made.trouble)
  return made as typeof made & {
    readonly spec: { readonly template: PodTemplate } & Readonly<Record<string, unknown>>
  }
}

describe('the name of a Job', () => {
  it('is the same for the same evaluation, whoever asks and when', () => {
    expect(jobName(subject({ due: 1 }))).to.equal(jobName(subject({ due: 2 })))
  })

  for (const [what, other] of [
    ['reading before', subject({ after: 1 })],
    ['stage', subject({ stage: 'wide' })],
    ['gate', subject({ name: 'soak' })],
    ['plan', { ...subject(), plan: { ...subject().plan, uid: 'another' } }],
  ] as const)
    it(`is another one with another ${what}`, () => {
      expect(jobName(other)).to.not.equal(jobName(subject()))
    })

  it('is one that pods can have, however long the others are', () => {
    const { plan, ask } = subject({ name: 'g'.repeat(63) })
    const name = jobName({ plan: { ...plan, name: `a.${'b'.repeat(61)}` }, ask })
    expect(name).to.match(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
  })
})

describe('the Job of an evaluation', () => {
  it('goes with its plan, and says what it is for', () => {
    const { metadata } = draft()
    expect(metadata.ownerReferences).to.deep.equal([
      { apiVersion: 'fleet.autonomyops.dev/v1alpha1', kind: 'RolloutPlan', name: 'agent', uid: 'uid' },
    ])
    expect(metadata.labels).to.deep.equal({
      team: 'fleet',
      'fleet.autonomyops.dev/plan-uid': 'uid',
      'fleet.autonomyops.dev/plan': 'agent',
      'fleet.autonomyops.dev/stage': 'canary',
      'fleet.autonomyops.dev/gate': 'smoke',
      'app.kubernetes.io/managed-by': 'autonomy-rollouts',
    })
  })

  it('is bounded in time, in attempts, and in how long it stays', () => {
    expect(draft().spec).to.include({ activeDeadlineSeconds: 120, backoffLimit: 2, ttlSecondsAfterFinished: 3600 })
  })

  it('tells every container what it is about, whatever the template says', () => {
    const pod = draft().spec.template.spec
    expect(pod).to.include({ serviceAccountName: 'prober', restartPolicy: 'Never' })
    const values = pod.containers[0]?.env?.map(({ name, value }) => [name, value])
    expect(values).to.deep.equal([
      ['ROLLOUT_PLAN', 'agent'],
      ['ROLLOUT_NAMESPACE', 'fleet'],
      ['ROLLOUT_STAGE', 'canary'],
      ['ROLLOUT_GATE', 'smoke'],
      ['ROLLOUT_RELEASE', '1.4.2'],
      ['ROLLOUT_ARTIFACT', 'oci.example/agent:1.4.2'],
      ['ROLLOUT_NODES', 'n1.example n2'],
      ['URL', 'u'],
    ])
    expect(pod.initContainers?.[0]?.env).to.have.length(7)
  })

  it('is none with more nodes than a variable holds, rather than one about a part of them', () => {
    const nodes = Array.from({ length: 5_000 }, (_, index) => `robot-${index}.site-north.example`)
    expect(draftOf(subject({ nodes }), spec, cronJob(template), 'x')).to.deep.equal({
      trouble:
        'the names of the 5000 nodes have more than 120000 bytes, which no variable holds: make the stage smaller',
    })
  })
})
