import { expect } from 'chai'
import { serviceUrl } from '../../operator/check/door.ts'
import { UsageError, readOptions } from '../../operator/check/options.ts'

describe('the command line of the check', () => {
  it('needs nothing in a pod', () => {
    expect(readOptions([])).to.deep.equal({
      kubeconfig: undefined,
      door: 'aggregated',
      namespace: undefined,
      planNamespace: undefined,
      deadlineMs: 60_000,
    })
  })

  it('names Service and files for the way past the API server', () => {
    const args = ['--aggregated=off', '--service=rollouts', '--token-file=/token', '--ca-file=/ca.crt', '--deadline=5']
    expect(readOptions(args)).to.deep.include({
      door: { service: 'rollouts', tokenFile: '/token', caFile: '/ca.crt' },
      deadlineMs: 5_000,
    })
    expect(serviceUrl('rollouts', 'system').href).to.equal('https://rollouts.system.svc:8443/')
  })

  const wrong: readonly (readonly [args: readonly string[], says: string])[] = [
    [['--aggregated=maybe'], '--aggregated wants on or off, not "maybe"'],
    [['--aggregated=off'], '--aggregated off needs --token-file'],
    [['--deadline=soon'], '--deadline wants seconds between 0 and 3600, not "soon"'],
    [['--deadline=0'], '--deadline wants seconds'],
    [['--surprise'], '--help lists the options'],
  ]
  for (const [args, says] of wrong)
    it(`refuses ${args.join(' ')}`, () => {
      expect(() => readOptions(args)).to.throw(UsageError, says)
    })
})
