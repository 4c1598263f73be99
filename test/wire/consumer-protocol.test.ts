/** The bytes inside of JoinGroup and SyncGroup: those of real clients, and those that are made. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  assignmentFields,
  consumerProtocolVersionMax,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  subscriptionFields,
} from '../../lib/wire/consumer-protocol.ts'
import { decodeRequest, openRequest } from '../../lib/wire/messages.ts'
import { struct } from '../../lib/wire/schema.ts'
import { joinGroupApi } from '../../lib/wire/schemas/11-join-group.ts'
import { syncGroupApi } from '../../lib/wire/schemas/14-sync-group.ts'
import { MalformedFrame } from '../../lib/wire/wire-errors.ts'
import { completed, messageOf } from './arbitraries.ts'
import { recordedFrame, recordedFramesMissing, recordedPairs } from './recorded.ts'

/** Of clients only: the rest has metadata that were made up. */
const recorded = (api: typeof joinGroupApi | typeof syncGroupApi) =>
  recordedPairs.flatMap(({ table, request, client }) => {
    if (client.startsWith('sweep')) return []
    const opened = openRequest(recordedFrame(request))
    return table === api && opened.kind === 'request'
      ? [{ request, opened, version: opened.header.requestApiVersion }]
      : []
  })

describe('the consumer protocol', () => {
  test.skipIf(recordedFramesMissing)(
    `reads and writes what real clients subscribe with ${recordedFramesMissing || ''}`,
    () => {
      const versions = new Set<number>()
      for (const { request, opened, version } of recorded(joinGroupApi)) {
        for (const { metadata } of decodeRequest(joinGroupApi, version, opened.body).protocols) {
          const subscription = decodeSubscription(metadata)
          versions.add(subscription.version)
          expect(subscription.message.topics.length, request).toBeGreaterThan(0)
          expect(encodeSubscription(subscription.version, subscription.message).equals(metadata), request).toBe(true)
        }
      }
      expect([...versions].sort()).toEqual([0, 1, 3])
    },
  )

  test.skipIf(recordedFramesMissing)(`reads and writes what real leaders assign ${recordedFramesMissing || ''}`, () => {
    let partitions = 0
    for (const { request, opened, version } of recorded(syncGroupApi)) {
      for (const { assignment } of decodeRequest(syncGroupApi, version, opened.body).assignments) {
        const { version: own, message } = decodeAssignment(assignment)
        partitions += message.assignedPartitions.flatMap((topic) => topic.partitions).length
        expect(encodeAssignment(own, message).equals(assignment), request).toBe(true)
      }
    }
    expect(partitions).toBeGreaterThan(10)
  })

  test('brings back what was written, in every version', () => {
    for (let version = 0; version <= consumerProtocolVersionMax; version++) {
      const subscriptions = fc.property(messageOf(subscriptionFields, version, false), (message) => {
        const embedded = encodeSubscription(version, message as never)
        const expected = completed(struct(subscriptionFields), message)
        expect(decodeSubscription(embedded)).toEqual({ version, message: expected })
      })
      const assignments = fc.property(messageOf(assignmentFields, version, false), (message) => {
        const embedded = encodeAssignment(version, message as never)
        expect(decodeAssignment(embedded)).toEqual({ version, message: completed(struct(assignmentFields), message) })
      })
      fc.assert(subscriptions, { numRuns: 50 })
      fc.assert(assignments, { numRuns: 50 })
    }
  })

  test('reads a version of the future as the newest that is known', () => {
    const embedded = encodeSubscription(3, { topics: ['t'], ownedPartitions: [], rackId: 'r' })
    embedded.writeInt16BE(9, 0)
    const more = Buffer.concat([embedded, Buffer.from([1, 2, 3])])
    expect(decodeSubscription(more)).toMatchObject({ version: 9, message: { topics: ['t'], rackId: 'r' } })
  })

  test('refuses what is no message: it is a member that is refused then, not its connection', () => {
    expect(() => decodeSubscription(Buffer.alloc(0))).toThrow(MalformedFrame)
    expect(() => decodeSubscription(Buffer.from('ffff00000000ffffffff', 'hex'))).toThrow(
      'version -1 of the consumer protocol',
    )
    expect(() => decodeAssignment(Buffer.from('00007fffffff', 'hex'))).toThrow(
      /^assignedPartitions: 2147483647 elements/,
    )
  })
})
