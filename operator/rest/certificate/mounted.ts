import { readFile } from 'node:fs/promises'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { isUsable } from './bundle.ts'
import type { KeyPair } from './issue.ts'
import { type CertificateSource, subscribers } from './source.ts'

/** How often the files are read: the kubelet takes longer than that to bring a changed Secret. */
const EVERY = 10_000

/**
 * A certificate from files, for instance a mounted Secret that cert-manager keeps. A pair that does not fit together
 * (one file was read before the other changed) is not taken; the one before stays in use.
 */
export function mountedCertificate(
  files: { readonly cert: string; readonly key: string },
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): CertificateSource {
  const { subscribe, tell } = subscribers()
  let used: KeyPair | undefined
  let problem = ''

  const round = async () => {
    const [cert, key] = await Promise.all([readFile(files.cert, 'utf8'), readFile(files.key, 'utf8')])
    if (cert === used?.cert && key === used.key) return
    if (!isUsable({ cert, key })) throw new Error(`${files.cert} and ${files.key} are no certificate and its key`)
    used = { cert, key }
    tell()
  }

  return {
    current: () => used,
    trusted: () => undefined,
    subscribe,
    look: round,
    run: async signal => {
      while (!signal.aborted) {
        try {
          await round()
          problem = ''
        } catch (error) {
          const text = String(error)
          if (text !== problem)
            log.error('the certificate files cannot be used; what was read before stays in use', { error })
          problem = text
        }
        await clock.sleep(EVERY, signal).catch(() => undefined)
      }
    },
  }
}
