import type { Target } from '../connection/target.ts'
import { parseSpan } from '../output/age.ts'
import { UsageError, type Values } from './invocation.ts'

const DEFAULT_TIMEOUT = 60_000

/** Whom to ask, and as whom, from flags and variables; flags win. @throws UsageError */
export function targetOf(values: Values, env: { readonly [name: string]: string | undefined }): Target {
  const variable = (name: string) => (env[name]?.trim() ? env[name] : undefined)
  const asGroups = values.all('as-group')
  const as = values.get('as')
  if (asGroups.length > 0 && as === undefined)
    throw new UsageError('--as-group needs --as: a group has no name of its own')
  return {
    url: values.get('orchestrator-url') ?? variable('AUTONOMY_ORCHESTRATOR_URL'),
    kubeconfig: values.get('kubeconfig'),
    context: values.get('context'),
    namespace: values.get('namespace'),
    as,
    asGroups,
    operator: values.get('operator') ?? variable('AUTONOMY_OPERATOR'),
    timeoutMs: timeoutOf(values.get('request-timeout')),
  }
}

function timeoutOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TIMEOUT
  const ms = parseSpan(text)
  if (ms === undefined) throw new UsageError(`--request-timeout ${text} is no length of time, such as 10s or 2m`)
  return ms === 0 ? Infinity : ms
}
