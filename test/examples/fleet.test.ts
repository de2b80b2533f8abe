import { expect } from 'chai'
import { RELEASE_LABEL } from '../../operator/api/names.ts'
import { STRATEGIES } from '../../operator/api/rollout-plan-status.ts'
import { choose, fleetOf } from '../../operator/rollout/membership.ts'
import { node, plan as built } from '../rollout/build.ts'
import { daemonSets, fleetPlans, namespaces, plans, recoveries } from './file.ts'

describe('example of a fleet', () => {
  it('has every namespace that its objects are in', () => {
    const created = new Set(namespaces.map(({ metadata }) => metadata.name))
    for (const { metadata } of [...fleetPlans, ...recoveries, ...daemonSets])
      expect(created.has(metadata.namespace ?? ''), metadata.name).to.equal(true)
  })

  for (const { metadata, spec } of fleetPlans)
    describe(`plan ${metadata.name}`, () => {
      const { release, activation, artifactRef } = spec
      const label = activation.label ?? RELEASE_LABEL

      it('brings out a release whose DaemonSet runs where the plan says so', () => {
        const carriers = daemonSets.filter(({ spec: { template } }) => template.spec.nodeSelector[label] === release)
        expect(carriers).to.have.length(1)
        expect(carriers[0]?.spec.template.spec.containers[0]?.image).to.equal(artifactRef)
      })

      it('is confirmed by the pods of that release alone', () => {
        const { confirm } = activation
        expect(confirm.namespace).to.equal('fleet')
        const wanted = Object.entries(confirm.selector?.matchLabels ?? {})
        const confirming = daemonSets.filter(({ spec: { template } }) =>
          wanted.every(([key, value]) => template.metadata.labels[key] === value),
        )
        expect(confirming.map(set => set.spec.template.spec.nodeSelector[label])).to.deep.equal([release])
      })
    })

  it('is one in which agent-2 takes 3, 3 and 54 of 60 robots, 6 of which are canaries', () => {
    const spec = plans.find(({ metadata }) => metadata.name === 'agent-2')?.spec
    if (spec === undefined) return expect.fail('there is a plan agent-2')
    const robots = Array.from({ length: 60 }, (_, index) =>
      node(`robot-${index}`, { labels: { fleet: 'robots', ring: index < 6 ? 'canary' : 'wide' } }),
    )
    const plan = { ...built(), spec }
    const taken = new Set<string>()
    const counts = spec.stages.map(stage => {
      const { members } = choose(plan, stage, fleetOf(plan, robots), taken)
      for (const { uid } of members) taken.add(uid)
      return members.length
    })
    expect(counts).to.deep.equal([3, 3, 54])
  })

  it('has one recovery of each strategy that is for people', () => {
    const forPeople = STRATEGIES.filter(strategy => strategy !== 'gate-report')
    expect(recoveries.map(({ spec }) => spec.strategy).sort()).to.deep.equal([...forPeople].sort())
    const names = recoveries.map(({ metadata }) => metadata.name)
    expect(new Set(names).size).to.equal(names.length)
  })

  for (const { metadata, spec } of recoveries)
    it(`recovery ${metadata.name} is for a plan, and a stage, that are there`, () => {
      const plan = fleetPlans.find(candidate => candidate.metadata.name === spec.planName)
      expect(plan).to.be.an('object')
      const stage = plan?.spec.stages.find(({ id }) => id === spec.stageId)
      if (spec.stageId !== undefined) expect(stage).to.be.an('object')
      if (spec.strategy === 'approve') expect(stage?.gates.map(({ kind }) => kind)).to.include('manual')
    })
})
