import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { plan, recovery, stage } from '../api/object.ts'
import { withApi } from '../api/server.ts'
import type { Output } from '../api/server.ts'
import { PLANS, RECOVERIES } from './situations.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/gitops.md'), 'utf8')

/** The lines of the page, by what they say they wait for. */
const LINES = new Map(
  [...page.matchAll(/^kubectl (wait .*?) +# (.*)$/gm)].map(([, command = '', what = '']) => [what, command] as const),
)

/** In which situation each line of the page comes back, and in which it does not. */
const TABLE: { readonly [what: string]: { readonly met: readonly string[]; readonly unmet: readonly string[] } } = {
  'it is completed': { met: ['that is completed'], unmet: ['that was rolled back', 'that is paused'] },
  'it has ended, or needs a person': {
    met: ['that is completed', 'that was cancelled', 'that has waited for approval too long', 'that is paused'],
    unmet: ['that soaks', 'that nobody has looked at yet'],
  },
  'it needs a person': {
    met: ['with too many failures', 'that has waited for approval too long', 'that is paused', 'that was rolled back'],
    unmet: ['that waits for approval', 'that is completed'],
  },
  'it has made no progress for too long': {
    met: ['that has waited for approval too long'],
    unmet: ['that is paused', 'that waits for approval'],
  },
  'it is in this phase': { met: ['that was rolled back'], unmet: ['that was cancelled'] },
  'this stage is promoted': { met: ['that is completed'], unmet: ['that soaks'] },
  'it took effect': { met: ['that took effect'], unmet: ['that was refused'] },
  'it took effect, or was refused': {
    met: ['that took effect', 'that was refused'],
    unmet: ['that nobody has looked at yet'],
  },
}

describe('lines with kubectl wait in docs/gitops.md', () => {
  const api = withApi()
  let objects = 0

  /** The line, on an object of its own in that situation. */
  async function waited(what: string, title: string): Promise<Output> {
    const [verb = '', target = '', ...args] = words(LINES.get(what) ?? '')
    const [kind = ''] = target.split('/')
    const name = `${kind}-${(objects += 1)}`
    const situation = [...(kind === 'rrec' ? RECOVERIES : PLANS)].find(one => one.title === title)
    if (situation === undefined) return expect.fail(`no situation is called "${title}"`)
    const object = kind === 'rrec' ? recovery(name) : plan(name, { stages: [stage('canary')] })
    expect((await api().create(object)).status).to.equal(201)
    const status = situation.status?.()
    // The situations are told of a stage of their own.
    const told = JSON.parse(JSON.stringify({ status }).replaceAll('"stage-01"', '"canary"')) as unknown
    if (status !== undefined) expect((await api().patch(object, told, 'status')).status).to.equal(200)
    const brief = args.map(word => word.replace(/^--timeout=.*/, '--timeout=1s'))
    return await api().kubectl([verb, `${kind}/${name}`, ...brief])
  }

  it('are all tried', () => {
    expect([...LINES.keys()].sort()).to.deep.equal(Object.keys(TABLE).sort())
  })

  for (const [what, { met, unmet }] of Object.entries(TABLE))
    it(`come back when ${what}, and else do not`, async () => {
      const all = (titles: readonly string[]) => Promise.all(titles.map(title => waited(what, title)))
      const [back, away] = await Promise.all([all(met), all(unmet)])
      for (const { code, stdout, stderr } of back) {
        expect(code, stderr).to.equal(0)
        expect(stdout).to.include('condition met')
      }
      for (const { code, stderr } of away) {
        expect(code).to.equal(1)
        expect(stderr).to.include('timed out waiting for the condition')
      }
    })
})

/** As a shell splits them; quotes are in the middle of words here. */
function words(command: string): readonly string[] {
  return command.split(' ').map(word => word.replaceAll("'", ''))
}
