import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { bundle } from '../../../kubectl-plugin/package/bundle.ts'
import { makeExecutable } from '../../../kubectl-plugin/package/executable.ts'
import { ownPlatform } from '../../../kubectl-plugin/package/platform.ts'
import { FLEET, withGround } from '../../rest/ground.ts'
import { PLAN, labelRobots } from '../../docs/scene.ts'
import { installProgram } from '../harness/installed.ts'
import { bindPeople } from '../harness/people.ts'
import { type Terminal, openTerminal } from '../terminal/terminal.ts'

describe('the installed plugin', function () {
  this.timeout(240_000)
  const ground = withGround({ nodes: 4 })
  let folder = ''
  let env: { [name: string]: string } = {}
  let bin = ''
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plugin-installed-'))
    const installed = await installProgram(folder)
    bin = installed.bin
    const people = await bindPeople(ground())
    await labelRobots(ground())
    const kubectl = dirname(ground().cluster.kubectl)
    env = { PATH: `${bin}:${kubectl}:${installed.path}`, HOME: folder, KUBECONFIG: people.alice }
    await ground().succeed(['create', '-f', '-'], {
      apiVersion: 'fleet.autonomyops.dev/v1alpha1',
      kind: 'RolloutPlan',
      metadata: { name: PLAN, namespace: FLEET },
      spec: {
        artifactRef: 'oci.example/robot-agent:2',
        fleet: { selector: { matchLabels: { fleet: 'robots' } } },
        stages: [
          { id: 'stage-01', nodes: { limit: 1 }, gates: [{ kind: 'manual', name: 'sign-off' }] },
          { id: 'stage-02', nodes: {} },
        ],
      },
    })
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const run = (command: string, ...args: readonly string[]) =>
    spawnSync(command, args, { encoding: 'utf8', env, timeout: 30_000 })

  it('is found by kubectl', () => {
    expect(run('kubectl', 'plugin', 'list').stdout).to.include(`${bin}/kubectl-autonomy`)
  })

  it('does the same as a plugin as by its own name', () => {
    const words = ['rollout', 'plan', 'list', '-o', 'name']
    const own = run('autonomy', ...words)
    const plugin = run('kubectl', 'autonomy', ...words)
    expect(own).to.include({ status: 0, stdout: `rollout.orchestrator.autonomyops.dev/${PLAN}\n` })
    expect(plugin).to.include({ status: 0, stdout: own.stdout })
  })

  it('speaks of itself as it was called', () => {
    expect(run('kubectl', 'autonomy', '--help').stdout).to.include('  kubectl autonomy rollout watch')
    expect(run('autonomy', '--help').stdout).to.include('  autonomy rollout watch')
  })

  it('is completed by kubectl', () => {
    const { stdout } = run('kubectl', '__complete', 'autonomy', 'rollout', 'history', 'plan')
    expect(stdout.split('\n')[0]).to.match(new RegExp(`^${PLAN}\\b`))
  })

  it('ends quietly when whoever reads it has seen enough', () => {
    const { status, stderr } = run(
      'bash',
      '-c',
      'set -o pipefail; autonomy --help | head -1 > /dev/null; exit ${PIPESTATUS[0]}',
    )
    expect([status, stderr]).to.deep.equal([0, ''])
  })

  it('writes data to standard output and nothing else, without colour', () => {
    const { stdout, stderr } = run('autonomy', 'rollout', 'plan', 'list')
    expect(stdout).to.include(PLAN).and.not.include('\u001b')
    expect(stderr).to.equal('')
  })

  describe('watches', () => {
    const executable = () => join(folder, 'executable', 'kubectl-autonomy')
    before(async () => {
      const place = join(folder, 'executable')
      mkdirSync(place)
      await bundle(join(place, 'main.mjs'))
      makeExecutable(join(place, 'main.mjs'), ownPlatform(), executable(), place)
    })

    for (const [what, command] of [
      ['from the npm package', () => join(bin, 'kubectl-autonomy')],
      ['from the executable', executable],
    ] as const)
      it(`a plan ${what}, and leaves the terminal as it was`, async () => {
        await using terminal = openTerminal({ command: command(), args: ['rollout', 'watch', PLAN], env })
        await terminal.shows('stage-02', 30_000)
        expect(terminal.screen().join('\n')).to.include('sign-off')
        await terminal.type('q')
        expect(await terminal.ended).to.deep.equal({ code: 0, signal: 0 })
        expect(terminal.output()).to.include('\u001b[?1049l').and.include('\u001b[?25h')
      })
  })

  describe('asks at a terminal', () => {
    const words = ['rollout', 'recover', PLAN, '--strategy', 'rollback', '--reason', 'trying it']
    const at = (args: readonly string[]) => openTerminal({ command: join(bin, 'autonomy'), args, env })

    it('and does nothing without a yes', async () => {
      await using terminal = at(words)
      expect(await terminal.shows('Do it? [y/N]', 30_000)).to.include(`Roll back ${PLAN}`)
      await terminal.type('n')
      terminal.press('enter')
      expect((await terminal.ended).code).to.equal(1)
      expect(terminal.output()).to.include('nothing was done')
    })

    it('and ends at Ctrl-C as shells expect, the terminal as it was', async () => {
      await using terminal = at(words)
      await terminal.shows('Do it? [y/N]', 30_000)
      terminal.press('ctrlC')
      expect((await terminal.ended).code).to.equal(130)
      expect(run('autonomy', 'rollout', 'status', PLAN, '-o', 'jsonpath={.phase}').stdout).to.equal('active')
    })
  })

  /** Types in a shell that has loaded the completion, and reads what it has made of the line. */
  const known: readonly {
    readonly name: string
    readonly args: readonly string[]
    readonly start: string
  }[] = [
    {
      name: 'bash',
      args: ['--norc', '--noprofile', '-i'],
      start: 'source <(autonomy completion bash)',
    },
    {
      name: 'zsh',
      args: ['-f', '-i'],
      start: 'autoload -Uz compinit && compinit -u -D; source <(autonomy completion zsh)',
    },
    {
      name: 'fish',
      args: ['--no-config', '--interactive', '--init-command', 'function fish_prompt; echo -n "> "; end'],
      start: 'autonomy completion fish | source',
    },
  ]
  for (const { name, args, start } of known.filter(({ name }) => isHere(name)))
    describe(`completes in ${name}`, () => {
      let shell: Terminal
      before(async () => {
        writeFileSync(join(folder, 'notes.yaml'), '')
        shell = openTerminal({
          command: name,
          args,
          cwd: folder,
          columns: 120,
          env: { ...env, PS1: '> ', PROMPT: '> ' },
        })
        await shell.shows('> ')
        shell.send(`${start}; echo rea""dy\r`)
        await shell.shows(/^ready$/m, 30_000)
      })
      after(async () => await shell[Symbol.asyncDispose]())

      const completes = async (typed: string, wanted: string) => {
        shell.send('\u0015')
        shell.send(`clear\r`)
        await shell.hides(/ready|autonomy/)
        shell.send(`${typed}\t`)
        await shell.shows(wanted, 20_000)
      }

      const cases: readonly (readonly [typed: string, wanted: string])[] = [
        ['autonomy roll', 'autonomy rollout '],
        ['autonomy rollout rec', 'autonomy rollout recover '],
        ['kubectl-autonomy rollout hist', 'kubectl-autonomy rollout history '],
        ['autonomy rollout recover pl', `autonomy rollout recover ${PLAN} `],
        ['autonomy rollout recover --plan-id=pl', `autonomy rollout recover --plan-id=${PLAN}`],
        [`autonomy rollout recover ${PLAN} --str`, `${PLAN} --strategy `],
        [`autonomy rollout recover ${PLAN} --strategy roll`, '--strategy rollback '],
        [`autonomy rollout gate approve ${PLAN} --stage-id stage-01 --gate s`, '--gate sign-off '],
        ['autonomy rollout lint -f no', 'autonomy rollout lint -f notes.yaml '],
        ['autonomy rollout stuck --orchestrator-url http://127.0.0.1:1 --thr', '--threshold '],
      ]
      for (const [typed, wanted] of cases)
        it(`${typed}⇥`, async () => {
          await completes(typed, wanted)
        })

      it('offers what there is when there is more than one', async () => {
        await completes(`autonomy rollout gate list ${PLAN} --stage-id stage-`, 'stage-0')
        shell.press('tab', 'tab')
        const screen = await shell.shows('stage-02')
        expect(screen).to.include('stage-01')
      })
    })
})

/** A shell that is missing is said aloud; where CI runs, bash and zsh are missing by mistake. */
function isHere(shell: string): boolean {
  if (spawnSync(shell, ['-c', 'true']).status === 0) return true
  const remedy = `${shell} is not installed, so its completion cannot be tested: apt-get install ${shell}`
  if (process.env['CI'] !== undefined && shell !== 'fish') throw new Error(remedy)
  process.stderr.write(`\n  ${remedy}\n`)
  return false
}
