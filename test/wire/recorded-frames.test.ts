/** What real clients and Apache Kafka sent: read as Kafka reads it, and written to the same bytes. */
import { describe, expect, test } from 'vitest'
import { unsupportedApiVersions } from '../../lib/wire/api-versions.ts'
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type OpenedRequest,
  openRequest,
} from '../../lib/wire/messages.ts'
import type { RequestInput, ResponseInput } from '../../lib/wire/schema.ts'
import { kafkaJson } from './kafka-json.ts'
import {
  pairsWithoutTable,
  type RecordedPair,
  type RecordedResponse,
  recordedFrame,
  recordedFramesMissing,
  recordedJson,
  recordedPairs,
  recordedResponses,
} from './recorded.ts'

const opened = (frame: Buffer): Extract<OpenedRequest, { kind: 'request' }> => {
  const request = openRequest(frame)
  if (request.kind !== 'request') throw new Error('the request has no table')
  return request
}

/** Without the length. */
const joined = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).subarray(4)

const requestOf = (pair: RecordedPair) => {
  const { header, api, body } = opened(recordedFrame(pair.request))
  return { header, api, message: decodeRequest(api, header.requestApiVersion, body), unread: body.end - body.position }
}
const responseOf = (pair: RecordedResponse) => decodeResponse(pair.table, pair.version, recordedFrame(pair.response))

describe.skipIf(recordedFramesMissing)(`recorded frames ${recordedFramesMissing || ''}`, () => {
  test('every recorded pair has a table, but for a version that no server knows', () => {
    expect(recordedPairs.length).toBeGreaterThan(450)
    expect(pairsWithoutTable).toEqual(['18 v99'])
  })

  test('every request is read as Kafka reads it', () => {
    let compared = 0
    for (const pair of recordedPairs) {
      const { header, message, unread } = requestOf(pair)
      expect(header, pair.request).toMatchObject({ requestApiKey: pair.key, requestApiVersion: pair.version })
      expect(header, pair.request).toMatchObject({ clientId: pair.clientId, correlationId: pair.correlationId })
      expect(unread, pair.request).toBe(pair.requestTrailingBytes ?? 0)
      const expected = recordedJson(pair.request)
      if (expected === undefined) continue
      expect(kafkaJson(pair.table.request, pair.version, message), pair.request).toEqual(expected)
      compared++
    }
    expect(compared).toBeGreaterThan(200)
  })

  test('every response is read as Kafka reads it', () => {
    let compared = 0
    for (const pair of recordedResponses) {
      const { correlationId, response } = responseOf(pair)
      expect(correlationId, pair.response).toBe(pair.correlationId)
      const expected = recordedJson(pair.response)
      if (expected === undefined) continue
      expect(kafkaJson(pair.table.response, pair.version, response), pair.response).toEqual(expected)
      compared++
    }
    expect(compared).toBeGreaterThan(200)
  })

  test('every request is written to the bytes that it was read from, but for what follows its last field', () => {
    for (const pair of recordedPairs) {
      const { header, api, message } = requestOf(pair)
      const bytes = joined(encodeRequest(api, pair.version, header, message as RequestInput<typeof api>))
      const recorded = recordedFrame(pair.request)
      expect(bytes.equals(recorded.subarray(0, recorded.length - (pair.requestTrailingBytes ?? 0))), pair.request).toBe(
        true,
      )
    }
  })

  test('every response is written to the bytes that it was read from', () => {
    for (const pair of recordedResponses) {
      const { correlationId, response } = responseOf(pair)
      const bytes = joined(
        encodeResponse(pair.table, pair.version, correlationId, response as ResponseInput<typeof pair.table>),
      )
      expect(bytes.equals(recordedFrame(pair.response)), pair.response).toBe(true)
    }
  })

  test('ApiVersions of a version that nobody knows is answered as Kafka answers it', () => {
    const request = openRequest(recordedFrame('more/18-ApiVersions-v99-unsupported-request.bin'))
    expect(request.kind).toBe('unsupported')
    expect(request.header).toMatchObject({ requestApiKey: 18, requestApiVersion: 99 })
    const answer = joined(
      unsupportedApiVersions(request.header.correlationId, { apiKey: 18, minVersion: 0, maxVersion: 4 }),
    )
    expect(answer).toEqual(recordedFrame('more/18-ApiVersions-v99-unsupported-response.bin'))
  })
})
