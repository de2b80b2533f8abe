import { type Caller, type Door, openDoor } from './door.ts'
import { type Fate, type IncomingWrite, type Script, pass } from './fate.ts'
import { type RequestClass, classOf, parseRequest } from './request.ts'
import type { TracedWrite } from './trace.ts'
import { type Answer, createUpstream, reply } from './upstream.ts'

export type Replica = {
  /** How traces call it. */
  readonly who: string
  /** Kills the process (SIGKILL) and resolves when it is gone. */
  readonly kill: () => Promise<void>
}

export type Scope = (write: { readonly object: string }) => boolean

export type Proxy = {
  /** Opens a way to the API server for one replica. */
  open(replica: Replica): Promise<Door>
  /**
   * Puts a script in force and numbers writes from 1 again.
   *
   * @param scope  writes outside of it pass, and come into the trace of strangers
   * @returns the trace; it grows as writes are made
   */
  follow(script: Script, scope: Scope): readonly TracedWrite[]
  /** Writes that were in nobody's scope, since the proxy began. */
  strangers(): readonly TracedWrite[]
  /** How many writes of that class the replica has had answered with success, since the proxy began. */
  succeeded(who: string, kind: RequestClass): number
  close(): Promise<void>
}

export type ProxyOptions = {
  /** The API server, and the authority it is known by. */
  readonly server: string
  readonly ca: string
  /** The proxy's own certificate and key, PEM. */
  readonly cert: string
  readonly key: string
}

type Numbered = { readonly traced: TracedWrite; readonly fate: Fate }

/**
 * Stands between operator replicas and the API server, numbers their writes, and lets a script decide what becomes of
 * each. Everything else passes as it is, the sender's credentials included.
 */
export function createProxy({ server, ca, cert, key }: ProxyOptions): Proxy {
  const upstream = createUpstream(server, ca)
  const doors: Door[] = []
  const strangers: TracedWrite[] = []
  const successes = new Map<string, number>()
  let script: Script = pass
  let scope: Scope = () => false
  let trace: TracedWrite[] = []

  const number = (write: Omit<IncomingWrite, 'number'>): Numbered => {
    const ours = write.class !== 'write' || scope(write)
    const list = ours ? trace : strangers
    const number = list.filter(known => known.class === write.class).length + 1
    const fate = ours ? script({ ...write, number }) : ({ kind: 'pass' } as const)
    const { body: _, ...about } = write
    const traced: TracedWrite = { ...about, number, code: undefined, fate: wordsOf(fate) }
    list.push(traced)
    return { traced, fate }
  }

  const carryOut = async ({ traced, fate }: Numbered, caller: Caller, kill: () => Promise<void>): Promise<void> => {
    const { incoming, outgoing, body } = caller
    const commit = async (): Promise<Answer> => {
      const answer = await upstream.forward(incoming, body)
      traced.code = answer.code
      return answer
    }
    const finish = async (): Promise<void> => {
      const answer = await commit()
      await caller.passes()
      const name = `${traced.who}/${traced.class}`
      if (answer.code < 300) successes.set(name, (successes.get(name) ?? 0) + 1)
      await reply(outgoing, answer)
    }
    switch (fate.kind) {
      case 'pass':
        return await finish()
      case 'crash':
        if (fate.point === 'committed') await commit()
        if (fate.point === 'answered') {
          await finish()
          await caller.reacted()
        }
        await kill()
        incoming.socket.destroy()
        return
      case 'refuse':
        traced.code = fate.code
        return await reply(outgoing, refusal(fate))
      case 'reset':
        if (fate.after === 'commit') await commit()
        incoming.socket.destroy()
        return
      case 'hang':
        return
      case 'hold':
        fate.arrived()
        await fate.until
        return await finish()
    }
  }

  return {
    open: async ({ who, kill }) => {
      const handle = async (caller: Caller): Promise<boolean> => {
        const { incoming, body } = caller
        const text = body.toString('utf8')
        const request = parseRequest(incoming.method ?? 'GET', incoming.url ?? '/', text)
        const kind = classOf(request)
        if (kind === 'read' || kind === 'review') return false
        await carryOut(number({ ...request, class: kind, who, body: text }), caller, kill)
        return true
      }
      const door = await openDoor({ upstream, cert, key, handle })
      doors.push(door)
      return door
    },
    follow: (next, within) => {
      script = next
      scope = within
      trace = []
      return trace
    },
    strangers: () => strangers,
    succeeded: (who, kind) => successes.get(`${who}/${kind}`) ?? 0,
    close: async () => {
      await Promise.all(doors.map(async door => await door.close()))
      upstream.close()
    },
  }
}

/** A Status as the API server words its refusals. */
function refusal({ code, reason, retryAfterSeconds }: Extract<Fate, { kind: 'refuse' }>): Answer {
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: `injected ${reason}`, reason, code }
  return {
    code,
    headers: {
      'content-type': 'application/json',
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
    body: Buffer.from(JSON.stringify(status)),
  }
}

function wordsOf(fate: Fate): string | undefined {
  if (fate.kind === 'pass') return undefined
  return Object.values(fate)
    .filter(value => typeof value === 'string' || typeof value === 'number')
    .join(' ')
}
