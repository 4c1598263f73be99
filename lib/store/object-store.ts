/**
 * The port to immutable bytes: S3's model, narrowed. Objects are written once and never changed, so a second put of the
 * same key carries the same bytes and is harmless. Adapters: `adapters/s3`, `adapters/filesystem`, `adapters/memory`.
 * `test/conformance/object-store.ts` says exactly what each must do. Keys and ranges are checked by `object-call.ts`: an
 * illegal one is a bug and throws `InvalidCall`.
 */
export interface ObjectStore {
  /**
   * Stores the concatenation of `chunks` under `key`, whole or not at all: no reader ever sees a part of it.
   * With `ifAbsent` an existing object is left alone and answered `exists`.
   * Throws `OutcomeUnknown` when it may have happened, `StoreUnavailable` when it did not.
   */
  put(key: string, chunks: readonly Uint8Array[], options?: PutOptions): Promise<'done' | 'exists'>

  /**
   * The object's bytes, or those of `range` (`start` inclusive, `end` exclusive, cut at the object's end; a negative
   * `start` without an `end` counts from the object's end). `undefined`: there is no such object.
   */
  get(key: string, options?: GetOptions): Promise<Uint8Array | undefined>

  /** Up to `limit` (1 to 1,000) objects whose keys begin with `prefix` and sort, bytewise, after `startAfter`. */
  list(prefix: string, options?: { startAfter?: string; limit?: number }): Promise<ObjectPage>

  /** Deletes what exists of the keys; absent ones are no error. Any number of keys. */
  delete(keys: readonly string[]): Promise<void>

  /**
   * Stores a stream of chunks as one object without holding it in memory (S3: a multipart upload), whole or not at
   * all. A source that throws leaves no object. Same errors and answers as `put`.
   */
  compose(key: string, source: AsyncIterable<Uint8Array>, options?: { ifAbsent?: boolean }): Promise<'done' | 'exists'>
}

export interface PutOptions {
  readonly ifAbsent?: boolean
  /** The CRC32C of each chunk that the caller knows it of: an adapter that needs one may take it, and look at nothing. */
  readonly checks?: readonly (number | undefined)[]
}

export interface GetOptions {
  readonly range?: ByteRange
  /**
   * Where to read into, asked at most once, with the number of bytes that will be answered. An adapter may leave it alone
   * and answer memory of its own, the caller's from then on. One that asks answers just that memory, and touches it no more
   * once it has; after a failure nobody may use it again.
   */
  readonly into?: (length: number) => Uint8Array
}

export interface ByteRange {
  readonly start: number
  readonly end?: number
}

export interface ObjectPage {
  readonly objects: readonly { readonly key: string; readonly size: number }[]
  /** True when more objects follow the last of these. */
  readonly more: boolean
}
