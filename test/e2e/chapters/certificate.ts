import { once } from 'node:events'
import { connect } from 'node:tls'
import { X509Certificate } from 'node:crypto'
import { expect } from 'chai'
import { issueServing } from '../../../operator/rest/certificate/issue.ts'
import { until } from '../../cluster/wait.ts'
import type { Chapter } from '../chapter.ts'
import { installed, operatorPods } from '../installation.ts'
import { completed, expectOnce } from '../rollout-check.ts'
import { type Scene, SYSTEM } from '../scene.ts'
import { askSteadily } from '../steady.ts'
import { yardOf } from '../yard.ts'
import { twoReady } from './crash.ts'

const SECRET = 'autonomy-rollouts-serving'
/**
 * A certificate is replaced when two thirds of its life, which begins a minute before it is made, are over: after 47 s
 * here. Replicas look at the Secret every 30 s, so both have used it by then.
 */
const LIFE_MS = 100_000

/** The serving certificate comes to its end in the middle of a rollout, with requests running. */
export const certificateChapter: Chapter = {
  name: 'certificate',
  title: 'The serving certificate is rotated',
  async tell(scene) {
    await installed(scene)
    const { ledger, signal } = scene
    const yard = await yardOf(scene)
    await twoReady(scene)
    const first = await servedSerials(scene)
    const steady = askSteadily(scene)
    const rollout = await yard.publish()
    let short = ''
    await ledger.fact('both replicas take up a certificate that ends soon, as it stands in the Secret', async () => {
      short = await shorten(scene)
      const taken = async () => (await servedSerials(scene)).every(serial => serial === short)
      await until(taken, { what: 'both serve it', withinMs: 60_000, everyMs: 500, signal })
      expect(first).to.not.include(short)
    })
    await ledger.fact('they replace it before it ends, and agree on the next', async () => {
      const next = await until(
        async () => {
          const [one, other] = await servedSerials(scene)
          return one !== short && one === other && one
        },
        { what: 'both serve another', withinMs: LIFE_MS, everyMs: 500, signal },
      )
      expect(next).to.not.equal(first[0])
    })
    await ledger.fact('meanwhile a rollout was completed: nothing skipped, nothing twice', async () => {
      await yard.reached(rollout.plan, 'it is completed', completed)
      return expectOnce(yard, rollout)
    })
    await ledger.fact('no request was lost over it', async () => await steady.stop())
  },
}

/** Serial numbers of the certificates that the pods serve. */
async function servedSerials(scene: Scene): Promise<readonly string[]> {
  const pods = await operatorPods(scene)
  return await Promise.all(
    pods.map(async ({ address }) => {
      // The certificate is what is looked at here; the API server is who verifies it.
      const socket = connect({ host: address, port: 8443, rejectUnauthorized: false })
      try {
        await once(socket, 'secureConnect', { signal: AbortSignal.timeout(5_000) })
        return socket.getPeerX509Certificate()?.serialNumber ?? ''
      } finally {
        socket.destroy()
      }
    }),
  )
}

/** Puts a certificate into the Secret that ends soon, signed by the authority that is there; answers its serial number. */
async function shorten({ succeed }: Scene): Promise<string> {
  const text = await succeed(['get', 'secret', SECRET, '-n', SYSTEM, '-o', 'json'])
  const { data } = JSON.parse(text) as { readonly data: { readonly [key: string]: string } }
  const pem = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString('utf8')
  const names = new X509Certificate(pem('tls.crt')).subjectAltName?.split(', ').map(name => name.replace(/^[^:]*:/, ''))
  const { cert, key } = await issueServing(
    { cert: pem('ca.crt'), key: pem('ca.key') },
    names ?? [],
    Date.now(),
    LIFE_MS,
  )
  const base64 = (value: string) => Buffer.from(value).toString('base64')
  const patch = { data: { 'tls.crt': base64(cert), 'tls.key': base64(key) } }
  await succeed(['patch', 'secret', SECRET, '-n', SYSTEM, '--type=merge', '-p', JSON.stringify(patch)])
  return new X509Certificate(cert).serialNumber
}
