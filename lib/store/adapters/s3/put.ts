/** One object by one PUT, and the look at an object that settles what a conditional put has done. */
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { Entropy } from '../../../base/entropy.ts'
import { OutcomeUnknown } from '../../errors.ts'
import { nameOf, statusOf } from '../sdk-fault.ts'
import { checksum, joined } from './body.ts'
import type { Bucket } from './bucket.ts'

/** The metadata that says which put an object is from (`x-amz-meta-put`). */
const markName = 'put'

/** As `ObjectStore.put`, by the key in the bucket. */
export async function putObject(
  bucket: Bucket,
  key: string,
  chunks: readonly Uint8Array[],
  ifAbsent: boolean,
): Promise<'done' | 'exists'> {
  const body = joined(chunks)
  const mark = newMark(bucket.entropy)
  const put = new PutObjectCommand({
    Bucket: bucket.name,
    Key: key,
    Body: body,
    ContentLength: body.length,
    ChecksumCRC32: checksum(body),
    ...(ifAbsent && { IfNoneMatch: '*', Metadata: markMetadata(mark) }),
  })
  const call = `putting ${key}`
  const answer = await bucket.patience.request({ call, byteLength: body.length }, async ({ signal, afterUnknown }) => {
    try {
      await bucket.client.send(put, { abortSignal: signal })
      return 'done'
    } catch (error) {
      if (!ifAbsent || statusOf(error) !== 412) throw error
      return afterUnknown ? 'taken' : 'exists'
    }
  })
  if (answer !== 'taken') return answer
  return (await isMarked(bucket, key, mark, call)) ? 'done' : 'exists'
}

/** A mark that no other put has. */
export function newMark(entropy: Entropy): string {
  return Buffer.from(entropy.bytes(16)).toString('hex')
}

/** The metadata that carries `mark`. */
export function markMetadata(mark: string): Record<string, string> {
  return { [markName]: mark }
}

/**
 * For a put that found its key taken, when an earlier try of it may have taken it: whether it did. Throws
 * `OutcomeUnknown` when the object is gone again, or nobody answers.
 */
export async function isMarked(bucket: Bucket, key: string, mark: string, call: string): Promise<boolean> {
  let found: { mark: string | undefined } | undefined
  try {
    found = await headObject(bucket, key)
  } catch (error) {
    throw new OutcomeUnknown(call, error)
  }
  if (found === undefined) throw new OutcomeUnknown(call, new Error('its key was taken, and is free again'))
  return found.mark === mark
}

/** The mark of the object, if it has one; undefined when there is no such object. */
export function headObject(bucket: Bucket, key: string): Promise<{ mark: string | undefined } | undefined> {
  const head = new HeadObjectCommand({ Bucket: bucket.name, Key: key })
  return bucket.patience.request({ call: `looking at ${key}`, harmless: true }, async ({ signal }) => {
    try {
      const { Metadata } = await bucket.client.send(head, { abortSignal: signal })
      return { mark: Metadata?.[markName] }
    } catch (error) {
      // A HEAD has no body that could say NoSuchBucket instead.
      if (nameOf(error) === 'NotFound' || statusOf(error) === 404) return undefined
      throw error
    }
  })
}
