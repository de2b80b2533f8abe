import { expect } from 'chai'
import { refusedAs } from '../../../operator/evaluator/outbound/address.ts'

describe('an address', () => {
  for (const address of [
    ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '0.1.2.3', '169.254.169.254', '169.254.0.1', '100.100.100.200'],
    ...['168.63.129.16', '192.0.0.192', '224.0.0.1', '239.255.255.255', '255.255.255.255'],
    ...['::', '::1', '::7f00:1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '64:ff9b::7f00:1'],
    ...['64:ff9b:1::1', '2002:7f00:1::', '2001:0:7f00:1::', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'ff02::1'],
    ...['fd00:ec2::254', 'FD00:EC2::254', '0:0:0:0:0:0:0:1', 'example', ''],
  ])
    it(`${address || '(none)'} may not be asked`, () => expect(refusedAs(address, false)).to.be.a('string'))

  for (const address of [
    ...['10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '8.8.8.8', '128.0.0.1', '168.63.129.17', '1.1.1.1'],
    ...['fd12:3456::1', '2a00:1450::1', '2600::1', 'fd00:ec2::253'],
  ])
    it(`${address} may`, () => expect(refusedAs(address, false)).to.equal(undefined))

  it('of the machine itself may be asked where that is allowed, and nothing else than before', () => {
    expect(refusedAs('127.0.0.1', true)).to.equal(undefined)
    expect(refusedAs('::1', true)).to.equal(undefined)
    for (const other of ['0.0.0.0', '169.254.169.254', '::ffff:127.0.0.1', 'fe80::1'])
      expect(refusedAs(other, true)).to.be.a('string')
  })
})
