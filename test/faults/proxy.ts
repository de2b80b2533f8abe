import { refusal, replyDripping, replyGarbage, replyHalf } from './answer.ts'
import { type Caller, type Door, openDoor } from './door.ts'
import type { Faults } from './fate.ts'
import { type Follower, type Numbered, type Scope, createFollowers } from './followers.ts'
import { type RequestClass, classOf, parseRequest } from './request.ts'
import { nameOf } from './stream.ts'
import type { TracedWrite } from './trace.ts'
import { type Answer, createUpstream, reply } from './upstream.ts'
import type { AnyObject } from './watch.ts'
import { createWatching } from './watching.ts'

export type { Scope } from './followers.ts'

export type Replica = {
  /** How traces call it. */
  readonly who: string
  /** The process that requests come from now. One that is started in its place is not to be killed for what this one has sent. */
  readonly sender: () => { kill(): Promise<void> } | undefined
}

export type Proxy = {
  /** Opens a way to the API server for one replica. */
  open(replica: Replica): Promise<Door>
  /**
   * Puts a script in force beside the others, until its follower leaves. Numbers count what it is asked about, from 1.
   *
   * @param scope  what is outside of it passes; writes that are in nobody's come into the trace of strangers
   */
  join(faults: Faults, scope: Scope): Follower
  /** Writes that were in nobody's scope, since the proxy began. */
  strangers(): readonly TracedWrite[]
  /** How many writes of that class the replica has had answered with success, since the proxy began. */
  succeeded(who: string, kind: RequestClass): number
  /** How many events are kept from replicas now. */
  kept(): number
  /** From now on keeps the history of all that replicas have watched so far, which stale answers are made from. */
  record(): Promise<void>
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

/**
 * Stands between operator replicas and the API server, numbers what they ask, and lets scripts decide what becomes of
 * each request and of each event of a watch. Everything else passes as it is, the sender's credentials included.
 */
export function createProxy({ server, ca, cert, key }: ProxyOptions): Proxy {
  const upstream = createUpstream(server, ca)
  const followers = createFollowers()
  const doors: Door[] = []
  const successes = new Map<string, number>()
  const watching = createWatching(upstream, followers)

  const carryOut = async (
    { traced, fate }: Numbered,
    caller: Caller,
    sender: ReturnType<Replica['sender']>,
  ): Promise<void> => {
    const { incoming, outgoing, body } = caller
    const commit = async (): Promise<Answer> => {
      const answer = await upstream.forward(incoming, body)
      traced.code = answer.code
      return answer
    }
    const finish = async (): Promise<void> => {
      if (traced.verb === 'watch') return await watching.stream(traced, caller)
      const answer = await commit()
      await caller.passes()
      const name = `${traced.who}/${traced.class}`
      if (answer.code < 300) successes.set(name, (successes.get(name) ?? 0) + 1)
      await reply(outgoing, answer)
      if (traced.verb === 'list' && answer.code === 200)
        for (const object of itemsOf(answer)) followers.told({ resource: traced.resource, object: nameOf(object) })
    }
    if (traced.verb === 'watch' && (await watching.disturb(traced, fate, caller))) return
    switch (fate.kind) {
      case 'pass':
        return await finish()
      case 'crash':
        try {
          if (fate.point === 'committed') await commit()
          if (fate.point === 'answered') {
            await finish()
            await caller.reacted()
          }
        } finally {
          await sender?.kill()
        }
        incoming.socket.destroy()
        return
      case 'refuse':
        if (fate.after === 'commit') await commit()
        traced.code = fate.code
        return await reply(outgoing, refusal(fate))
      case 'reset':
        if (fate.after === 'commit') await commit()
        incoming.socket.destroy()
        return
      case 'half':
        return replyHalf(outgoing, await commit())
      case 'garbage':
        await commit()
        return await replyGarbage(outgoing)
      case 'drip':
        return await replyDripping(outgoing, await commit(), fate.everyMs)
      case 'hang':
        return
      case 'hold':
        fate.arrived()
        await fate.until
        return await finish()
      case 'stale':
        // Of a list by pages. A watch has been seen to.
        return await reply(outgoing, refusal(TOO_NEW))
    }
  }

  return {
    open: async ({ who, sender }) => {
      const handle = async (caller: Caller): Promise<boolean> => {
        const { incoming, body } = caller
        const text = body.toString('utf8')
        const request = parseRequest(incoming.method ?? 'GET', incoming.url ?? '/', text)
        const kind = classOf(request)
        if (kind === 'review') return false
        if (request.verb === 'watch') watching.note(request.resource, incoming)
        await carryOut(followers.request({ ...request, class: kind, who, body: text }), caller, sender())
        return true
      }
      const door = await openDoor({ upstream, cert, key, handle })
      doors.push(door)
      return door
    },
    join: (faults, scope) => followers.join(faults, scope),
    strangers: () => followers.strangers(),
    succeeded: (who, kind) => successes.get(`${who}/${kind}`) ?? 0,
    kept: watching.kept,
    record: watching.record,
    close: async () => {
      watching.close()
      await Promise.all(doors.map(async door => await door.close()))
      upstream.close()
    },
  }
}

function itemsOf({ body }: Answer): readonly AnyObject[] {
  return (JSON.parse(body.toString('utf8')) as { readonly items: readonly AnyObject[] | null }).items ?? []
}

/** What a server says that is asked for something fresher than what it has. */
const TOO_NEW = { kind: 'refuse', code: 504, reason: 'Timeout', message: 'Too large resource version' } as const
