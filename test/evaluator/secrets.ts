import { CREDENTIALS_HOSTS, CREDENTIALS_TYPE } from '../../operator/api/names.ts'
import { createCredentialReader } from '../../operator/evaluator/credentials.ts'
import { ApiError } from '../../operator/kube/errors.ts'
import type { Clock } from '../../operator/runtime/clock.ts'

/** Secrets by name, as the API server has them; a number is its refusal. */
export type Secrets = {
  readonly [name: string]: { readonly type?: string; readonly hosts?: string; readonly data?: object } | number
}

export function secretReader(secrets: Secrets, clock: Clock) {
  const get = (_: unknown, { name }: { readonly name: string }): Promise<never> => {
    const found = secrets[name] ?? 404
    if (typeof found === 'number')
      return Promise.reject(
        new ApiError('GET secret', found, { reason: found === 404 ? 'NotFound' : 'Forbidden', message: '' }),
      )
    const { type = CREDENTIALS_TYPE, hosts = '127.0.0.1', data = {} } = found
    const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')])
    const metadata = { name, annotations: { [CREDENTIALS_HOSTS]: hosts } }
    return Promise.resolve({ metadata, type, data: Object.fromEntries(encoded) } as never)
  }
  return createCredentialReader({ get } as never, clock)
}
