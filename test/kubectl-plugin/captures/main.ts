import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FLEET, type Ground, prepare } from '../../rest/ground.ts'
import { type Terminal, openTerminal } from '../terminal/terminal.ts'
import { ROBOTS, label, rollOut, startAgents } from './fleet.ts'

/**
 * Pictures of the live view for the documentation (`npm run captures`): the real program in a real terminal, before a
 * real control plane and operator. Nothing in them is drawn by hand.
 */

const root = join(import.meta.dirname, '../../..')
const FOLDER = join(root, 'docs/captures')
const STARTING_MS = 60_000

async function open(ground: Ground, kubeconfig: string, rows: number, plan?: string): Promise<Terminal> {
  const terminal = openTerminal({
    command: process.execPath,
    args: [
      join(root, 'kubectl-plugin/main.ts'),
      'rollout',
      'watch',
      ...(plan === undefined ? [] : [plan]),
      '--kubeconfig',
      kubeconfig,
      '-n',
      FLEET,
    ],
    columns: 100,
    rows,
    env: { HOME: ground.cluster.folder },
  })
  await terminal.shows('? help', STARTING_MS)
  return terminal
}

async function keep(terminal: Terminal, name: string, title: string): Promise<void> {
  await writeFile(join(FOLDER, `${name}.svg`), terminal.picture(title))
  process.stdout.write(`docs/captures/${name}.svg\n`)
}

async function capture(ground: Ground): Promise<void> {
  await ground.succeed([
    'create',
    'clusterrolebinding',
    'alice',
    '--clusterrole=autonomy-rollouts-admin',
    '--user=alice',
  ])
  const kubeconfig = await ground.cluster.clientFor({ user: 'alice' })
  {
    await using terminal = await open(ground, kubeconfig, 12)
    await terminal.shows('6 plans')
    await keep(terminal, 'plans', 'All plans: the one that is stuck first, then the one that needs an approval')
  }
  {
    await using terminal = await open(ground, kubeconfig, 28, 'agent-oslo')
    await terminal.shows(/early +open/, STARTING_MS)
    await terminal.shows(/about .* gates not counted/, STARTING_MS)
    await terminal.shows('StageOpened')
    await keep(terminal, 'moving', 'A plan that moves: how far its stages are, and how long the open one still takes')
  }
  await using terminal = await open(ground, kubeconfig, 28, 'agent-berlin')
  await terminal.shows('StageOpened')
  await keep(terminal, 'stuck', 'A plan that is stuck: why, which nodes, which gates, what can be done')
  await terminal.type('r')
  await terminal.shows('Is the release harmful?')
  await keep(
    terminal,
    'recover',
    "Recovering: the first question of the runbook's decision tree, with the evidence below",
  )
  await terminal.type('nn')
  await terminal.shows('3 of 3')
  await terminal.type('y')
  await terminal.shows('reason:')
  await terminal.type('battery firmware of two robots is known to be old; the others run well')
  terminal.press('enter')
  await terminal.shows('this will happen')
  await keep(terminal, 'confirm', 'Before anything is done: what will happen to which nodes, and what cannot be undone')
}

await mkdir(FOLDER, { recursive: true })
const ground = await prepare(1, ROBOTS)
try {
  await label(ground)
  const agents = startAgents(ground)
  try {
    await rollOut(ground)
    await capture(ground)
  } finally {
    await agents.stop()
  }
} finally {
  await ground.end()
}
