import type { HistoryEntry } from '../api/rollout-plan-status.ts'

/** The status keeps this many of the latest; the RolloutRecovery objects keep all that people did. */
export const HISTORY_LENGTH = 20

export function withHistory(
  history: readonly HistoryEntry[] | undefined,
  added: readonly HistoryEntry[],
): readonly HistoryEntry[] {
  return [...(history ?? []), ...added].slice(-HISTORY_LENGTH)
}
