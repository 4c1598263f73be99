/**
 * Requests that real clients sent to Apache Kafka, byte by byte, at every version that is served. The topics that they name
 * are there; ids of topics are Kafka's own, and unknown. Each is answered with a frame that a client can read.
 */
import { describe, expect, test } from 'vitest'
import { allHandlers } from '../../lib/broker/all-handlers.ts'
import { topicNameProblem } from '../../lib/cluster/topic-names.ts'
import { decodeRequest, decodeResponse, openRequest } from '../../lib/wire/messages.ts'
import { recordedFrame, recordedFramesMissing, recordedPairs } from '../wire/recorded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { BrokerWorld, overTcp } from './world.ts'

const served = recordedPairs.filter(({ key, version }) =>
  allHandlers.some(
    ({ api, minVersion, maxVersion }) => api.key === key && version >= minVersion && version <= maxVersion,
  ),
)

/** What stands under `name` or `topic` anywhere in a message, where it could be a topic's name. */
function namesIn(value: unknown, found = new Set<string>()): Set<string> {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return found
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'string' && (key === 'name' || key === 'topic') && topicNameProblem(inner) === undefined) {
      found.add(inner)
    }
    namesIn(inner, found)
  }
  return found
}

describe.skipIf(recordedFramesMissing)('recorded requests', () => {
  test('there are some of every API that is served', () => {
    const keys = new Set(served.map(({ key }) => key))
    expect(allHandlers.map(({ api }) => api.key).filter((key) => !keys.has(key))).toEqual([])
  })

  test.each(served.map((pair) => [`${pair.api} v${pair.version} of ${pair.client} (${pair.request})`, pair] as const))(
    '%s is answered',
    async (_, { table, version, correlationId, request }) => {
      const frame = recordedFrame(request)
      const clock = new SimClock()
      const world = new BrokerWorld({ clock })
      const opened = openRequest(Buffer.from(frame))
      const asked = opened.kind === 'request' ? decodeRequest(table, version, opened.body) : undefined
      // Creating is what some of them ask for.
      if (table.name !== 'CreateTopics')
        for (const name of namesIn(asked)) await world.services.topics.create({ name, partitions: 4 })
      // Whoever waits does so in a moment.
      const { response } = await clock.run(world.broker.handle(Buffer.from(frame), overTcp()))
      if (response === 'no-response') return expect(asked).toMatchObject({ acks: 0 })
      const answer = decodeResponse(table, version, Buffer.concat(response).subarray(4))
      expect(answer.correlationId).toBe(correlationId)
      expect(world.reported).toEqual([])
    },
  )
})
