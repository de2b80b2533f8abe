import { halt, pause, resume } from '../commands/act.ts'
import { gateApprove } from '../commands/gate-approve.ts'
import { gateList } from '../commands/gate-list.ts'
import { history } from '../commands/history.ts'
import { nodes } from '../commands/nodes.ts'
import { planCancel } from '../commands/plan-cancel.ts'
import { planCreate } from '../commands/plan-create.ts'
import { planDescribe } from '../commands/plan-describe.ts'
import { planList } from '../commands/plan-list.ts'
import { recover } from '../commands/recover.ts'
import { status } from '../commands/status.ts'
import { stuck } from '../commands/stuck.ts'
import { version } from '../commands/version.ts'
import type { Command } from './command.ts'

/** Every command, in the order in which help tells them. */
export const COMMANDS: readonly Command[] = [
  stuck,
  planList,
  planDescribe,
  nodes,
  gateList,
  history,
  recover,
  gateApprove,
  halt,
  pause,
  resume,
  planCancel,
  status,
  planCreate,
  version,
]
