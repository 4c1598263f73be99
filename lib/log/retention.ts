/**
 * Retention: the log's start moves up, then the pages that end below it are deleted, on every round, because a late put can
 * bring one back. The bytes are left to the sweep. As in Kafka a unit (there a segment, here a page, and in the tail a
 * pointer) goes only whole, oldest first: by time when its largest timestamp is older than `retention.ms`, by size while
 * what stays is still at least `retention.bytes`.
 */
import type { Clock } from '../base/clock.ts'
import { type Offset, offset, type PartitionId } from '../base/ids.ts'
import { inParallel } from '../base/in-parallel.ts'
import {
  queryPageBytesMax,
  readCallsAtOnceMax,
  retentionQueriesMax,
  retentionQueryPages,
  retentionUnitsMax,
} from '../base/limits.ts'
import { untilKnown } from '../cluster/until-known.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { raiseLogStart } from './delete-records.ts'
import { deletedEpoch, type Head, parseHead, tailEntries } from './head.ts'
import { headKey, pageSortKey, partitionKey } from './keys.ts'
import { pagesBetween } from './page-scan.ts'
import { nameTime, type Pointer } from './pointer.ts'

export interface RetentionConfig {
  /** `cleanup.policy` contains `delete`. */
  readonly deletes: boolean
  /** `retention.ms`; -1: for ever. */
  readonly retentionMs: number
  /** `retention.bytes`; -1: any number. */
  readonly retentionBytes: number
}

export interface RetentionParts {
  readonly meta: MetaStore
  readonly clock: Clock
}

export interface RetentionResult {
  readonly raised: boolean
  readonly pagesDeleted: number
}

/** What goes or stays whole. */
interface Unit {
  readonly end: Offset
  readonly bytes: number
  readonly newestMs: number
}

/** Throws what the store throws; may be called again after that, and twice at once. */
export async function applyRetention(
  { meta, clock }: RetentionParts,
  id: PartitionId,
  config: RetentionConfig,
): Promise<RetentionResult> {
  const item = await meta.get(headKey(id), { strong: true })
  let head = item && parseHead(item)
  if (!head || head.epoch === deletedEpoch) return { raised: false, pagesDeleted: 0 }
  const start = config.deletes ? await retainedFrom(meta, id, head, config, clock.now()) : head.logStart
  const raised = start > head.logStart
  if (raised) head = await raiseLogStart(meta, id, head, start)
  if (!head) return { raised: false, pagesDeleted: 0 }
  return { raised, pagesDeleted: await deletePagesBelow(meta, clock, id, head.logStart) }
}

async function retainedFrom(
  meta: MetaStore,
  id: PartitionId,
  head: Head,
  { retentionMs, retentionBytes }: RetentionConfig,
  nowMs: number,
): Promise<Offset> {
  if (retentionMs < 0 && retentionBytes < 0) return head.logStart
  let start = head.logStart
  let expiring = retentionMs >= 0
  const staying = new Staying(retentionBytes)
  // By size all of it is looked at, so a query may as well bring all it can.
  const limit = retentionBytes < 0 ? retentionQueryPages : queryPageBytesMax
  for await (const unit of unitsOf(meta, id, head, head.logStart, limit)) {
    expiring &&= nowMs - unit.newestMs > retentionMs
    if (expiring) start = unit.end
    else if (retentionBytes < 0) break
    else start = staying.add(unit) ?? start
  }
  return start
}

/**
 * The last units, as many as `retention.bytes` take. Each is counted once and taken off as it was counted: read again, a
 * page may be a segment by now, without what lay below the log's start, and more would go than may.
 */
class Staying {
  readonly #bytesMin: number
  #units: Pick<Unit, 'end' | 'bytes'>[] = []
  /** All before it have gone. */
  #first = 0
  #bytes = 0

  constructor(bytesMin: number) {
    this.#bytesMin = bytesMin
  }

  /** Where the log may begin now that there is one more; `undefined`: none has to go for it. */
  add({ end, bytes }: Unit): Offset | undefined {
    this.#units.push({ end, bytes })
    this.#bytes += bytes
    let start: Offset | undefined
    for (let oldest = this.#units[this.#first]; oldest; oldest = this.#units[this.#first]) {
      if (this.#bytes - oldest.bytes < this.#bytesMin) break
      this.#bytes -= oldest.bytes
      start = oldest.end
      this.#first++
    }
    if (this.#units.length > retentionUnitsMax) {
      const left = this.#units.slice(this.#first)
      this.#units = left.length > retentionUnitsMax / 2 ? pairs(left) : left
      this.#first = 0
    }
    return start
  }
}

/** Two by two: what goes only together stays longer than it must, never shorter. */
function pairs(units: readonly Pick<Unit, 'end' | 'bytes'>[]): Pick<Unit, 'end' | 'bytes'>[] {
  return units.flatMap((unit, nth) => {
    if (nth % 2 === 1) return []
    const next = units[nth + 1]
    return { end: next?.end ?? unit.end, bytes: unit.bytes + (next?.bytes ?? 0) }
  })
}

/** Pages, then the tail's pointers, in order and joined; it ends at a gap. Eventually read: ranges and timestamps stay. */
async function* unitsOf(
  meta: MetaStore,
  id: PartitionId,
  head: Head,
  from: Offset,
  limit = retentionQueryPages,
): AsyncGenerator<Unit> {
  let position = from
  for await (const page of pagesBetween(meta, id, from, head.tailStart, { strong: false, limit })) {
    if (page.base > position) return
    position = page.end
    yield {
      end: page.end,
      bytes: page.entries.reduce((sum, { pointer }) => sum + pointer.length, 0),
      newestMs: Math.max(...page.entries.map(({ pointer }) => newestMs(pointer))),
    }
  }
  for (const { pointer, base, end } of tailEntries(head)) {
    if (base > position) return
    if (end > position) yield { end, bytes: pointer.length, newestMs: newestMs(pointer) }
    position = offset(Math.max(position, end))
  }
}

/** Records without timestamps are as old as the object that they lie in, as in Kafka (the file's last change). */
const newestMs = ({ maxTimestamp, name }: Pointer) => (maxTimestamp >= 0 ? maxTimestamp : nameTime(name))

/** A page goes only when the head's log start, which never comes back, is at or past its end. */
async function deletePagesBelow(meta: MetaStore, clock: Clock, id: PartitionId, logStart: Offset): Promise<number> {
  if (logStart === 0) return 0
  let deleted = 0
  for (let queries = 0; queries < retentionQueriesMax; queries++) {
    const { items, more } = await meta.query(partitionKey(id), {
      from: pageSortKey(offset(0)),
      to: pageSortKey(offset(logStart - 1)),
    })
    const below = items.filter(({ end }) => typeof end === 'number' && end <= logStart)
    await inParallel(below, readCallsAtOnceMax, ({ pk, sk }) =>
      untilKnown(clock, () => meta.delete({ pk, sk }, [{ path: ['end'], is: '<=', than: { value: logStart } }])),
    )
    deleted += below.length
    if (!more || below.length === 0) break
  }
  return deleted
}
