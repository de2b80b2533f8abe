import { expect } from 'chai'
import { UsageError, readOptions } from '../operator/options.ts'

describe('options of the operator', () => {
  const rest = (...args: string[]) => {
    const options = readOptions(args)
    return options === 'help' ? undefined : options.rest
  }

  it('count on an aggregated API unless told otherwise', () => {
    expect(rest()).to.include({ aggregated: true })
    expect(rest('--aggregated=off')).to.include({ aggregated: false })
    expect(() => rest('--aggregated=no')).to.throw(UsageError, '--aggregated wants on or off, not "no"')
  })

  it('take a port without a host for all addresses of the machine', () => {
    expect(rest('--rest-address=:8443')?.address).to.deep.equal({ host: '', port: 8443 })
  })
})
