import { type Scene, SYSTEM } from './scene.ts'

/** What the pods of the operator say for themselves, for whoever looks into a failure. */
export async function operatorLogs({ kubectl }: Scene, lines = 10): Promise<string> {
  const selector = ['-n', SYSTEM, '-l', 'app.kubernetes.io/name=autonomy-rollouts']
  const { stdout: pods } = await kubectl(['get', 'pods', '-A', '-o', 'wide'])
  const { stdout: events } = await kubectl(['get', 'events', '-n', SYSTEM, '--sort-by=.lastTimestamp'])
  const { stdout: logs } = await kubectl(['logs', ...selector, '--prefix', '--all-containers', `--tail=${lines}`])
  const last = (text: string) => text.trimEnd().split('\n').slice(-lines).join('\n')
  return [pods, last(events), logs].map(part => `\n${part.trimEnd()}`).join('\n')
}
