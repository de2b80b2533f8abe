import { X509Certificate } from 'node:crypto'
import { expect } from 'chai'
import { createAuthority, issue } from './certificate.ts'

const NOW = Date.UTC(2026, 5, 1)
const DAY_MS = 24 * 60 * 60 * 1000

describe('a certificate', () => {
  const authority = createAuthority('test-ca', NOW)
  const authorityCertificate = new X509Certificate(authority.certificatePem)

  it('of an authority signs itself and may sign others', () => {
    expect(authorityCertificate.ca).to.equal(true)
    expect(authorityCertificate.subject).to.equal('CN=test-ca')
    expect(authorityCertificate.verify(authorityCertificate.publicKey)).to.equal(true)
  })

  it('of a client names its user and all of its groups', () => {
    const subject = { commonName: 'alice', organizations: ['fleet-operators', 'dev'] }
    const client = issue(authority, { subject, use: { kind: 'client' } }, NOW)
    const certificate = new X509Certificate(client.certificatePem)
    expect(certificate.subject.split('\n')).to.have.members(['CN=alice', 'O=fleet-operators', 'O=dev'])
    expect(certificate.keyUsage).to.deep.equal(['1.3.6.1.5.5.7.3.2'])
    expect(certificate.ca).to.equal(false)
  })

  it('is signed by the authority and fits its key', () => {
    const client = issue(authority, { subject: { commonName: 'alice' }, use: { kind: 'client' } }, NOW)
    const certificate = new X509Certificate(client.certificatePem)
    expect(certificate.checkIssued(authorityCertificate)).to.equal(true)
    expect(certificate.verify(authorityCertificate.publicKey)).to.equal(true)
    expect(certificate.checkPrivateKey(client.key)).to.equal(true)
  })

  it('of one authority is not accepted by another of the same name', () => {
    const client = issue(authority, { subject: { commonName: 'alice' }, use: { kind: 'client' } }, NOW)
    const other = new X509Certificate(createAuthority('test-ca', NOW).certificatePem)
    expect(new X509Certificate(client.certificatePem).verify(other.publicKey)).to.equal(false)
  })

  it('of a server is valid for its names and addresses and no other', () => {
    const use = { kind: 'server', names: ['localhost', '127.0.0.1', 'api.fleet.svc'] } as const
    const server = new X509Certificate(issue(authority, { subject: { commonName: 'api' }, use }, NOW).certificatePem)
    expect(server.checkHost('api.fleet.svc')).to.equal('api.fleet.svc')
    expect(server.checkIP('127.0.0.1')).to.equal('127.0.0.1')
    expect(server.checkHost('other.fleet.svc')).to.equal(undefined)
    expect(server.checkIP('127.0.0.2')).to.equal(undefined)
  })

  for (const [title, now] of [
    ['before 2050, in UTCTime', NOW],
    ['after 2050, in GeneralizedTime', Date.UTC(2051, 0, 1)],
  ] as const)
    it(`is valid from just before now until its end: ${title}`, () => {
      const request = { subject: { commonName: 'x' }, use: { kind: 'client' }, validForMs: DAY_MS } as const
      const { validFromDate, validToDate } = new X509Certificate(issue(authority, request, now).certificatePem)
      expect(validFromDate.getTime()).to.be.within(now - 5 * 60_000, now)
      expect(validToDate.getTime()).to.equal(now + DAY_MS)
    })
})
