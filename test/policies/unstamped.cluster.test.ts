import { expect } from 'chai'
import { PROVENANCE } from '../../operator/api/names.ts'
import { plan, recovery } from '../api/object.ts'
import { until } from '../cluster/wait.ts'
import { expectDenial, expectSuccess, withPolicies } from './ground.ts'
import { ADMIN, ALICE } from './people.ts'

/** What people on a cluster before Kubernetes 1.36 get. */
describe('policies where the API server cannot fill in who asks', () => {
  const ground = withPolicies(['--set', 'admissionPolicies.stamp=false'])

  it('ask for the name on a recovery, and which one', async () => {
    const message = 'you are alice: write exactly that into spec.operator'
    expectDenial(await ground().create(ALICE, recovery('unsigned')), 'recovery', message)
    expectDenial(await ground().create(ALICE, recovery('forged', { operator: 'bob' })), 'recovery', message)
    expectSuccess(await ground().create(ALICE, recovery('signed', { operator: 'alice' })))
  })

  it('take a plan without a name, or with the true one', async () => {
    const signed = (name: string, creator: string) => {
      const bare = plan(name)
      return { ...bare, metadata: { ...bare.metadata, annotations: { [PROVENANCE.createdBy]: creator } } }
    }
    expectSuccess(await ground().create(ALICE, plan('agent-2')))
    expect(await ground().field('rplan/agent-2', '.metadata.annotations')).to.equal('')
    expectSuccess(await ground().create(ALICE, signed('agent-3', 'alice')))
    const message = `leave annotation ${PROVENANCE.createdBy} out, or write alice, which is who you are`
    expectDenial(await ground().create(ALICE, signed('agent-4', 'bob')), 'plan', message)
  })

  it('are gone when they are switched off', async () => {
    const move = [
      'patch',
      'rplan',
      'agent-2',
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"phase":"active"}}',
    ]
    expectDenial(await ground().kubectl(ADMIN, move), 'status', 'only system:serviceaccount:ops:autonomy-rollouts')
    await ground().install('--set', 'admissionPolicies.enabled=false')
    const lifted = async () => (await ground().kubectl(ADMIN, move)).code === 0
    await until(lifted, { what: 'the administrator writes status', withinMs: 20_000 })
    expect(await ground().succeed(ADMIN, ['get', 'validatingadmissionpolicies', '-o', 'name'])).to.equal('')
  })
})
