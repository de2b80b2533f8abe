import type { Evidence } from '../../api/gate-state.ts'
import type { GateRow } from '../../rollout/report/gate.ts'
import type { GatesBody } from '../schema/bodies.ts'
import { given } from './given.ts'

type Row = GatesBody['gates'][number]

/** A gate as the surface tells it. */
export function gateBody({ dryRun, skippedBy, evaluation, evidence, ...row }: GateRow): Row {
  return {
    ...row,
    ...given({ dry_run: dryRun, skipped_by: skippedBy, evaluation, evidence: evidence && evidenceBody(evidence) }),
  }
}

function evidenceBody({ readAt, verdict, good, bad, ...rest }: Evidence): NonNullable<Row['evidence']> {
  const { value, threshold, said, sampledAt, goodSince, goodUntil, trouble, troubleSince, nextAt, askedAt, reportBy } =
    rest
  return {
    read_at: readAt,
    verdict,
    good,
    bad,
    ...given({
      value,
      threshold,
      said,
      sampled_at: sampledAt,
      good_since: goodSince,
      good_until: goodUntil,
      trouble,
      trouble_since: troubleSince,
      next_at: nextAt,
      asked_at: askedAt,
      report_by: reportBy,
    }),
  }
}
