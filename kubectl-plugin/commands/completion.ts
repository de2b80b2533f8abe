import type { Command } from '../cli/command.ts'
import { SCRIPTS, SHELLS } from '../completion/scripts.ts'
import { EXIT } from '../exit-code.ts'

export const completion: Command = {
  path: ['completion'],
  summary: 'Print the completion of bash, zsh or fish',
  describes: [
    'Completes commands, flags and their values, and the names of plans, stages and gates as the cluster has them now.',
    'For "kubectl autonomy", kubectl completes by itself when kubectl_complete-autonomy is on the PATH, which comes with every installation.',
  ],
  takes: [{ name: 'SHELL', says: 'shell', oneOf: SHELLS }],
  flags: [],
  examples: [
    { does: 'bash, now', words: 'completion bash > /tmp/autonomy.bash && source /tmp/autonomy.bash' },
    { does: 'zsh, for good', words: 'completion zsh > "${fpath[1]}/_autonomy"' },
    { does: 'fish, for good', words: 'completion fish > ~/.config/fish/completions/autonomy.fish' },
  ],
  run: async ({ values }, session) => {
    const shell = SHELLS.find(known => known === values.need('SHELL'))
    if (shell !== undefined) session.print(SCRIPTS[shell])
    return await Promise.resolve(EXIT.completed)
  },
}
