/**
 * Read-ahead and drop-behind. Who reads on where its last read ended is a follower: the next bytes are fetched while it is
 * answered, and the last ones leave the cache when it comes back, unless another follower is behind it. A reader that jumps
 * about is none, and nothing is fetched for it.
 *
 * All of it is a hint about memory and time. What is fetched ahead lies in the cache or is under way (`bytes.ts`), where the
 * read finds it; whatever goes wrong with it is forgotten, and the read that needs the bytes meets the fault itself.
 */
import type { Clock } from '../base/clock.ts'
import type { Offset, PartitionId } from '../base/ids.ts'
import {
  followedPartitionsMax,
  followerBehindMsMax,
  followerIdleMsMax,
  followersPerPartitionMax,
} from '../base/limits.ts'
import { type PointerBytes, releaseBytes } from './bytes.ts'
import type { BytesCache } from './bytes-cache.ts'
import { epochsOf } from './epochs.ts'
import { deletedEpoch } from './head.ts'
import type { HeadHints } from './head-hints.ts'
import type { IndexEntry } from './index-entry.ts'
import type { IndexLookup } from './index-lookup.ts'
import { partitionKey } from './keys.ts'
import { type BatchesRead, enough } from './read.ts'

/** Somebody who is expected to read on at an offset. Several who read the same way are as many of them. */
interface Follower {
  readonly at: Offset
  /** What it has been given. */
  readonly passed: readonly IndexEntry[]
  /** How far ahead of it is read; 0: it has read once only. */
  readonly windowBytes: number
  readonly seenMs: number
  /** Bytes that were fetched for it and that it has not come for. */
  aheadBytes: number
  isFetching: boolean
  /** It has come while that was still under way. */
  hasToWait: boolean
}

export interface ReadAheadParts {
  readonly clock: Clock
  readonly hints: HeadHints
  readonly index: IndexLookup
  readonly bytes: PointerBytes
  readonly cache: BytesCache
  /** How far ahead one follower is read for at most; 0: for none. */
  readonly windowBytesMax: number
  /** What may lie in memory ahead of all followers. */
  readonly bytesMax: number
}

export class ReadAhead {
  readonly #parts: ReadAheadParts
  /** By partition key; the one that was heard of least recently first, of partitions as of followers. */
  readonly #partitions = new Map<string, Follower[]>()
  #due: { id: PartitionId; follower: Follower }[] = []
  #aheadBytes = 0

  constructor(parts: ReadAheadParts) {
    this.#parts = parts
  }

  /** Whether somebody has read the partition, and not long ago. */
  isFollowed(id: PartitionId, withinMs: number): boolean {
    const newest = this.#partitions.get(partitionKey(id))?.at(-1)
    return newest !== undefined && this.#ageMs(newest) <= withinMs
  }

  /** A read begins. Answers the follower that it is, if it is one. */
  begins(id: PartitionId, from: Offset): Follower | undefined {
    const followers = this.#partitions.get(partitionKey(id))
    const index = followers?.findIndex(({ at }) => at === from) ?? -1
    if (!followers || index < 0) return undefined
    const [follower] = followers.splice(index, 1)
    if (follower) follower.hasToWait = follower.isFetching
    // What it was given has arrived, now that it asks for more.
    for (const { cacheKey, end } of follower?.passed ?? []) {
      const isWanted = followers.some((other) => other.at < end && this.#ageMs(other) <= followerBehindMsMax)
      if (!isWanted) this.#parts.cache.drop(cacheKey)
    }
    return follower
  }

  /** The read that `begins` told of has ended. Who is told of a fault will ask again. */
  ended(
    id: PartitionId,
    from: Offset,
    before: Follower | undefined,
    read: BatchesRead | 'fault',
    maxBytes: number,
  ): void {
    if (before) this.#release(before)
    if (read === 'fault') {
      if (before) this.#follow(id, { at: from, passed: [], windowBytes: before.windowBytes })
    } else if (read.result.outcome === 'read') {
      const { nextOffset: at, highWatermark } = read.result
      const windowBytes = before ? this.#nextWindow(before, maxBytes) : 0
      const follower = this.#follow(id, { at, passed: read.passed, windowBytes })
      if (windowBytes > 0 && at < highWatermark) this.#fetchSoon(id, follower)
    }
  }

  /** Who had to wait for what was fetched ahead of him needs more of it. */
  #nextWindow({ windowBytes, hasToWait }: Follower, maxBytes: number): number {
    const wanted = Math.max(hasToWait ? 2 * windowBytes : windowBytes, maxBytes)
    return Math.min(wanted, this.#parts.windowBytesMax)
  }

  #follow(id: PartitionId, expected: Pick<Follower, 'at' | 'passed' | 'windowBytes'>): Follower {
    const key = partitionKey(id)
    const follower = {
      ...expected,
      seenMs: this.#parts.clock.now(),
      aheadBytes: 0,
      isFetching: false,
      hasToWait: false,
    }
    const followers = this.#partitions.get(key) ?? []
    followers.push(follower)
    if (followers.length > followersPerPartitionMax) this.#release(followers.shift())
    this.#partitions.delete(key)
    this.#partitions.set(key, followers)
    if (this.#partitions.size > followedPartitionsMax) this.#forgetOldest()
    return follower
  }

  /** After the answer has gone out, and for all partitions of a fetch at once: they lie side by side in objects. */
  #fetchSoon(id: PartitionId, follower: Follower): void {
    this.#due.push({ id, follower })
    if (this.#due.length > 1) return
    this.#parts.clock.sleep(0).then(() => {
      for (const due of this.#due.splice(0)) this.#fetch(due.id, due.follower)
    })
  }

  async #fetch(id: PartitionId, follower: Follower): Promise<void> {
    const { at, windowBytes } = follower
    const head = this.#parts.hints.get(id)?.head
    if (!head || head.epoch === deletedEpoch || at < head.logStart || at >= head.next) return
    if (!this.#isThere(id, follower)) return
    follower.isFetching = true
    try {
      const entries = await this.#parts.index.entriesFrom(id, head, at, { bytesWanted: windowBytes, strong: false })
      if (entries === 'gap' || !this.#isThere(id, follower)) return
      const planned = this.#affordable(follower, enough(entries, at, windowBytes))
      if (planned.length === 0) return
      const options = { epochAt: epochsOf(head), strong: false, isAhead: true }
      // What lies in the cache is held by the cache.
      releaseBytes(await this.#parts.bytes.fetch(id, planned, options))
    } catch {
      // The read that needs these bytes will say what is wrong with them.
    } finally {
      follower.isFetching = false
    }
  }

  /** Not if it has come back already, or is forgotten: its share of the memory is given back then. */
  #isThere(id: PartitionId, follower: Follower): boolean {
    return this.#partitions.get(partitionKey(id))?.includes(follower) === true
  }

  /** The first of the entries, as many as there is room for; the room is taken. */
  #affordable(follower: Follower, planned: readonly IndexEntry[]): IndexEntry[] {
    const { cache, bytesMax } = this.#parts
    const taken: IndexEntry[] = []
    for (const entry of planned) {
      const { length } = entry.pointer
      if (length > cache.entryBytesMax) break
      if (this.#aheadBytes + length > bytesMax) this.#forgetIdle()
      if (this.#aheadBytes + length > bytesMax) break
      this.#aheadBytes += length
      follower.aheadBytes += length
      taken.push(entry)
    }
    return taken
  }

  #release(follower: Follower | undefined): void {
    if (!follower) return
    this.#aheadBytes -= follower.aheadBytes
    follower.aheadBytes = 0
  }

  #ageMs = ({ seenMs }: Follower) => this.#parts.clock.now() - seenMs
  #isIdle = (follower: Follower) => this.#ageMs(follower) > followerIdleMsMax

  #forgetIdle(): void {
    for (const followers of this.#partitions.values()) {
      if (followers.some((follower) => !this.#isIdle(follower))) return
      this.#forgetOldest()
    }
  }

  #forgetOldest(): void {
    for (const [key, followers] of this.#partitions) {
      this.#partitions.delete(key)
      for (const follower of followers) this.#release(follower)
      return
    }
  }
}
