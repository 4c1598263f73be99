/**
 * How far the janitor's round has come. `janitor` / `cursor`.
 *
 * A hint: a lost or an old one repeats work, and every unit of work may be done twice, or by two at once. So it is written
 * without a guard, at the end of a step, and of a phase where much would be repeated. Lifetime: for ever. Size: about 300 bytes.
 *
 * | attribute | what |
 * |---|---|
 * | `phase` | the phase that is under way; `rest` between rounds |
 * | `at` | where in the phase, in the phase's own words; '' at its beginning |
 * | `roundMs` | when this round, or the last one, began |
 * | `sweepMs` | when the last round that sweeps began; this one if equal to `roundMs` |
 * | `quiet` | how many rounds in a row have found nothing to do; absent when the last one has |
 */
import type { Item, MetaStore } from '../store/meta-store.ts'
import { isPhase, type Phase } from './phases.ts'

const cursorKey = { pk: 'janitor', sk: 'cursor' }

export interface Cursor {
  readonly phase: Phase | 'rest'
  readonly at: string
  readonly roundMs: number
  readonly sweepMs: number
  readonly quiet: number
}

const atRest: Cursor = { phase: 'rest', at: '', roundMs: 0, sweepMs: 0, quiet: 0 }

/** Strongly consistent. At rest when there is none, or none that can be read. */
export async function readCursor(meta: MetaStore): Promise<Cursor> {
  const item = await meta.get(cursorKey, { strong: true })
  if (!item) return atRest
  const { phase, at, roundMs, sweepMs } = item
  // One that another version wrote and nobody can read means only that the round begins again.
  if (typeof phase !== 'string' || !(isPhase(phase) || phase === 'rest')) return atRest
  if (typeof at !== 'string' || typeof roundMs !== 'number' || typeof sweepMs !== 'number') return atRest
  return { phase, at, roundMs, sweepMs, quiet: typeof item.quiet === 'number' ? item.quiet : 0 }
}

/** Without a guard: the last one wins, and either is right. */
export async function writeCursor(meta: MetaStore, { phase, at, roundMs, sweepMs, quiet }: Cursor): Promise<void> {
  const item: Item = { ...cursorKey, phase, at, roundMs, sweepMs, ...(quiet > 0 && { quiet }) }
  await meta.put(item)
}
