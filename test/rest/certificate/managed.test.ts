import { expect } from 'chai'
import { ApiError } from '../../../operator/kube/errors.ts'
import type { Client } from '../../../operator/kube/client.ts'
import { managedCertificate } from '../../../operator/rest/certificate/managed.ts'
import { LIFETIMES, takeStep } from '../../../operator/rest/certificate/rotation.ts'
import { createLog } from '../../../operator/runtime/log.ts'
import { systemClock } from '../../../operator/runtime/clock.ts'
import { until } from '../../cluster/wait.ts'

const NAMES = ['autonomy-rollouts.ops.svc']
const DAY = 86_400_000

type Data = { readonly [key: string]: string }

/** The Secret as an operator leaves it that made its certificate so many days ago. */
async function madeBefore(days: number): Promise<{ readonly data: Data; readonly cert: string }> {
  const { authority, serving, changedAt } = await takeStep(
    'create',
    undefined,
    NAMES,
    Date.now() - days * DAY,
    LIFETIMES,
  )
  const texts = {
    'ca.crt': authority.cert,
    'ca.key': authority.key,
    'next.crt': '',
    'next.key': '',
    'tls.crt': serving.cert,
    'tls.key': serving.key,
    'changed-at': new Date(changedAt).toISOString(),
  }
  const data = Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  )
  return { data, cert: serving.cert }
}

/** Runs one replica against a Secret that can be read and not written; says what it serves with. */
async function served(data: Data): Promise<string | undefined> {
  let refused = 0
  const secret = { metadata: { name: 's', namespace: 'ops', uid: 'u', resourceVersion: '1' }, data }
  const client = {
    get: async () => secret,
    update: async () => {
      refused += 1
      throw new ApiError('PUT secret', 403, { reason: 'Forbidden', message: 'quota' })
    },
  }
  const certificate = managedCertificate({
    client: client as unknown as Client,
    namespace: 'ops',
    name: 's',
    names: NAMES,
    clock: systemClock(),
    log: createLog({ destination: { write: () => undefined } }),
  })
  const end = new AbortController()
  const running = certificate.run(end.signal)
  try {
    await until(() => refused > 0, { what: 'the renewal is refused', withinMs: 10_000 })
    return certificate.current()?.cert
  } finally {
    end.abort()
    await running
  }
}

describe('certificate that cannot be renewed', () => {
  it('serves a replica that starts, as long as it is good', async () => {
    const { data, cert } = await madeBefore(61)
    expect(await served(data)).to.equal(cert)
  })

  it('serves no longer than it is good', async () => {
    const { data } = await madeBefore(91)
    expect(await served(data)).to.equal(undefined)
  })
})
