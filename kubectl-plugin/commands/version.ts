import { RELEASE } from '../../operator/release.ts'
import type { Command } from '../cli/command.ts'
import { CONNECTION, OUTPUT } from '../cli/flags.ts'
import { EXIT } from '../exit-code.ts'
import { skewed } from '../failure/skew.ts'
import { formOf } from '../output/form.ts'
import { show } from '../output/show.ts'
import { fields } from '../output/table.ts'

export const version: Command = {
  path: ['version'],
  summary: 'Tell the release of this program and of the orchestrator',
  describes: [
    'Warns when the two do not go together: they do when major and minor number are the same. --client asks nobody.',
  ],
  takes: [],
  flags: [{ name: 'client', says: 'only of this program; no connection is made' }, OUTPUT, ...CONNECTION],
  examples: [{ does: 'Both', words: 'version' }],
  run: async ({ values }, session) => {
    const form = formOf(values)
    const client = { client: RELEASE, node: process.versions.node }
    const server = values.has('client') ? undefined : await serverOf(session)
    await show(session, form, {
      body: { ...client, ...server },
      names: () => [`autonomy-rollouts/${RELEASE}`],
      text: () =>
        fields(
          [
            ['Client', `${RELEASE} (Node ${client.node}, ${process.platform} ${process.arch})`],
            ['Server', server && (server.server ?? 'unknown')],
            ['Address', server?.address],
          ],
          session.screen,
        ),
    })
    const skew = server === undefined ? undefined : skewed(RELEASE, server.server)
    if (skew !== undefined) session.say(`warning: ${skew}\n`)
    return EXIT.completed
  },
}

async function serverOf({ connect, signal }: Pick<Parameters<Command['run']>[1], 'connect' | 'signal'>) {
  const { orchestrator, address } = await connect()
  const server = await orchestrator.version({ signal })
  return { address, ...(server === undefined ? {} : { server }) }
}
