import type { Track } from './track.ts'

/** So many runs a shared track takes: what they leave in its log is read after each. */
const RUNS_A_TRACK = 150

type Shared = { readonly track: Promise<Track>; taken: number; underWay: number }

/** Lanes that are all on one track, which is replaced in good time, and when a run on it has gone wrong. */
export function sharing(open: (name: string) => Promise<Track>): (name: string) => Promise<Track> {
  let current: Shared | undefined
  let lanes = 0
  const give = (name: string): Shared => {
    if (current === undefined || current.taken >= RUNS_A_TRACK) current = { track: open(name), taken: 0, underWay: 0 }
    current.taken += 1
    current.underWay += 1
    return current
  }
  const giveBack = async (shared: Shared, spoilt: boolean): Promise<void> => {
    shared.underWay -= 1
    if (spoilt) shared.taken = RUNS_A_TRACK
    if (shared.underWay > 0 || shared.taken < RUNS_A_TRACK) return
    if (current === shared) current = undefined
    await (await shared.track).stop()
  }
  return async name => {
    lanes += 1
    let opened = 0
    let log = ''
    return {
      run: async options => {
        const shared = give(`${name}${(opened += 1)}t`)
        let spoilt = true
        try {
          const track = await shared.track
          const result = await track.run(options)
          spoilt = result.flaws.length > 0
          if (spoilt) log = await track.log()
          return result
        } finally {
          await giveBack(shared, spoilt)
        }
      },
      log: async () => log,
      stop: async () => {
        lanes -= 1
        if (lanes > 0 || current === undefined) return
        const { track } = current
        current = undefined
        await (await track).stop()
      },
    }
  }
}
