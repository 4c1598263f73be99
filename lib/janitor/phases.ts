/** What a round of the janitor consists of, in this order. */

/**
 * - `found`: deleted topics whose deletion died half-way are recorded
 * - `deleted`: partitions of deleted topics are fenced and emptied; a day later they and the topic are forgotten
 * - `partitions`: retention, consolidation, and in a round that sweeps inline items and producers
 * - `intake`, `segments`: objects that no index names; only in a round that sweeps
 * - `offsets`: committed offsets that have expired; only in a round that sweeps
 */
export const phases = ['found', 'deleted', 'partitions', 'intake', 'segments', 'offsets'] as const
export type Phase = (typeof phases)[number]

const sweepingOnly: ReadonlySet<Phase> = new Set(['intake', 'segments', 'offsets'])

export const isPhase = (text: string): text is Phase => (phases as readonly string[]).includes(text)

/** The phase that follows; `rest` after the last one. */
export function phaseAfter(phase: Phase, sweeping: boolean): Phase | 'rest' {
  const following = phases.slice(phases.indexOf(phase) + 1)
  return following.find((next) => sweeping || !sweepingOnly.has(next)) ?? 'rest'
}
