/**
 * Where leader epochs began: what a head remembers of its elections, and what can be said from it. Pure functions.
 *
 * An election sets `b.<epoch> = n` beside `e`, and the store itself reads `n`: so epoch e covers the offsets from b[e] to
 * where the next one began, exactly. A new head holds epoch 0 from 0 on, an old one the newest few
 * (`leaderEpochsMax`): forgotten are epochs without a record, those that lie below the log's start, and else the oldest.
 *
 * Of what is forgotten the answers err to one side. Below the oldest epoch that is known, every record is said to be of the
 * epoch before that one, and every older epoch to have ended where it begins. Both are at or above the truth, and since
 * nothing is ever cut off a log's end, a consumer that compares its position with them never finds a truncation (KIP-320).
 */
import { type Epoch, epoch, type Offset, offset } from '../base/ids.ts'
import { leaderEpochsMax } from '../base/limits.ts'
import type { Head } from './head.ts'

interface Begin {
  readonly epoch: Epoch
  readonly base: Offset
}

/** Ascending by epoch, and so by base: `n` never goes down. */
function beginsOf(head: Pick<Head, 'epochBegins'>): Begin[] {
  return Object.entries(head.epochBegins)
    .map(([name, base]) => ({ epoch: epoch(Number(name)), base: offset(base) }))
    .sort((a, b) => a.epoch - b.epoch)
}

/** The leader epoch under which a record was appended, by its offset. */
export type EpochAt = (offset: number) => Epoch

/** For offsets below `head.next`; the answers of a newer head are the same, but for what it has forgotten. */
export function epochsOf(head: Head): EpochAt {
  const begins = beginsOf(head)
  const [oldest] = begins
  if (!oldest) return () => head.epoch
  const before = epoch(oldest.epoch - 1)
  return (at) => begins.findLast(({ base }) => base <= at)?.epoch ?? before
}

/**
 * The largest epoch at or below `asked`, and the offset after its last record: for the current one the end of the log.
 * `asked` is an epoch from 0 to the head's own.
 */
export function epochEndIn(head: Head, asked: number): { readonly leaderEpoch: Epoch; readonly endOffset: Offset } {
  const begins = beginsOf(head)
  const next = begins.find((begin) => begin.epoch > asked)
  const own = begins.findLast((begin) => begin.epoch <= asked)
  return { leaderEpoch: own?.epoch ?? epoch(asked), endOffset: next?.base ?? head.next }
}

/**
 * The epochs that the head has no need of any more, so that with one more it holds at most `leaderEpochsMax`. Where an epoch
 * began never changes and the log's start never goes down, so what an old view finds to be needless is.
 */
export function forgettableEpochs(head: Head): Epoch[] {
  const begins = beginsOf(head)
  const needless = begins.filter(({ base }, index) => {
    const next = begins[index + 1]
    return next !== undefined && (next.base === base || next.base <= head.logStart)
  })
  const kept = begins.filter((begin) => !needless.includes(begin))
  const tooMany = kept.slice(0, Math.max(0, kept.length - (leaderEpochsMax - 1)))
  return [...needless, ...tooMany].map((begin) => begin.epoch)
}
