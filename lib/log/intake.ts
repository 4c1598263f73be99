/**
 * Group commit: batches of all partitions and producers of this process gather, and go out as one flush, whose bytes are
 * one object; a small flush lies in DynamoDB instead, an item a partition. While flushes are being put, the next one
 * gathers. What a flush has put belongs to the partitions' writers, in the order in which the batches came.
 *
 * Crash points: before the put nothing happened; after it, bytes lie there that no index names, and a sweep deletes them.
 */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import type { Offset, PartitionId } from '../base/ids.ts'
import { inlineBytesMax, writeUnitBytes } from '../base/limits.ts'
import { StoreUnavailable } from '../store/errors.ts'
import type { MetaStore } from '../store/meta-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { Batch, Flush, Placed, PutResult } from './batch.ts'
import { Departure, type DepartureOptions } from './departure.ts'
import { encodeFooter, type FooterEntry } from './footer.ts'
import { inlineAbsent } from './guards.ts'
import { newInline, parseInline } from './inline.ts'
import { intakeObjectKey, partitionKey } from './keys.ts'
import { freshName } from './pointer.ts'

export interface IntakeOptions extends DepartureOptions {
  readonly flushesInFlightMax: number
  /** A flush that takes at most so many write units of 1 KiB lies in the MetaStore. */
  readonly inlineUnitsMax: number
}

export interface IntakeParts {
  readonly meta: MetaStore
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly entropy: Entropy
  /** A `next` of the partition's head that this process has seen, 0 if none: where a sweep begins to look. */
  readonly seenNext: (id: PartitionId) => Offset
  /** The partition's floor as this process has seen it, 0 if not: bytes named at or before it would be put in vain. */
  readonly floorMs: (id: PartitionId) => number
  /** Batches have their place; their bytes are being put. */
  readonly placed: (id: PartitionId, placed: readonly Placed[]) => void
}

/** The batches of one partition in one flush, and their bytes in one piece. */
interface Share {
  readonly id: PartitionId
  readonly batches: Batch[]
}

/** The same, as it is put. */
interface Pieces {
  readonly batches: readonly Batch[]
  /** Their bytes: one after the other. */
  readonly chunks: readonly Uint8Array[]
  /** CRC32C of each chunk, where it is known. */
  readonly checks: readonly (number | undefined)[]
  readonly length: number
}

/** A batch that is smaller on the average is copied to those beside it: a chunk of its own costs about a microsecond. */
const batchAloneBytesMin = 4_096

/** Attribute names, keys and the number beside an inline item's bytes: about this many. */
const inlineOverheadBytes = 128

export class Intake {
  readonly #parts: IntakeParts
  readonly #options: IntakeOptions
  readonly #departure: Departure
  #waiting: { id: PartitionId; batch: Batch }[] = []
  #waitingBytes = 0
  #inFlight = 0
  #emptied: (() => void)[] = []

  constructor(parts: IntakeParts, options: IntakeOptions) {
    this.#parts = parts
    this.#options = options
    this.#departure = new Departure(parts.clock, options, {
      bytes: () => this.#waitingBytes,
      moreIsDue: () => this.#waiting.every(({ batch }) => batch.moreIsDue?.() === true),
      leave: () => this.#leave(),
    })
  }

  /** Takes a batch into the flush that is gathering. Order of calls is order in a partition. */
  add(id: PartitionId, batch: Batch): void {
    this.#waiting.push({ id, batch })
    this.#waitingBytes += batch.bytes.length
    this.#departure.came()
    this.#schedule()
  }

  /** Puts batches of one partition again, under a name that is later than `floorMs`. */
  putAgain(id: PartitionId, batches: readonly Batch[], floorMs: number): readonly Placed[] {
    const { placed } = this.#put([{ id, batches: [...batches] }], floorMs + 1)
    return placed[0] ?? []
  }

  /** Resolves when nothing waits and nothing is being put. */
  async settle(): Promise<void> {
    if (this.#waiting.length === 0 && this.#inFlight === 0) return
    this.#departure.hurry()
    await new Promise<void>((resolve) => this.#emptied.push(resolve))
  }

  get #isFree(): boolean {
    return this.#waiting.length > 0 && this.#inFlight < this.#options.flushesInFlightMax
  }

  #schedule(): void {
    if (this.#isFree) this.#departure.schedule()
  }

  #leave(): void {
    if (!this.#isFree) return
    do this.#flush()
    while (this.#mayFollow())
    this.#schedule()
  }

  /** What is too much for one flush goes out beside it, in the same turn, unless it has to linger for more. */
  #mayFollow(): boolean {
    if (!this.#isFree) return false
    return this.#options.lingerMs <= 0 || this.#waitingBytes >= this.#options.flushBytesMax
  }

  #flush(): void {
    const shares = this.#take()
    this.#inFlight++
    this.#departure.left()
    const floorMs = shares.reduce((floor, { id }) => Math.max(floor, this.#parts.floorMs(id)), 0)
    const { placed, puts } = this.#put(shares, floorMs + 1)
    for (const [index, share] of shares.entries()) this.#parts.placed(share.id, placed[index] ?? [])
    Promise.all(puts).then(() => {
      this.#inFlight--
      this.#schedule()
      if (this.#waiting.length > 0 || this.#inFlight > 0) return
      for (const resolve of this.#emptied.splice(0)) resolve()
    })
  }

  /**
   * What waits, up to the size of a flush, by partition; each partition's batches stay in order. What has waited for too long
   * is refused: while no bytes can be put, every flush before it takes all the store's patience.
   */
  #take(): Share[] {
    const nowMs = this.#parts.clock.now()
    const late: Batch[] = []
    const shares = new Map<string, Share>()
    let bytes = 0
    let lateBytes = 0
    let count = 0
    for (const { id, batch } of this.#waiting) {
      if (batch.deadlineMs < nowMs) {
        late.push(batch)
        lateBytes += batch.bytes.length
        count++
        continue
      }
      if (shares.size > 0 && bytes + batch.bytes.length > this.#options.flushBytesMax) break
      const key = partitionKey(id)
      const share = shares.get(key)
      if (share) share.batches.push(batch)
      else shares.set(key, { id, batches: [batch] })
      bytes += batch.bytes.length
      count++
    }
    this.#waiting = this.#waiting.slice(count)
    this.#waitingBytes -= bytes + lateBytes
    // Not made for every flush: an error costs its stack.
    const cause = late.length > 0 && new StoreUnavailable('an append', new Error('its bytes waited too long for a put'))
    for (const batch of late) batch.answer({ outcome: 'unavailable', cause })
    return [...shares.values()]
  }

  /** Begins to put the shares; `placed` is in the shares' order. */
  #put(shares: readonly Share[], afterMs: number): { placed: Placed[][]; puts: Promise<unknown>[] } {
    const name = freshName(this.#parts.clock.now(), afterMs, this.#parts.entropy)
    let pieces: readonly Pieces[] = shares.map(piecesOf)
    let flushes: readonly Flush[]
    if (this.#liesInline(pieces)) {
      const joined = pieces.map(inOnePiece)
      flushes = shares.map(({ id }, index) => this.#putInline(id, name, joined[index]?.bytes))
      pieces = joined
    } else flushes = this.#putObject(shares, name, pieces)
    let position = 0
    const placed = pieces.map(({ batches, length }, index) => {
      const flush = flushes[index] as Flush
      let at = flush.inline ? 0 : position
      position += length
      return batches.map((batch) => {
        const each = { batch, flush, position: at }
        at += batch.bytes.length
        return each
      })
    })
    return { placed, puts: flushes.map(({ put }) => put) }
  }

  #liesInline(pieces: readonly Pieces[]): boolean {
    let units = 0
    for (const { length } of pieces) {
      if (length > inlineBytesMax) return false
      units += Math.ceil((length + inlineOverheadBytes) / writeUnitBytes)
    }
    return units <= this.#options.inlineUnitsMax
  }

  #putInline(id: PartitionId, name: string, bytes: Uint8Array | undefined): Flush {
    assert(bytes, 'an inline flush without bytes')
    const item = newInline(id, { name, bytes, seenNext: this.#parts.seenNext(id) })
    const put = this.#parts.meta.put(item, [inlineAbsent]).then((answer) => {
      // Refused by a copy of itself it is as good as done.
      const there = 'done' in answer ? bytes : answer.refused && parseInline(answer.refused).bytes
      if (!there || Buffer.compare(there, bytes) !== 0) throw nameTaken(name)
    })
    return newFlush(name, true, put)
  }

  #putObject(shares: readonly Share[], name: string, pieces: readonly Pieces[]): Flush[] {
    const footer = encodeFooter(shares.map(({ id }): FooterEntry => ({ ...id, seenNext: this.#parts.seenNext(id) })))
    const chunks = [...pieces.flatMap((piece) => piece.chunks), footer]
    const checks = pieces.flatMap((piece) => piece.checks)
    const put = this.#parts.objects.put(intakeObjectKey(name), chunks, { ifAbsent: true, checks }).then((stored) => {
      if (stored === 'exists') throw nameTaken(name)
    })
    const flush = newFlush(name, false, put)
    return shares.map(() => flush)
  }
}

/** Another flush's, by chance: what lies there may be acknowledged. */
const nameTaken = (name: string) => new StoreUnavailable('an append', new Error(`the name ${name} is taken`))

function newFlush(name: string, inline: boolean, putting: Promise<unknown>): Flush {
  let result: PutResult | undefined
  const put = putting.then(
    () => {
      result = 'durable'
    },
    (failed: unknown) => {
      result = { failed }
    },
  )
  return { name, inline, put, result: () => result }
}

/** What a partition puts, in one piece where its batches are so small that pieces would cost more than a copy. */
function piecesOf({ batches }: Share): Pieces {
  const length = batches.reduce((total, batch) => total + batch.bytes.length, 0)
  const checks = batches.map(({ check }) => check)
  const pieces = { batches, chunks: batches.map(({ bytes }) => bytes), checks, length }
  return batches.length > 1 && length < batches.length * batchAloneBytesMin ? inOnePiece(pieces) : pieces
}

/** The batches then share that memory and free their own. */
function inOnePiece({ batches, chunks, checks, length }: Pieces): Pieces & { readonly bytes: Uint8Array } {
  const [only] = chunks
  if (only && chunks.length === 1) return { batches, chunks, checks, length, bytes: only }
  const bytes = sideBySide(chunks)
  let at = 0
  const moved = batches.map((batch) => {
    const own = bytes.subarray(at, at + batch.bytes.length)
    at += batch.bytes.length
    return { ...batch, bytes: own, isLent: false }
  })
  return { batches: moved, chunks: [bytes], checks: [undefined], length, bytes }
}

export function sideBySide(chunks: readonly Uint8Array[]): Uint8Array {
  const length = chunks.reduce((total, chunk) => total + chunk.length, 0)
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
