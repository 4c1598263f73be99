/** Requests in flight share a flush, whoever sends them: what a commit costs is paid once for all of them. */
import { expect, test } from 'vitest'
import { buildBatch } from '../../lib/records/build.ts'
import { Meter } from '../../lib/store/metered.ts'
import { decodeResponse, encodeRequest } from '../../lib/wire/messages.ts'
import { produceApi } from '../../lib/wire/schemas/00-produce.ts'
import { BrokerWorld } from '../broker/world.ts'
import { memoryStores } from '../log/world.ts'
import { GatewayWorld } from './gateway-world.ts'

const version = 9
const requestFrame = (correlationId: number, partition: number) => {
  const batch = buildBatch({ now: 1_790_000_000_000, records: [{ value: Buffer.from(`${correlationId}`) }] })
  const topicData = [{ name: 'orders', partitionData: [{ index: partition, records: [batch] }] }]
  return Buffer.concat(
    encodeRequest(produceApi, version, { correlationId, clientId: null }, { acks: -1, timeoutMs: 30_000, topicData }),
  )
}

test('five requests in flight of each of two connections are one flush and one update a partition, answered in order', async () => {
  const meter = new Meter()
  const { meta, objects } = memoryStores()
  const broker = new BrokerWorld({ stores: { meta: meter.metaStore(meta), objects: meter.objectStore(objects) } })
  await broker.createTopic('orders', 2)
  await using world = await GatewayWorld.start({ broker })
  const clients = [await world.connect(), await world.connect()]
  // The first append of a partition looks at its head.
  for (const [partition, client] of clients.entries()) {
    client.socket.write(requestFrame(0, partition))
    await client.frame()
  }
  meter.reset()
  for (const [partition, client] of clients.entries()) {
    client.socket.write(Buffer.concat([1, 2, 3, 4, 5].map((id) => requestFrame(id, partition))))
  }
  for (const client of clients) {
    const answers = []
    for (let count = 0; count < 5; count++) {
      const { correlationId, response } = decodeResponse(produceApi, version, await client.frame())
      answers.push([correlationId, response.responses[0]?.partitionResponses[0]?.baseOffset])
    }
    expect(answers).toEqual([1, 2, 3, 4, 5].map((id) => [id, id]))
  }
  const { items, objects: objectCalls } = meter.bill
  expect(items.update).toBe(2)
  expect(items.put + objectCalls.put).toBeLessThanOrEqual(2)
})
