import { expect } from 'chai'
import { history, members, open, plan, promoted, stuckPlan, time, unopened } from './build.ts'
import { refused, startScripted } from './scripted.ts'
import { view } from './viewer.ts'

const mended = history([
  {
    at: time(20),
    event: 'Recovered',
    strategy: 'retry',
    outcome: 'succeeded',
    operator: 'alice',
    message: 'restarted the robots',
  },
])

describe('the view in a terminal', function () {
  this.timeout(90_000)

  it('answers at a glance where it is, why it stands still and what can be done', async () => {
    await using scripted = await startScripted([stuckPlan()], { history: mended })
    await using terminal = await view(scripted, { plan: 'agent-2', env: { VIEW_BEGINS: '2026-03-20T12:30:00Z' } })
    await terminal.shows('alice: restarted the robots')
    const screen = terminal.screen().map(line => line.trimEnd())
    expect(screen.join('\n').trimEnd().split('\n')).to.deep.equal([
      'agent-2  release 1.4.3  namespace fleet                                                         live',
      '✗ STUCK  TooManyFailures  last progress 2 d 4 h ago',
      '  no progress since 2026-03-18T08:00:30Z: stage ring: 2 of 6 nodes failed, 0 tolerated, first',
      '  robot-1: TimedOut, pod fleet/robot-agent-2-5sdl8 is not Ready 25 s after its activation; retry',
      '  when the cause is gone, skip_failed to go on without, or rollback',
      '  You can: r recover (retry, skip, roll back); h halt the stage',
      '',
      'STAGES  █ activated  x failed  · not reached',
      '  ✓ canary promoted   ███████████████████████████████████████████████ 3/3          took 8 s',
      '❯ ▶ ring   open       ████████████████xxxxxxxxxxxxxxxx··············· 2/6 2 failed open for 2 d 4 h',
      '    wide   not opened',
      '',
      'GATES of ring',
      '  ? time_soak unknown         soak of 10 minutes starts when the nodes have settled',
      '  ? manual    unknown 2 d 4 h 0 of 1 approvals',
      '',
      'FAILING NODES 2',
      '  ✗ robot-1 TimedOut pod fleet/robot-1-agent is not Ready 25 s after its activation',
      '  ✗ robot-3 TimedOut pod fleet/robot-3-agent is not Ready 25 s after its activation',
      '',
      'TIMELINE, UTC',
      '  2026-03-18 08:00 retry                alice: restarted the robots',
      '  2026-03-18 08:00 StageOpened   ring',
      '  2026-03-18 08:00 StagePromoted canary',
      '  2026-03-18 08:00 StageOpened   canary',
      '  2026-03-18 08:00 PlanStarted',
      '  2026-03-18 07:59 PlanCreated          alice',
      '',
      '',
      'r recover  a approve  s skip gate  h halt  p pause  enter open  t timeline  ? help  q quit',
    ])
  })

  it('follows what happens', async () => {
    await using scripted = await startScripted([plan()])
    await using terminal = await view(scripted, { plan: 'agent-2' })
    await terminal.shows('MOVING')
    scripted.world.plans = [stuckPlan()]
    await terminal.shows('STUCK')
  })

  it('asks for what has not changed without getting it again', async () => {
    await using scripted = await startScripted([plan()])
    await using terminal = await view(scripted, { plan: 'agent-2' })
    await terminal.shows('StageOpened')
    scripted.world.plans = [plan({ release: '1.4.4' })]
    await terminal.shows('1.4.4')
    scripted.world.plans = [plan({ release: '1.4.5' })]
    await terminal.shows('1.4.5')
    expect(scripted.reads.whole).to.be.at.most(5)
  })

  it('says that the connection is lost, keeps what was seen, and comes back by itself', async () => {
    await using scripted = await startScripted([plan()])
    await using terminal = await view(scripted, { plan: 'agent-2' })
    await terminal.shows(/ live$/m)
    await scripted.away()
    const lost = await terminal.shows(/CONNECTION LOST for .* trying again/)
    expect(lost).to.include('refuses connections').and.to.include('ring')
    await scripted.back()
    await terminal.shows(/ live$/m, 30_000)
  })

  it('says that a plan is gone, and does not call that a lost connection', async () => {
    await using scripted = await startScripted([plan()])
    await using terminal = await view(scripted, { plan: 'agent-2' })
    scripted.world.plans = []
    await terminal.shows(/NOT READABLE for/)
    await terminal.shows('there is no plan agent-2')
  })

  it('opens a stage of ten thousand nodes, filters them, and shows one', async () => {
    await using scripted = await startScripted([stuckPlan()], { nodes: members(10_000) })
    await using terminal = await view(scripted, { plan: 'agent-2' })
    terminal.press('enter')
    await terminal.shows('1-16 of 10 000')
    terminal.press('end')
    await terminal.shows('9985-10 000 of 10 000')
    await terminal.type('/04200')
    await terminal.shows('1 of 10 000')
    terminal.press('enter', 'enter')
    await terminal.shows('container agent ends again and again')
    terminal.press('escape')
    await terminal.shows('/04200')
  })

  it('has two hundred plans in one list', async () => {
    const plans = Array.from({ length: 200 }, (_, index) => plan({ plan_id: `plan-${String(index).padStart(3, '0')}` }))
    plans[123] = stuckPlan({ plan_id: 'plan-123' })
    await using scripted = await startScripted(plans)
    await using terminal = await view(scripted)
    expect(await terminal.shows('200 plans: 1 stuck, 199 moving')).to.match(/❯ ✗ plan-123 stuck/)
    terminal.press('end')
    await terminal.shows('rows 175-200 of 200')
    terminal.press('home', 'enter')
    await terminal.shows('TooManyFailures')
    terminal.press('escape')
    await terminal.shows('200 plans')
  })

  it('recovers by the decision tree, with a reason and a yes', async () => {
    await using scripted = await startScripted([stuckPlan()], {
      act: (_, world) => {
        world.plans = [plan()]
        return {
          status: 200,
          body: {
            plan_id: 'agent-2',
            strategy: 'retry',
            previous_phase: 'active',
            new_phase: 'active',
            reason: '',
            recovery: 'agent-2-retry-1',
          },
        }
      },
    })
    await using terminal = await view(scripted, { plan: 'agent-2' })
    await terminal.type('r')
    await terminal.shows('Is the release harmful?')
    await terminal.type('n')
    await terminal.shows('clear by itself')
    await terminal.type('y')
    await terminal.shows('reason:')
    await terminal.type('the robots were restarted')
    terminal.press('enter')
    await terminal.shows('2 nodes failed: tried again')
    expect(scripted.sent).to.deep.equal([])
    await terminal.type('y')
    await terminal.shows('retry took effect')
    expect(scripted.sent.map(({ path, body }) => ({ path, body }))).to.deep.equal([
      {
        path: '/v1/rollouts/agent-2/recover',
        body: { strategy: 'retry', reason: 'the robots were restarted', stage_id: 'ring' },
      },
    ])
    terminal.press('enter')
    await terminal.shows('MOVING')
  })

  it('shows why something was refused', async () => {
    await using scripted = await startScripted([stuckPlan()], {
      act: () => refused(403, 'forbidden', 'alice may not create rollouts/halt in namespace fleet'),
    })
    await using terminal = await view(scripted, { plan: 'agent-2' })
    await terminal.type('h')
    await terminal.shows('reason:')
    await terminal.type('odd')
    terminal.press('enter')
    await terminal.shows('cannot be opened again')
    await terminal.type('y')
    await terminal.shows('halt was not done')
    await terminal.shows('alice may not create rollouts/halt')
  })

  it('takes a paste for text, never for keys', async () => {
    await using scripted = await startScripted([stuckPlan()])
    await using terminal = await view(scripted, { plan: 'agent-2' })
    terminal.send('\u001b[200~rybecause\ry\u001b[201~')
    await terminal.type('h')
    await terminal.shows('reason: ▏')
    terminal.send('\u001b[200~seen on\ntwo lines\ry\u001b[201~')
    await terminal.shows('reason: seen on two lines y')
    expect(scripted.sent).to.deep.equal([])
  })

  it('does not let text from outside drive the terminal', async () => {
    const evil = history([
      {
        at: time(20),
        event: 'Recovered',
        strategy: 'halt',
        operator: 'eve',
        message: 'a\u001b[2J\u001b]0;owned\u0007b',
      },
    ])
    await using scripted = await startScripted([plan()], { history: evil })
    await using terminal = await view(scripted, { plan: 'agent-2' })
    await terminal.shows('eve: a\ufffd[2J\ufffd]0;owned\ufffdb')
  })

  it('does not flicker: writes only what has changed, in frames that a terminal shows at once', async () => {
    await using scripted = await startScripted([plan({ message: 'before' })])
    await using terminal = await view(scripted, { plan: 'agent-2' })
    await terminal.shows('StageOpened')
    const from = terminal.output().length
    for (const message of ['one', 'two', 'three']) {
      scripted.world.plans = [plan({ message })]
      await terminal.shows(message)
    }
    const written = terminal.output().slice(from)
    // eslint-disable-next-line no-control-regex
    expect(written, 'erases the screen').to.not.match(/\u001b\[[0-3]?J/)
    // eslint-disable-next-line no-control-regex
    const outside = written.replaceAll(/\u001b\[\?2026h.*?\u001b\[\?2026l/gs, '')
    expect(outside, 'outside synchronized updates').to.equal('')
    expect(written.length).to.be.lessThan(6_000)
  })

  describe('of any size', () => {
    const sizes = [
      [200, 70],
      [80, 24],
      [60, 16],
      [40, 12],
      [24, 8],
    ] as const
    for (const [columns, rows] of sizes)
      it(`${columns} by ${rows}: how it stands is in view, and nothing runs over`, async () => {
        await using scripted = await startScripted([stuckPlan()], { history: mended })
        await using terminal = await view(scripted, { plan: 'agent-2', columns, rows })
        const screen = await terminal.shows('STUCK')
        expect(screen).to.match(/^agent-2/)
        expect(terminal.everything()).to.have.length(rows)
      })

    it('draws itself anew when the window changes', async () => {
      await using scripted = await startScripted([stuckPlan()], { history: mended })
      await using terminal = await view(scripted, { plan: 'agent-2', columns: 100, rows: 30 })
      for (const [columns, rows] of [
        [60, 20],
        [120, 40],
        [40, 10],
        [80, 24],
      ] as const) {
        terminal.resize(columns, rows)
        await terminal.shows(new RegExp(`^agent-2.{${columns - 11}}live\\n✗ STUCK`))
        await terminal.shows(/(\? help.*)$/)
      }
      const screen = terminal.screen()
      expect(screen.filter(line => line.includes('STUCK'))).to.have.length(1)
      expect(screen.filter(line => line.startsWith('STAGES'))).to.have.length(1)
    })
  })

  describe('without colours', () => {
    // eslint-disable-next-line no-control-regex
    const colour = /\u001b\[(?:3[0-7]|4[0-7]|9[0-7]|10[0-7]|38;|48;)/
    it('has them otherwise', async () => {
      await using scripted = await startScripted([stuckPlan()])
      await using terminal = await view(scripted, { plan: 'agent-2' })
      expect(terminal.output()).to.match(colour)
    })
    it('honours NO_COLOR', async () => {
      await using scripted = await startScripted([stuckPlan()])
      await using terminal = await view(scripted, { plan: 'agent-2', env: { NO_COLOR: '1' } })
      expect(terminal.output()).to.not.match(colour)
    })
    it('tells every state by a sign of its own', async () => {
      const mixed = plan({
        stages: [
          promoted('canary', 3),
          open('ring', { activated: 3, activating: 3, failed: 3, unreachable: 3, pending: 3 }),
          unopened('wide'),
        ],
      })
      await using scripted = await startScripted([mixed])
      await using terminal = await view(scripted, { plan: 'agent-2', env: { NO_COLOR: '1' } })
      expect(await terminal.shows('ring')).to.match(/█+▒+x+\?+·+/)
    })
  })

  it('speaks ASCII to a terminal without UTF-8', async () => {
    await using scripted = await startScripted([stuckPlan()], { history: mended })
    await using terminal = await view(scripted, { plan: 'agent-2', env: { LANG: 'C' } })
    await terminal.shows('alice: restarted')
    // eslint-disable-next-line no-control-regex
    expect(terminal.screen().join('')).to.match(/^[\u0020-\u007e]*$/)
  })

  it('reads well aloud', async () => {
    await using scripted = await startScripted([stuckPlan()])
    await using terminal = await view(scripted, { plan: 'agent-2', env: { INK_SCREEN_READER: 'true' } })
    const spoken = (await terminal.shows('TIMELINE')).replaceAll(/\s+/g, ' ')
    expect(spoken)
      .to.include('stage ring, open, 2 activated, 2 failed, 2 not reached')
      .and.to.include('current stage, selected')
    expect(spoken).to.not.match(/[█▒❯✗─]/)
    expect(terminal.modes().alternateScreen).to.equal(false)
  })
})
