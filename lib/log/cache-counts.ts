/** What readers find in the cache of bytes. Fetching ahead is not counted: it looks for what is not there yet. */

/**
 * By pointer, the bytes of one flush in one partition. `hit`: in memory, as it was read, fetched ahead or appended here.
 * `joined`: on its way already, for another reader or ahead of this one. `miss`: read from a store for this reader.
 */
export type CacheResult = 'hit' | 'joined' | 'miss'

/** Since the process began; each only rises. */
export interface CacheCounts {
  readonly lookups: Readonly<Record<CacheResult, number>>
  /** Bytes of the pointers that were looked for. */
  readonly bytes: Readonly<Record<CacheResult, number>>
}

export class CacheCounter implements CacheCounts {
  readonly lookups = { hit: 0, joined: 0, miss: 0 }
  readonly bytes = { hit: 0, joined: 0, miss: 0 }

  count(result: CacheResult, bytes: number): void {
    this.lookups[result] += 1
    this.bytes[result] += bytes
  }
}

/** The cache of bytes as it is now. */
export interface CacheState extends CacheCounts {
  readonly heldBytes: number
  readonly limitBytes: number
}
