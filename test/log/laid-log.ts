/**
 * Lays a log into stores item by item, as `head.ts`, `page.ts`, `inline.ts` and `footer.ts` document it, without the
 * writer: so that a test says exactly which bytes and items are there when its reader or janitor comes.
 */
import { offset, type PartitionId } from '../../lib/base/ids.ts'
import { encodeFooter } from '../../lib/log/footer.ts'
import { type Head, newHead, parseHead, tailEntries } from '../../lib/log/head.ts'
import { newInline } from '../../lib/log/inline.ts'
import { headKey, intakeObjectKey } from '../../lib/log/keys.ts'
import { newPage } from '../../lib/log/page.ts'
import { freshName, type Pointer, pointerKey } from '../../lib/log/pointer.ts'
import { type BatchOptions, buildBatch } from '../../lib/records/build.ts'
import type { Item } from '../../lib/store/meta-store.ts'
import { seeded } from '../world/seeded.ts'
import type { SimClock } from '../world/sim-clock.ts'
import { p0, type Stores } from './world.ts'

export interface LaidRecord {
  readonly value: string
  readonly timestamp?: number
}

export interface LaidOptions {
  readonly inline?: boolean
  /** Whose batches lie in the same object as well. */
  readonly beside?: readonly PartitionId[]
  readonly batch?: Partial<BatchOptions>
}

const encoder = new TextEncoder()

export class LaidLog {
  readonly stores: Stores
  readonly clock: SimClock
  readonly id: PartitionId
  readonly #entropy
  /** The oracle: every record with its offset. */
  readonly records: { readonly offset: number; readonly value: string; readonly timestamp: number }[] = []

  constructor(stores: Stores, clock: SimClock, id = p0, seed = 7) {
    this.stores = stores
    this.clock = clock
    this.id = id
    this.#entropy = seeded(seed)
  }

  /** One flush of some batches: the bytes, then the pointer. */
  async append(batches: readonly (readonly (string | LaidRecord)[])[], options: LaidOptions = {}): Promise<Pointer> {
    const head = parseHead((await this.item()) ?? newHead(this.id))
    const pointer = await this.bytesOnly(batches, options)
    const flat = batches.flat().map(asRecord)
    for (const [index, { value, timestamp = this.clock.now() }] of flat.entries()) {
      this.records.push({ offset: head.next + index, value, timestamp })
    }
    await this.stores.meta.put({
      ...head.item,
      n: head.next + flat.length,
      q: { ...head.tail, [pointerKey(pointer)]: head.next },
    })
    return pointer
  }

  /** The bytes of a flush that no pointer names yet. */
  async bytesOnly(
    batches: readonly (readonly (string | LaidRecord)[])[],
    { inline = false, beside = [], batch = {} }: LaidOptions = {},
  ): Promise<Pointer> {
    const now = this.clock.now()
    const bytes = Buffer.concat(
      batches.map((records) =>
        buildBatch({
          now,
          ...batch,
          records: records.map(asRecord).map(({ value, timestamp }) => ({
            value: encoder.encode(value),
            ...(timestamp !== undefined && { timestamp }),
          })),
        }),
      ),
    )
    const name = freshName(now, 0, this.#entropy)
    const seenNext = parseHead((await this.item()) ?? newHead(this.id)).next
    if (inline) await this.stores.meta.put(newInline(this.id, { name, bytes, seenNext }))
    else {
      const footer = encodeFooter([this.id, ...beside].map((id) => ({ ...id, seenNext })))
      await this.stores.objects.put(intakeObjectKey(name), [bytes, footer])
    }
    const timestamps = batches.flat().map((record) => asRecord(record).timestamp ?? now)
    return { name, inline, position: 0, length: bytes.length, maxTimestamp: Math.max(...timestamps) }
  }

  /** Moves all but the newest `keep` pointers to a page; with `drop` false it dies between page and drop. */
  async fold(keep = 0, { drop = true } = {}): Promise<void> {
    const head = await this.head()
    const leaving = tailEntries(head).slice(0, Object.keys(head.tail).length - keep)
    const last = leaving.at(-1)
    if (!last) return
    await this.stores.meta.put(newPage(this.id, head.tailStart, leaving), [{ path: ['pk'], is: 'absent' }])
    if (!drop) return
    const gone = new Set(leaving.map(({ key }) => key))
    const tail = Object.fromEntries(Object.entries(head.tail).filter(([key]) => !gone.has(key)))
    await this.stores.meta.put({ ...head.item, q: tail, t: last.end })
  }

  /** A log of `flushes` flushes of two records each, folded by `perPage`, the newest few in the tail. */
  async fill(
    flushes: number,
    { perPage = 4, inTail = 2, ...options }: LaidOptions & { perPage?: number; inTail?: number } = {},
  ) {
    for (let flush = 0; flush < flushes; flush++) {
      const at = this.records.length
      await this.append([[`r${at}`], [`r${at + 1}`]], options)
      this.clock.jump(1)
      if (Object.keys((await this.head()).tail).length >= perPage + inTail) await this.fold(inTail)
    }
  }

  async change(attributes: Record<string, Item[string]>): Promise<void> {
    await this.stores.meta.put({ ...(await this.head()).item, ...attributes })
  }

  item(): Promise<Item | undefined> {
    return this.stores.meta.get(headKey(this.id), { strong: true })
  }

  async head(): Promise<Head> {
    const item = await this.item()
    if (!item) throw new Error('there is no head')
    return parseHead(item)
  }

  get values(): string[] {
    return this.records.map(({ value }) => value)
  }

  /** The offset of the next record, as an `Offset`. */
  get end() {
    return offset(this.records.length)
  }
}

const asRecord = (record: string | LaidRecord): LaidRecord => (typeof record === 'string' ? { value: record } : record)
