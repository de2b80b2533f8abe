import { expect } from 'chai'
import { UsageError } from '../../../kubectl-plugin/cli/invocation.ts'
import { addressOf } from '../../../kubectl-plugin/connection/target.ts'

const GROUP = '/apis/orchestrator.autonomyops.dev'

describe('the URL of an orchestrator', () => {
  const read: readonly (readonly [url: string, address: string])[] = [
    ['https://10.0.0.1:6443', `https://10.0.0.1:6443${GROUP}`],
    ['https://10.0.0.1:6443/', `https://10.0.0.1:6443${GROUP}`],
    [`https://10.0.0.1:6443${GROUP}`, `https://10.0.0.1:6443${GROUP}`],
    [`http://127.0.0.1:8001${GROUP}/v1/`, `http://127.0.0.1:8001${GROUP}`],
    ['http://127.0.0.1:8001', `http://127.0.0.1:8001${GROUP}`],
    ['https://orchestrator.example/v1', 'https://orchestrator.example'],
    ['https://gateway.example/fleet/', 'https://gateway.example/fleet'],
    [`https://rancher.example/k8s/clusters/c-1${GROUP}`, `https://rancher.example/k8s/clusters/c-1${GROUP}`],
    ['https://[::1]:8443', `https://[::1]:8443${GROUP}`],
  ]
  for (const [url, address] of read)
    it(`${url} leads to ${address}/v1/rollouts`, () => {
      const { origin, prefix } = addressOf(url)
      expect(`${origin}${prefix}`).to.equal(address)
    })

  for (const url of [
    '127.0.0.1:8443',
    'orchestrator',
    'ftp://x',
    'https://user:secret@x',
    'https://x/?a=b',
    'https://x/#a',
  ])
    it(`${url} is refused`, () => {
      expect(() => addressOf(url)).to.throw(UsageError)
    })

  it('never shows a password that stood in it', () => {
    expect(() => addressOf('https://user:secret@x'))
      .to.throw(UsageError)
      .with.property('message')
      .not.include('secret')
  })
})
