/** What may be left out, what is dropped, what is refused, and what is not copied. */
import { describe, expect, expectTypeOf, test } from 'vitest'
import { recordsCopiedBytesMax } from '../../lib/base/limits.ts'
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, openRequest } from '../../lib/wire/messages.ts'
import type { Api, RequestInput, RequestOf, ResponseInput } from '../../lib/wire/schema.ts'
import { produceApi } from '../../lib/wire/schemas/00-produce.ts'
import { fetchApi } from '../../lib/wire/schemas/01-fetch.ts'
import { findCoordinatorApi } from '../../lib/wire/schemas/10-find-coordinator.ts'
import { leaveGroupApi } from '../../lib/wire/schemas/13-leave-group.ts'
import { apiVersionsApi } from '../../lib/wire/schemas/18-api-versions.ts'
import { consumerGroupHeartbeatApi } from '../../lib/wire/schemas/68-consumer-group-heartbeat.ts'

const sender = { correlationId: 1, clientId: 'a' }

function sent<A extends Api>(api: A, version: number, request: RequestInput<A>): RequestOf<A> {
  const opened = openRequest(Buffer.concat(encodeRequest(api, version, sender, request)).subarray(4))
  if (opened.kind !== 'request') throw new Error('the request is not opened')
  return decodeRequest(api, version, opened.body)
}

describe('a message to encode', () => {
  test('may leave out what has a default, and only that', () => {
    expectTypeOf<{ maxWaitMs: 0; minBytes: 0; topics: []; forgottenTopicsData: [] }>().toExtend<
      RequestInput<typeof fetchApi>
    >()
    expectTypeOf<{ minBytes: 0; topics: []; forgottenTopicsData: [] }>().not.toExtend<RequestInput<typeof fetchApi>>()
    expectTypeOf<RequestOf<typeof fetchApi>['maxBytes']>().toEqualTypeOf<number>()
    expectTypeOf<RequestOf<typeof fetchApi>['topics'][number]['partitions'][number]['fetchOffset']>().toBeBigInt()
    const { maxBytes, sessionEpoch, clusterId, rackId } = sent(fetchApi, 12, {
      maxWaitMs: 0,
      minBytes: 0,
      topics: [],
      forgottenTopicsData: [],
    })
    expect({ maxBytes, sessionEpoch, clusterId, rackId }).toEqual({
      maxBytes: 0x7fffffff,
      sessionEpoch: -1,
      clusterId: null,
      rackId: '',
    })
  })

  test('loses in older versions what is ignorable', () => {
    const response: ResponseInput<typeof apiVersionsApi> = { errorCode: 0, apiKeys: [], throttleTimeMs: 5 }
    const decoded = (version: number) =>
      decodeResponse(
        apiVersionsApi,
        version,
        Buffer.concat(encodeResponse(apiVersionsApi, version, 1, response)).subarray(4),
      )
    expect(decoded(0).response.throttleTimeMs).toBe(0)
    expect(decoded(1).response.throttleTimeMs).toBe(5)
  })

  test('is refused in a version that cannot say it', () => {
    const members = [{ memberId: 'm', groupInstanceId: null }]
    expect(sent(leaveGroupApi, 3, { groupId: 'g', members }).members).toHaveLength(1)
    expect(() => sent(leaveGroupApi, 2, { groupId: 'g', members })).toThrow(
      'members: version 2 does not have it, and it may not be dropped',
    )
    expect(() => sent(findCoordinatorApi, 3, { key: 'g', coordinatorKeys: ['g'] })).toThrow(
      /^coordinatorKeys: version 3/,
    )
  })

  test('is refused with the path of the field that cannot carry its value', () => {
    const produce =
      (index: number, name = 't') =>
      () =>
        sent(produceApi, 9, { acks: 1, timeoutMs: 1, topicData: [{ name, partitionData: [{ index, records: null }] }] })
    expect(produce(2 ** 31)).toThrow('topicData.partitionData.index: 2147483648 is no int32')
    expect(produce(0.5)).toThrow('topicData.partitionData.index: 0.5 is no int32')
    expect(produce(0, 'a'.repeat(32_768))).toThrow('topicData.name: a string of 32768 bytes')
    expect(() => sent(produceApi, 9, { acks: 40_000, timeoutMs: 1, topicData: [] })).toThrow('acks: 40000 is no int16')
    expect(() => sent(leaveGroupApi, 0, { groupId: null as never, members: [] })).toThrow(/^groupId: null where/)
  })

  test('refuses a 64-bit number that has lost digits', () => {
    const responses = [{ name: 't', partitionResponses: [{ index: 0, errorCode: 0, baseOffset: 2 ** 53 }] }]
    expect(() => encodeResponse(produceApi, 9, 1, { responses })).toThrow(
      /baseOffset: 9007199254740992 is no safe int64$/,
    )
  })

  test('may have a struct that is null, and one that is not', () => {
    const response = { errorCode: 0, memberEpoch: 1, heartbeatIntervalMs: 5, throttleTimeMs: 0 }
    for (const assignment of [null, { topicPartitions: [] }]) {
      const frame = Buffer.concat(
        encodeResponse(consumerGroupHeartbeatApi, 0, 1, { ...response, assignment }),
      ).subarray(4)
      expect(decodeResponse(consumerGroupHeartbeatApi, 0, frame).response.assignment).toEqual(assignment)
    }
  })

  test('has a tagged struct that says nothing but what nobody knows', () => {
    const replicaState = { unknownTaggedFields: [{ tag: 3, bytes: Buffer.from('new') }] }
    const request = { maxWaitMs: 0, minBytes: 0, topics: [], forgottenTopicsData: [], replicaState }
    expect(sent(fetchApi, 15, request).replicaState).toEqual({ ...replicaState, replicaId: -1, replicaEpoch: -1n })
  })

  test('keeps tagged fields together that are longer than any buffer so far', () => {
    for (const length of [0, 100, 127, 128, 600, 16_384, 100_000]) {
      const clusterId = null
      const request = { maxWaitMs: 0, minBytes: 0, topics: [], forgottenTopicsData: [], clusterId }
      const unknownTaggedFields = [{ tag: 77, bytes: Buffer.alloc(length, 7) }]
      expect(sent(fetchApi, 12, { ...request, unknownTaggedFields }).unknownTaggedFields).toEqual(unknownTaggedFields)
    }
  })
})

describe('records of a response', () => {
  const large = [Buffer.alloc(recordsCopiedBytesMax + 1, 1), Buffer.alloc(5_000, 2)] as const
  const small = Buffer.alloc(recordsCopiedBytesMax, 3)
  const partition = { errorCode: 0, highWatermark: 1, abortedTransactions: null }
  const responses = [
    {
      topic: 't',
      partitions: [
        { ...partition, partitionIndex: 0, records: large },
        { ...partition, partitionIndex: 1, records: small },
        { ...partition, partitionIndex: 2, records: [] },
      ],
    },
  ]

  test.each([11, 12])('are chunks of their own in v%i, which are not copied, and small ones are', (version) => {
    const chunks = encodeResponse(fetchApi, version, 1, { responses })
    for (const piece of large) expect(chunks.some((chunk) => chunk === piece)).toBe(true)
    expect(chunks).toHaveLength(4)
    const { response } = decodeResponse(fetchApi, version, Buffer.concat(chunks).subarray(4))
    expect(response.responses[0]?.partitions.map(({ records }) => records)).toEqual([
      Buffer.concat(large),
      small,
      Buffer.alloc(0),
    ])
  })

  test('of a request are views of its frame', () => {
    const frame = Buffer.concat(
      encodeRequest(produceApi, 9, sender, {
        acks: 1,
        timeoutMs: 1,
        topicData: [{ name: 't', partitionData: [{ index: 0, records: large }] }],
      }),
    ).subarray(4)
    const opened = openRequest(frame)
    if (opened.kind !== 'request') throw new Error('the request is not opened')
    const { topicData } = decodeRequest(produceApi, 9, opened.body)
    expect(topicData[0]?.partitionData[0]?.records?.buffer).toBe(frame.buffer)
  })
})
