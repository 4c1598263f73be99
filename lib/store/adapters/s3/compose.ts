/**
 * An object from a stream: parts of 8 MiB as they fill, a few on their way at once, and nothing visible before the last
 * request. What fits one part is an ordinary put. Until the completing request every failure is definite.
 */
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { objectPartBytes, objectPartsInFlightMax, objectPartsMax } from '../../../base/limits.ts'
import { InvalidCall, OutcomeUnknown, StoreUnavailable } from '../../errors.ts'
import { nameOf, statusOf } from '../sdk-fault.ts'
import { checksum } from './body.ts'
import type { Bucket } from './bucket.ts'
import { isMarked, markMetadata, newMark, putObject } from './put.ts'

/** As `ObjectStore.compose`, by the key in the bucket. */
export async function composeObject(
  bucket: Bucket,
  key: string,
  source: AsyncIterable<Uint8Array>,
  ifAbsent: boolean,
): Promise<'done' | 'exists'> {
  let upload: Upload | undefined
  try {
    let last: Uint8Array | undefined
    for await (const part of parts(source)) {
      if (last !== undefined) {
        upload ??= await startUpload(bucket, key)
        await upload.add(last)
      }
      last = part
    }
    if (upload === undefined) return await putObject(bucket, key, last ? [last] : [], ifAbsent)
    if (last !== undefined) await upload.add(last)
    await upload.allArrived()
  } catch (error) {
    await upload?.abort()
    throw error
  }
  return upload.complete(ifAbsent)
}

/** The source in pieces of exactly one part's length, but for the last. Each has memory of its own. */
async function* parts(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let part = Buffer.allocUnsafeSlow(objectPartBytes)
  let filled = 0
  for await (const chunk of source) {
    for (let position = 0; position < chunk.length; ) {
      if (filled === objectPartBytes) {
        yield part
        part = Buffer.allocUnsafeSlow(objectPartBytes)
        filled = 0
      }
      const some = chunk.subarray(position, position + objectPartBytes - filled)
      part.set(some, filled)
      filled += some.length
      position += some.length
    }
  }
  if (filled > 0) yield part.subarray(0, filled)
}

async function startUpload(bucket: Bucket, key: string): Promise<Upload> {
  const mark = newMark(bucket.entropy)
  const create = new CreateMultipartUploadCommand({
    Bucket: bucket.name,
    Key: key,
    ChecksumAlgorithm: 'CRC32',
    Metadata: markMetadata(mark),
  })
  const call = `composing ${key}`
  const { UploadId } = await bucket.patience.request({ call, harmless: true }, ({ signal }) =>
    bucket.client.send(create, { abortSignal: signal }),
  )
  if (UploadId === undefined) throw new StoreUnavailable(call, new Error('S3 gave the upload no id'))
  return new Upload(bucket, key, UploadId, mark)
}

class Upload {
  readonly #bucket: Bucket
  readonly #target: { readonly Bucket: string; readonly Key: string; readonly UploadId: string }
  readonly #mark: string
  readonly #call: string
  readonly #parts: CompletedPart[] = []
  readonly #inFlight = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | undefined

  constructor(bucket: Bucket, key: string, uploadId: string, mark: string) {
    this.#bucket = bucket
    this.#target = { Bucket: bucket.name, Key: key, UploadId: uploadId }
    this.#mark = mark
    this.#call = `composing ${key}`
  }

  /** Sends a part, once there is room for it. Throws what an earlier part has failed with. */
  async add(body: Uint8Array): Promise<void> {
    if (this.#parts.length === objectPartsMax) {
      throw new InvalidCall(`${this.#target.Key} would have more than ${objectPartsMax} parts`)
    }
    while (this.#inFlight.size >= objectPartsInFlightMax) await Promise.race(this.#inFlight)
    this.#throwFailure()
    const part: CompletedPart = { PartNumber: this.#parts.length + 1, ChecksumCRC32: checksum(body) }
    this.#parts.push(part)
    const sending = this.#send(part, body).catch((error: unknown) => {
      this.#failure ??= { error }
    })
    const inFlight = sending.then(() => {
      this.#inFlight.delete(inFlight)
    })
    this.#inFlight.add(inFlight)
  }

  /** Resolves when every part has arrived, or throws what one of them has failed with. */
  async allArrived(): Promise<void> {
    await Promise.all(this.#inFlight)
    this.#throwFailure()
  }

  /** Gives up what has arrived. Should that fail too, the bucket's lifecycle rule does it later. */
  async abort(): Promise<void> {
    // A part that arrives after the abort would stay.
    await Promise.all(this.#inFlight)
    const command = new AbortMultipartUploadCommand(this.#target)
    try {
      await this.#bucket.patience.request({ call: this.#call, harmless: true }, ({ signal }) =>
        this.#bucket.client.send(command, { abortSignal: signal }),
      )
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
    }
  }

  /** Makes the object visible, and so settles everything. */
  async complete(ifAbsent: boolean): Promise<'done' | 'exists'> {
    try {
      const answer = await this.#complete(ifAbsent)
      if (answer === 'done') return 'done'
      if (answer === 'unsure' && (await isMarked(this.#bucket, this.#target.Key, this.#mark, this.#call))) return 'done'
      // Overwritten by another since, or aborted by one who tidied too early.
      if (!ifAbsent) throw new OutcomeUnknown(this.#call, new Error('the upload is no more, and the object another'))
      await this.abort()
      return 'exists'
    } catch (error) {
      if (error instanceof StoreUnavailable) await this.abort()
      throw error
    }
  }

  #complete(ifAbsent: boolean): Promise<'done' | 'exists' | 'unsure'> {
    const command = new CompleteMultipartUploadCommand({
      ...this.#target,
      MultipartUpload: { Parts: this.#parts },
      ...(ifAbsent && { IfNoneMatch: '*' }),
    })
    return this.#bucket.patience.request({ call: this.#call }, async ({ signal, afterUnknown }) => {
      try {
        await this.#bucket.client.send(command, { abortSignal: signal })
        return 'done'
      } catch (error) {
        if (ifAbsent && statusOf(error) === 412) return afterUnknown ? 'unsure' : 'exists'
        // An upload that has been completed is no more.
        if (afterUnknown && nameOf(error) === 'NoSuchUpload') return 'unsure'
        throw error
      }
    })
  }

  async #send(part: CompletedPart, body: Uint8Array): Promise<void> {
    const command = new UploadPartCommand({
      ...this.#target,
      Body: body,
      ContentLength: body.length,
      PartNumber: part.PartNumber,
      ChecksumCRC32: part.ChecksumCRC32,
    })
    // Parts are nothing that anybody sees: sending one again does not matter, and losing one is definite.
    const request = { call: this.#call, harmless: true, byteLength: body.length }
    const { ETag } = await this.#bucket.patience.request(request, ({ signal }) =>
      this.#bucket.client.send(command, { abortSignal: signal }),
    )
    part.ETag = ETag
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
