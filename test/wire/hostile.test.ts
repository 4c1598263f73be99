/** Bytes that nobody should send: they cost an error, never a crash, and never memory that the frame does not hold. */
import { describe, expect, test } from 'vitest'
import { frameElementsMax } from '../../lib/base/limits.ts'
import { decodeRequest, encodeRequest, openRequest } from '../../lib/wire/messages.ts'
import type { Api } from '../../lib/wire/schema.ts'
import { produceApi } from '../../lib/wire/schemas/00-produce.ts'
import { fetchApi } from '../../lib/wire/schemas/01-fetch.ts'
import { metadataApi } from '../../lib/wire/schemas/03-metadata.ts'
import { corpus, outcomeOf } from './corpus.ts'
import { fuzz } from './fuzz.ts'

const sender = { correlationId: 1, clientId: null }

/** A header of version 1 and no tags, then `body`. */
const frameOf = (api: Api, version: number, ...body: readonly Uint8Array[]) => {
  const header = Buffer.alloc(10)
  header.writeInt16BE(api.key, 0)
  header.writeInt16BE(version, 2)
  header.writeInt16BE(-1, 8)
  return Buffer.concat([header, ...body])
}
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function read<A extends Api>(api: A, frame: Buffer) {
  const opened = openRequest(frame)
  if (opened.kind !== 'request') throw new Error('the frame is not opened')
  return decodeRequest(api, opened.header.requestApiVersion, opened.body)
}

describe('hostile frames', () => {
  test('every frame that ends early is malformed, wherever it ends', () => {
    for (const frame of corpus) {
      // Long frames are strings and records, in which one end is like another.
      const step = Math.max(1, Math.floor(frame.bytes.length / 100))
      for (let length = 0; length < frame.bytes.length; length += step) {
        expect(outcomeOf(frame, frame.bytes.subarray(0, length)), `${frame.name}, ${length} bytes`).toBe('malformed')
      }
    }
  })

  test('every frame is read as before when bytes follow it', () => {
    for (const frame of corpus) {
      expect(outcomeOf(frame, Buffer.concat([frame.bytes, Buffer.from([1, 2, 3])])), frame.name).toBe('decoded')
    }
  })

  test('a hundred thousand broken frames are values or malformed, nothing else', () => {
    const { decoded, malformed, unsupported } = fuzz(100_000, 1)
    expect(decoded + malformed + unsupported).toBe(100_000)
    for (const count of [decoded, malformed, unsupported]) expect(count).toBeGreaterThan(1_000)
  })

  test.each([0x7fffffff, 1_000])('an array of %i elements in an empty frame is refused', (count) => {
    expect(() => read(metadataApi, frameOf(metadataApi, 1, int32(count)))).toThrow(
      `topics: ${count} elements where 0 bytes are left, at byte 14`,
    )
  })

  test('nested arrays that promise more than the frame holds are refused at the first', () => {
    const nested = [
      int32(-1),
      int32(0),
      int32(0),
      int32(0),
      Buffer.alloc(1),
      int32(1),
      Buffer.alloc(2),
      int32(0x7fffffff),
    ]
    expect(() => read(fetchApi, frameOf(fetchApi, 4, ...nested))).toThrow(/^topics\.partitions: 2147483647 elements/)
  })

  test('records of 2 GB are refused, with the path of the field', () => {
    const frame = Buffer.concat(encodeRequest(produceApi, 7, sender, produceOf(Buffer.alloc(3)))).subarray(4)
    frame.writeInt32BE(0x7fffffff, frame.length - 7)
    expect(() => read(produceApi, frame)).toThrow(
      /^topicData\.partitionData\.records: 2147483647 bytes where 3 are left, at byte \d+$/,
    )
  })

  test('a negative count says null, and null is refused where the version has none', () => {
    expect(read(metadataApi, frameOf(metadataApi, 1, int32(-1)))).toMatchObject({ topics: null })
    expect(read(metadataApi, frameOf(metadataApi, 1, int32(-1_000)))).toMatchObject({ topics: null })
    expect(() => read(metadataApi, frameOf(metadataApi, 0, int32(-1)))).toThrow(/^topics: null, or a negative length/)
  })

  test('tiny elements are bounded by their count, not by the frame', () => {
    const names = (count: number) => frameOf(metadataApi, 1, int32(count), Buffer.alloc(2 * count))
    expect(read(metadataApi, names(frameElementsMax)).topics).toHaveLength(frameElementsMax)
    expect(() => read(metadataApi, names(frameElementsMax + 1))).toThrow(/^topics: more than \d+ elements/)
  })

  test('so are tagged fields that nobody knows', () => {
    const count = frameElementsMax + 1
    const varint = Buffer.from([(count & 0x7f) | 0x80, ((count >> 7) & 0x7f) | 0x80, count >> 14])
    const tags = Buffer.alloc(2 * count, Buffer.from([9, 0]))
    expect(() => openRequest(frameOf(metadataApi, 9, varint, tags))).toThrow(/^tagged fields: more than \d+ elements/)
  })

  test('a known tagged field cannot reach past its own length', () => {
    // Fetch v12 ends with a tagged field 0, the cluster's id: a string of three bytes in a field of two.
    const request = { maxWaitMs: 0, minBytes: 0, topics: [], forgottenTopicsData: [], clusterId: 'abc' }
    const frame = Buffer.concat(encodeRequest(fetchApi, 12, sender, request)).subarray(4)
    expect(read(fetchApi, frame).clusterId).toBe('abc')
    expect(frame.subarray(-6).toString('hex')).toBe('000404616263')
    frame[frame.length - 5] = 2
    expect(() => read(fetchApi, frame)).toThrow(/^tagged fields: 3 bytes where 1 are left/)
  })
})

const produceOf = (records: Uint8Array) => ({
  acks: 1,
  timeoutMs: 1,
  topicData: [{ name: 't', partitionData: [{ index: 0, records }] }],
})
