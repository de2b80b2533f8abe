import { STRATEGIES } from '../../operator/api/rollout-plan-status.ts'
import type { Argument, Flag } from './command.ts'

/** Every flag that more than one command has. */

export const CONNECTION: readonly Flag[] = [
  {
    name: 'orchestrator-url',
    value: 'URL',
    says: "where the orchestrator is; default: AUTONOMY_ORCHESTRATOR_URL, else the kubeconfig's cluster",
  },
  {
    name: 'operator',
    value: 'NAME',
    says: 'who you are, for the record, beside your verified name; default: AUTONOMY_OPERATOR',
  },
  { name: 'kubeconfig', value: 'PATH', says: 'default: KUBECONFIG, else ~/.kube/config', completes: 'file' },
  { name: 'context', value: 'NAME', says: "the kubeconfig's context to use", completes: 'context' },
  {
    name: 'namespace',
    short: 'n',
    value: 'NAME',
    says: "namespace of the plans; default: the context's, with a URL the one that the orchestrator serves",
  },
  { name: 'as', value: 'USER', says: 'act as somebody else, through the API server' },
  { name: 'as-group', value: 'GROUP', says: 'act as a member of this group, with --as', many: true },
  { name: 'request-timeout', value: 'TIME', says: 'of one request, such as 10s or 2m; 0: none; default: 1m' },
]

export const OUTPUT: Flag = {
  name: 'output',
  short: 'o',
  value: 'FORM',
  says: 'json, yaml, wide, name or jsonpath=TEMPLATE; default: text for people',
}

export const PLAN_ID: Flag = {
  name: 'plan-id',
  value: 'PLAN',
  says: 'the plan, if not given as an argument',
  completes: 'plan',
}
export const STAGE_ID: Flag = { name: 'stage-id', value: 'STAGE', says: 'the stage', completes: 'stage' }
export const REASON: Flag = { name: 'reason', value: 'TEXT', says: 'why, for whoever reads the record later; required' }
export const DRY_RUN: Flag = { name: 'dry-run', says: 'say what would happen, and do nothing' }
export const YES: Flag = { name: 'yes', short: 'y', says: 'do not ask, at a terminal either' }
export const FILE: Flag = {
  name: 'filename',
  short: 'f',
  value: 'FILE',
  says: 'the plan as YAML or JSON; -: standard input',
  completes: 'file',
}
export const STRATEGY: Flag = {
  name: 'strategy',
  value: 'WORD',
  says: 'rollback, retry or skip_failed; required',
  oneOf: STRATEGIES.filter(word => word === 'rollback' || word === 'retry' || word === 'skip_failed'),
}

/** skip_failed of one gate, as `--gate` of recover. */
export const ONLY_GATE: Flag = {
  name: 'gate',
  value: 'NAME',
  says: 'with skip_failed: pass this gate of the current stage and no other',
  completes: 'gate',
}

export const PLAN: Argument = { name: 'PLAN', says: 'plan', flag: 'plan-id', completes: 'plan' }

/** The precondition of an action, as `--stage-id` of these commands. */
export const ONLY_STAGE: Flag = {
  ...STAGE_ID,
  says: 'refuse unless this is the current stage; guards against acting on the next one by mistake',
}
