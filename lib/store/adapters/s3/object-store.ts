/**
 * Objects in S3. Every request here is safe to repeat: an object is always put with the same bytes under its key, and a
 * conditional put carries a mark of its own in the object's metadata, so that when a repetition finds the key taken, a
 * HEAD tells whether it was this put that took it.
 */
import type { Readable } from 'node:stream'
import { DeleteObjectsCommand, GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import type { Clock } from '../../../base/clock.ts'
import type { Entropy } from '../../../base/entropy.ts'
import { objectDeleteKeysMax, objectListMax, objectPatienceMsDefault } from '../../../base/limits.ts'
import { requireKey, requireLimit, requirePrefix, requireRange } from '../../object-call.ts'
import type { ByteRange, ObjectPage, ObjectStore } from '../../object-store.ts'
import { nameOf, statusOf } from '../sdk-fault.ts'
import { readBody } from './body.ts'
import type { Bucket } from './bucket.ts'
import { composeObject } from './compose.ts'
import { Patience } from './patience.ts'
import { headObject, putObject } from './put.ts'

export interface S3ObjectStoreOptions {
  /** Made by `createS3Client`: its own retries must be off. */
  readonly client: S3Client
  readonly bucket: string
  /** What each key begins with in the bucket, as `cluster-1/`. */
  readonly prefix?: string
  readonly clock: Clock
  readonly entropy: Entropy
  /** How long a call is tried for, from its first try to its last: 30 seconds by default. */
  readonly patienceMs?: number
}

/**
 * An object store in a bucket that exists. The bucket needs a lifecycle rule that aborts incomplete multipart uploads:
 * a process that dies while it composes leaves parts, which nobody sees and somebody pays for.
 */
export function createS3ObjectStore(options: S3ObjectStoreOptions): ObjectStore {
  const { client, bucket, prefix = '', clock, entropy, patienceMs = objectPatienceMsDefault } = options
  requirePrefix(prefix)
  return new S3ObjectStore(
    { client, name: bucket, patience: new Patience(clock, entropy, patienceMs), entropy },
    prefix,
  )
}

class S3ObjectStore implements ObjectStore {
  readonly #bucket: Bucket
  readonly #prefix: string

  constructor(bucket: Bucket, prefix: string) {
    this.#bucket = bucket
    this.#prefix = prefix
  }

  async put(key: string, chunks: readonly Uint8Array[], options?: { ifAbsent?: boolean }): Promise<'done' | 'exists'> {
    requireKey(key)
    return putObject(this.#bucket, this.#prefix + key, chunks, options?.ifAbsent ?? false)
  }

  async get(key: string, options?: { range?: ByteRange }): Promise<Uint8Array | undefined> {
    requireKey(key)
    const range = options?.range
    if (range) requireRange(range)
    if (range && range.start === range.end) {
      // HTTP has no empty range.
      return (await headObject(this.#bucket, this.#prefix + key)) && new Uint8Array(0)
    }
    const request = { call: `reading ${key}`, harmless: true }
    return this.#bucket.patience.request(request, async ({ signal, allow }) => {
      const { client, name } = this.#bucket
      const Range = range && { Range: rangeHeader(range) }
      try {
        const get = new GetObjectCommand({ Bucket: name, Key: this.#prefix + key, ...Range })
        const answer = await client.send(get, { abortSignal: signal })
        const length = answer.ContentLength ?? 0
        allow(length)
        return await readBody(answer.Body as Readable, length, signal)
      } catch (error) {
        if (nameOf(error) === 'NoSuchKey') return undefined
        if (statusOf(error) === 416) return new Uint8Array(0)
        throw error
      }
    })
  }

  async list(prefix: string, options?: { startAfter?: string; limit?: number }): Promise<ObjectPage> {
    const { startAfter = '', limit = objectListMax } = options ?? {}
    requirePrefix(prefix)
    requirePrefix(startAfter)
    requireLimit(limit)
    const { client, name, patience } = this.#bucket
    for (let token: string | undefined; ; ) {
      const list = new ListObjectsV2Command({
        Bucket: name,
        Prefix: this.#prefix + prefix,
        MaxKeys: limit,
        ...(startAfter !== '' && { StartAfter: this.#prefix + startAfter }),
        ...(token !== undefined && { ContinuationToken: token }),
      })
      const answer = await patience.request({ call: `listing ${prefix}`, harmless: true }, ({ signal }) =>
        client.send(list, { abortSignal: signal }),
      )
      const objects = (answer.Contents ?? []).map(({ Key = '', Size = 0 }) => ({
        key: Key.slice(this.#prefix.length),
        size: Size,
      }))
      token = answer.NextContinuationToken
      // S3 may answer a page without objects and say that more follow.
      if (objects.length > 0 || token === undefined) return { objects, more: answer.IsTruncated ?? false }
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) requireKey(key)
    for (let index = 0; index < keys.length; index += objectDeleteKeysMax) {
      await this.#deleteSome(keys.slice(index, index + objectDeleteKeysMax))
    }
  }

  async compose(
    key: string,
    source: AsyncIterable<Uint8Array>,
    options?: { ifAbsent?: boolean },
  ): Promise<'done' | 'exists'> {
    requireKey(key)
    return composeObject(this.#bucket, this.#prefix + key, source, options?.ifAbsent ?? false)
  }

  /** Up to 1,000 keys. S3 answers for each: those that failed are tried again, by themselves. */
  async #deleteSome(keys: readonly string[]): Promise<void> {
    const { client, name, patience } = this.#bucket
    let rest = keys.map((key) => ({ Key: this.#prefix + key }))
    await patience.request({ call: `deleting ${keys.length} objects` }, async ({ signal }) => {
      const command = new DeleteObjectsCommand({ Bucket: name, Delete: { Objects: rest, Quiet: true } })
      const { Errors = [] } = await client.send(command, { abortSignal: signal })
      const [first] = Errors
      if (first === undefined) return
      rest = Errors.map(({ Key = '' }) => ({ Key }))
      const error = new Error(`${first.Key}: ${first.Message ?? first.Code}`)
      error.name = first.Code ?? 'Unknown'
      throw error
    })
  }
}

/** RFC 9110, 14.1.2: the last byte is named, and a suffix has no first one. */
function rangeHeader({ start, end }: ByteRange): string {
  return start < 0 ? `bytes=${start}` : `bytes=${start}-${end === undefined ? '' : end - 1}`
}
