import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Identity, createAuthority, issue } from '../cluster/certificate.ts'

/** What it takes to be answered by a Prometheus that speaks TLS and asks for a password. */
export type Guard = {
  readonly username: string
  readonly password: string
  /** PEM certificate of the authority that its own certificate is of. */
  readonly ca: string
  /** Its own certificate for 127.0.0.1, and the key of that. */
  readonly certificatePem: string
  readonly keyPem: string
}

const PASSWORD = 'only for tests'
/** bcrypt of that, at the lowest cost: Prometheus takes it in no other form, and Node has no bcrypt. */
const HASH = '$2b$04$abcdefghijklmnopqrstuursBJVjwtkucQ.GLo5l86wMxN0hcKTyu'

/**
 * @param now  epoch milliseconds; the certificate is valid from then on
 * @param validForMs  default 30 days
 */
export function createGuard(now: number, authority = authorityOfGuards(now), validForMs?: number): Guard {
  const use = { kind: 'server', names: ['127.0.0.1'] } as const
  const request = { subject: { commonName: 'prometheus' }, use, ...(validForMs === undefined ? {} : { validForMs }) }
  const { certificatePem, keyPem } = issue(authority, request, now)
  return { username: 'operator', password: PASSWORD, ca: authority.certificatePem, certificatePem, keyPem }
}

/** For guards that are to be trusted by the same certificate. */
export function authorityOfGuards(now: number): Identity {
  return createAuthority('prometheus', now)
}

/** Writes `--web.config.file` and what it names into a folder; answers its path. */
export async function writeGuard(folder: string, { username, certificatePem, keyPem }: Guard): Promise<string> {
  const [cert, key, file] = [join(folder, 'web.crt'), join(folder, 'web.key'), join(folder, 'web.json')] as const
  const tls = { cert_file: cert, key_file: key }
  await Promise.all([
    writeFile(cert, certificatePem),
    writeFile(key, keyPem, { mode: 0o600 }),
    // JSON is YAML.
    writeFile(file, JSON.stringify({ tls_server_config: tls, basic_auth_users: { [username]: HASH } })),
  ])
  return file
}
