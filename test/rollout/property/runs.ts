/** Random sequences for each of the two properties: 10,000 unless AUTONOMY_SEQUENCES says otherwise; 100,000 is the full campaign. */
export const sequences = Number(process.env['AUTONOMY_SEQUENCES'] ?? 10_000)

/** Whether this is the full campaign, in which the exhaustive search goes deeper too. */
export const campaign = sequences >= 100_000

/**
 * The everyday suite tries the same sequences each time, so that a change is judged by what it changed; the campaign
 * tries new ones. Replays a failure: fast-check prints `{ seed, path }` and the sequence itself; give them back as
 * AUTONOMY_SEED=<seed> AUTONOMY_PATH=<path>. A sequence worth keeping goes into found.test.ts.
 */
const seed = process.env['AUTONOMY_SEED'] ?? (campaign ? undefined : '1')
const path = process.env['AUTONOMY_PATH']
export const replay = {
  ...(seed === undefined ? {} : { seed: Number(seed) }),
  ...(path === undefined ? {} : { path }),
}
