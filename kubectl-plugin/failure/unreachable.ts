import { ORCHESTRATOR_GROUP } from '../../operator/api/names.ts'
import { EXIT } from '../exit-code.ts'
import type { Trouble } from '../orchestrator/trouble.ts'
import { span } from '../output/age.ts'
import type { Complaint } from './complaint.ts'
import type { Situation } from './situation.ts'

type Unreachable = Exclude<Trouble, { readonly kind: 'refused' | 'denied' | 'credentials' }>

const APISERVICE = ['get', 'apiservice', `v1.${ORCHESTRATOR_GROUP}`]

export function unreachableComplaint(trouble: Unreachable, message: string, situation: Situation): Complaint {
  const { address, request } = trouble
  const { kubectl, command, plan } = situation
  const through = address.includes(`/apis/${ORCHESTRATOR_GROUP}`)
  const wrote = !request.startsWith('GET') && !request.startsWith('HEAD')
  const look = wrote && plan !== undefined ? command(['rollout', 'history', plan]) : undefined
  const unclear = wrote ? '; whether it took effect is not known, and repeating it is safe' : ''
  const failed = { code: trouble.kind, exit: EXIT.unreachable }
  switch (trouble.kind) {
    case 'unreachable':
      switch (trouble.code) {
        case 'connection_refused':
          return {
            ...failed,
            why: `nothing listens at ${address}`,
            next: through ? kubectl(['cluster-info']) : kubectl(APISERVICE),
          }
        case 'dns':
          return {
            ...failed,
            why: `the name of ${address} is not known: ${message}`,
            next: kubectl(['config', 'view', '--minify']),
          }
        case 'proxy':
          return {
            ...failed,
            why: `the proxy on the way to ${address} refused: ${message}`,
            next: 'env | grep -i _proxy',
          }
        case 'reset':
          return {
            ...failed,
            why: `the connection to ${address} broke${unclear}`,
            ...(look === undefined ? {} : { next: look }),
          }
        case 'network':
          return { ...failed, why: `${address} cannot be reached: ${message}`, next: kubectl(['cluster-info']) }
      }
    // eslint-disable-next-line no-fallthrough
    case 'tls':
      return {
        ...failed,
        why: `${address} is not trusted: ${tlsReason(trouble.code, message)}`,
        next: kubectl(['config', 'view', '--minify']),
      }
    case 'timeout': {
      const after =
        trouble.afterMs > 0
          ? ` within ${trouble.afterMs < 1_000 ? `${trouble.afterMs} ms` : span(trouble.afterMs / 1_000)}`
          : ''
      return {
        ...failed,
        why: `${address} gave no answer${after}${unclear}`,
        next: look ?? (through ? kubectl(APISERVICE) : kubectl(['cluster-info'])),
        exit: EXIT.timeout,
      }
    }
    case 'no_backend':
      return {
        ...failed,
        why: `the API server answers, and no operator behind it does (${trouble.status}: ${trouble.excerpt})${unclear}`,
        next: kubectl(APISERVICE),
        status: trouble.status,
      }
    case 'not_orchestrator':
      return {
        ...failed,
        why:
          trouble.status === 404
            ? `there is no orchestrator at ${address}: it is not installed, or the URL is another one's`
            : `what answers at ${address} is no orchestrator (${trouble.status}: ${trouble.excerpt})`,
        next: kubectl(APISERVICE),
        status: trouble.status,
      }
  }
}

/** OpenSSL's codes in words, each with what would be right. */
function tlsReason(code: string, message: string): string {
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired'
  if (code === 'CERT_NOT_YET_VALID') return "its certificate is not valid yet: is this machine's clock right?"
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return 'its certificate is for other names; tls-server-name in the kubeconfig says which one to expect'
  if (/^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/.test(code))
    return 'its certificate is from an authority that is not known here; certificate-authority in the kubeconfig names it'
  if (code === 'EPROTO' || /WRONG_VERSION|UNKNOWN_PROTOCOL/.test(code))
    return 'it does not speak TLS there; is it http:// that is meant, or another port?'
  if (/ALERT_(BAD|UNKNOWN_CA|CERTIFICATE)|TLSV1/.test(code)) return `it refuses this client's certificate (${code})`
  return `${message} (${code})`
}
