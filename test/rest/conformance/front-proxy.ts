import { readFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { type Caller, caller } from '../door.ts'
import { type Ground, SYSTEM } from '../ground.ts'

export const SERVER_NAME = `autonomy-rollouts.${SYSTEM}.svc`

/** The certificate by which kube-apiserver proves who it is, or another one. */
export type ClientCertificate = { readonly cert: string; readonly key: string }

/**
 * Somebody who has a front proxy's certificate: may say in X-Remote-* who asks, as kube-apiserver does, with nothing of
 * kube-apiserver in the way.
 */
export async function frontProxyCaller(ground: Ground, certificate?: ClientCertificate): Promise<Caller> {
  const { cert, key } = certificate ?? (await certificateOf(ground))
  return caller({
    user: 'front-proxy-client',
    door: 'aggregated',
    origin: `https://127.0.0.1:${ground.port}`,
    prefix: '',
    agent: new Agent({ ca: await ground.ca(), cert, key, servername: SERVER_NAME, keepAlive: true }),
    headers: {},
  })
}

async function certificateOf({ cluster: { folder } }: Ground): Promise<ClientCertificate> {
  const read = async (file: string) => await readFile(join(folder, file), 'utf8')
  return { cert: await read('front-proxy.crt'), key: await read('front-proxy.key') }
}
