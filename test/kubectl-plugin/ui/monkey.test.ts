import { expect } from 'chai'
import fc from 'fast-check'
import { members, plan, stuckPlan } from './build.ts'
import { refused, startScripted } from './scripted.ts'
import { view } from './viewer.ts'

/** Everything a keyboard, a cat on it, and a bad line can send, except what quits. */
const SENT = [
  ...'raashhpynny/?tjk x1',
  ...['\r', '\u001b', '\u007f', '\u0015', '\t', '\u0004', '\u001a', '\u0000', '\u009b'],
  ...[
    '\u001b[A',
    '\u001b[B',
    '\u001b[C',
    '\u001b[D',
    '\u001b[5~',
    '\u001b[6~',
    '\u001b[H',
    '\u001b[F',
    '\u001bOP',
    '\u001b[1;5C',
  ],
  ...[
    '\u001b[200~pasted\ry\u001b[201~',
    '\u001b[200',
    '\u001b[',
    'because\r',
    'y\ry',
    '机器人',
    '👩‍🔧',
    '\u001b[<0;1;1M',
    '\u001b[I',
  ],
] as const

describe('the view before somebody who presses anything', function () {
  this.timeout(120_000)

  for (const seed of [1, 2, 3])
    it(`goes on, and sends nothing without a reason (seed ${seed})`, async () => {
      const plans = [stuckPlan(), plan({ plan_id: 'agent-3' }), stuckPlan({ plan_id: 'agent-4', phase: 'paused' })]
      await using scripted = await startScripted(plans, {
        nodes: members(300),
        act: () => refused(409, 'plan_not_active', 'not now'),
      })
      await using terminal = await view(scripted)
      const keys = fc.sample(fc.constantFrom(...SENT), { numRuns: 400, seed })
      for (const [index, key] of keys.entries()) {
        terminal.send(key)
        if (index % 80 === 40) terminal.resize(30 + ((index * seed) % 120), 8 + (index % 40))
        if (index % 5 === 0) await new Promise(resolve => setTimeout(resolve, 25))
      }
      terminal.resize(100, 30)
      // The end of a paste that was begun, then out of whatever is open.
      terminal.send('\u001b[201~')
      for (let turn = 0; turn < 8; turn += 1) {
        terminal.press('escape')
        await new Promise(resolve => setTimeout(resolve, 60))
      }
      await terminal.shows('Rollout plans')
      for (const { body } of scripted.sent) expect(body['reason']).to.match(/\S/)
      await terminal.type('q')
      expect((await terminal.ended).code).to.equal(0)
    })
})
