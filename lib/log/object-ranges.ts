/**
 * Ranged reads of objects, in as few calls as they need: a call costs money in S3 and time in a file. What is asked for in
 * one turn of the event loop, of one object and side by side, is one call: the partitions of a fetch lie so in the objects
 * that their flushes made.
 */
import { gatherMicrotasks, rangeBytesMax, rangeGapBytesMax } from '../base/limits.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { ReadBuffer, ReadBuffers, ReadSlice } from './read-buffers.ts'

/** Bytes `start` to `end`, excluded, of an object. */
interface Asked {
  readonly start: number
  readonly end: number
  /** `undefined`: there is no such object. Fewer bytes than asked for: it ends before. */
  readonly resolve: (bytes: RangeBytes | undefined) => void
  readonly reject: (fault: unknown) => void
}

export interface RangeBytes {
  readonly bytes: Uint8Array
  /** Where they lie in memory that is used again: held once for whoever asked. */
  readonly buffer: ReadBuffer | undefined
}

export class ObjectRanges {
  readonly #objects: ObjectStore
  readonly #buffers: ReadBuffers | undefined
  #asked = new Map<string, Asked[]>()

  /** Without `buffers` every read has memory of its own. */
  constructor(objects: ObjectStore, buffers?: ReadBuffers) {
    this.#objects = objects
    this.#buffers = buffers
  }

  /** The bytes may share their buffer with others that were asked for, never a byte of it: ask for none twice at once. */
  get(objectKey: string, start: number, end: number): Promise<RangeBytes | undefined> {
    return new Promise((resolve, reject) => {
      const asked = { start, end, resolve, reject }
      const beside = this.#asked.get(objectKey)
      if (beside) {
        beside.push(asked)
        return
      }
      if (this.#asked.size === 0) this.#sendSoon()
      this.#asked.set(objectKey, [asked])
    })
  }

  /** Reads that began together come here some steps apart, by what each found in memory. */
  async #sendSoon(): Promise<void> {
    for (let step = 0; step < gatherMicrotasks; step++) await undefined
    const all = this.#asked
    this.#asked = new Map()
    for (const [objectKey, asked] of all) {
      for (const together of neighbours(asked)) this.#send(objectKey, together)
    }
  }

  async #send(objectKey: string, together: readonly Asked[]): Promise<void> {
    const start = together[0]?.start ?? 0
    const end = together.reduce((last, asked) => Math.max(last, asked.end), start)
    let slice: ReadSlice | undefined
    const into = (length: number): Uint8Array => {
      slice = this.#buffers?.take(length)
      return slice?.bytes ?? new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
    }
    try {
      const bytes = await this.#objects.get(objectKey, { range: { start, end }, into })
      const buffer = bytes?.buffer === slice?.bytes.buffer ? slice?.buffer : undefined
      for (const asked of together) {
        buffer?.hold()
        asked.resolve(bytes && { bytes: bytes.subarray(asked.start - start, asked.end - start), buffer })
      }
      buffer?.release()
    } catch (fault) {
      // What was taken is not given back: nobody knows whether the store is done with it.
      for (const { reject } of together) reject(fault)
    }
  }
}

/** What is read by one call: with small gaps at most, and up to a size. */
function neighbours(asked: readonly Asked[]): Asked[][] {
  if (asked.length === 1) return [[...asked]]
  const groups: Asked[][] = []
  for (const each of asked.toSorted((a, b) => a.start - b.start)) {
    const group = groups.at(-1)
    const [first, last] = [group?.[0], group?.at(-1)]
    const joins = first && last && each.start >= last.end && joinsRange(first.start, last.end, each.start, each.end)
    if (group && joins) group.push(each)
    else groups.push([each])
  }
  return groups
}

/** Whether what lies from `start` to `end` is read with the range before it. */
export const joinsRange = (rangeStart: number, rangeEnd: number, start: number, end: number): boolean =>
  start >= rangeEnd && start - rangeEnd <= rangeGapBytesMax && end - rangeStart <= rangeBytesMax
