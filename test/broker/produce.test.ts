import { describe, expect, test } from 'vitest'
import { systemClock } from '../../lib/base/system.ts'
import { ClosesConnection } from '../../lib/broker/handler.ts'
import { fencePartition } from '../../lib/log/delete-topic.ts'
import { buildBatch } from '../../lib/records/build.ts'
import { StoreUnavailable } from '../../lib/store/errors.ts'
import { errorCodes } from '../../lib/wire/error-codes.ts'
import { type RequestInput, zeroUuid } from '../../lib/wire/schema.ts'
import { produceApi } from '../../lib/wire/schemas/00-produce.ts'
import { watched } from '../log/watched-stores.ts'
import { batchOf, memoryStores, readAll } from '../log/world.ts'
import { seeded } from '../world/seeded.ts'
import { BrokerWorld, servedVersions } from './world.ts'

type ProduceRequest = RequestInput<typeof produceApi>

const nowMs = () => Date.now()

const toProduce = (
  topic: { readonly name: string; readonly id: string },
  batches: Readonly<Record<number, Uint8Array | null>>,
  rest: Partial<ProduceRequest> = {},
): ProduceRequest => ({
  acks: -1,
  timeoutMs: 30_000,
  topicData: [
    {
      name: topic.name,
      topicId: topic.id,
      partitionData: Object.entries(batches).map(([index, records]) => ({ index: Number(index), records })),
    },
  ],
  ...rest,
})

const batch = (...values: string[]) => batchOf(values, undefined, nowMs())

async function produceOne(world: BrokerWorld, version: number, request: ProduceRequest) {
  const response = await world.call(produceApi, version, request)
  const [topic] = response.responses
  const [partition] = topic?.partitionResponses ?? []
  if (topic === undefined || partition === undefined) throw new Error('no partition was answered')
  return { ...partition, topic, response }
}

describe('produce', () => {
  test("a request's bytes are given back when all of them are in the log, and never where some may yet be put", async () => {
    let down = false
    const stores = watched(memoryStores(), () => {
      if (down) throw new StoreUnavailable('a call', new Error('down'))
    })
    const world = new BrokerWorld({ stores })
    const topic = await world.createTopic('orders', 2)
    let given = 0
    const transport = { giveBack: () => void given++ }
    const produce = (batches: Readonly<Record<number, Uint8Array>>, timeoutMs = 30_000) =>
      world.call(produceApi, 9, toProduce(topic, batches, { timeoutMs }), transport)
    const claim = { producerId: 7, producerEpoch: 0, baseSequence: 0 }
    const once = buildBatch({ now: nowMs(), records: [{ value: Buffer.from('once') }], ...claim })
    await produce({ 0: batch('a'), 1: once })
    expect(given).toBe(1)
    await produce({ 0: batch('b'), 1: once })
    down = true
    await produce({ 0: batch('c') }, 1)
    expect(given).toBe(1)
  })

  test.each(servedVersions(produceApi))('version %d appends and answers the offset', async (version) => {
    const world = new BrokerWorld()
    const topic = await world.createTopic('orders')
    const first = await produceOne(world, version, toProduce(topic, { 0: batch('a', 'b') }))
    expect(first).toMatchObject({ errorCode: 0, baseOffset: 0, logAppendTimeMs: -1 })
    const second = await produceOne(world, version, toProduce(topic, { 0: batch('c') }))
    expect(second).toMatchObject({ errorCode: 0, baseOffset: 2, logStartOffset: version >= 5 ? 0 : -1 })
    expect(second.topic).toMatchObject(version >= 13 ? { topicId: topic.id } : { name: 'orders' })
    expect(await readAll(world.services.log, { topicId: topic.id, partition: 0 })).toEqual(['a', 'b', 'c'])
  })

  test.each(servedVersions(produceApi))(
    'version %d answers an unknown topic and an unknown partition',
    async (version) => {
      const world = new BrokerWorld()
      const topic = await world.createTopic('orders', 2)
      const unknown = version >= 13 ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.UNKNOWN_TOPIC_OR_PARTITION
      const nowhere = { name: 'nowhere', id: 'nowherenowherenowhereA' }
      expect(await produceOne(world, version, toProduce(nowhere, { 0: batch('a') }))).toMatchObject({
        errorCode: unknown,
        baseOffset: -1,
      })
      expect(await produceOne(world, version, toProduce(topic, { 2: batch('a') }))).toMatchObject({
        errorCode: unknown,
      })
      expect(await produceOne(world, version, toProduce(topic, { [-1]: batch('a') }))).toMatchObject({
        errorCode: unknown,
      })
    },
  )

  test('a name that is all zeros as an id is no topic', async () => {
    const world = new BrokerWorld()
    const answer = await produceOne(world, 13, toProduce({ name: '', id: zeroUuid }, { 0: batch('a') }))
    expect(answer.errorCode).toBe(errorCodes.UNKNOWN_TOPIC_ID)
  })

  test('partitions are answered in the order of the request, and a bad one does not hold up the others', async () => {
    const world = new BrokerWorld()
    const topic = await world.createTopic('orders', 3)
    const broken = batch('b')
    broken[30] = (broken[30] ?? 0) ^ 1
    const request = toProduce(topic, {})
    const topicData = [
      {
        ...request.topicData[0],
        partitionData: [
          { index: 2, records: batch('a') },
          { index: 0, records: broken },
          { index: 1, records: batch('c') },
        ],
      },
    ]
    const { responses } = await world.call(produceApi, 9, { ...request, topicData })
    expect(responses[0]?.partitionResponses.map(({ index, errorCode }) => [index, errorCode])).toEqual([
      [2, 0],
      [0, errorCodes.CORRUPT_MESSAGE],
      [1, 0],
    ])
  })

  test('anything but one batch of magic 2 is an invalid record', async () => {
    const world = new BrokerWorld()
    const topic = await world.createTopic('orders')
    const old = batch('a')
    old[16] = 1
    const cases = [null, new Uint8Array(), Buffer.concat([batch('a'), batch('b')]), batch('a').subarray(0, 40), old]
    for (const records of cases) {
      const answer = await produceOne(world, 9, toProduce(topic, { 0: records }))
      expect(answer.errorCode).toBe(errorCodes.INVALID_RECORD)
      expect(answer.errorMessage).toBeTruthy()
    }
  })

  test('the record at fault is named from version 8 on', async () => {
    const world = new BrokerWorld()
    const topic = await world.createTopic('compacted', 1, { 'cleanup.policy': 'compact' })
    const records = buildBatch({
      now: nowMs(),
      records: [{ key: Buffer.from('k'), value: Buffer.from('v') }, { value: Buffer.from('w') }],
    })
    const answer = await produceOne(world, 8, toProduce(topic, { 0: records }))
    expect(answer.errorCode).toBe(errorCodes.INVALID_RECORD)
    expect(answer.recordErrors).toMatchObject([{ batchIndex: 1 }])
    expect((await produceOne(world, 7, toProduce(topic, { 0: records }))).recordErrors).toEqual([])
  })

  test('zstd needs version 7', async () => {
    const world = new BrokerWorld()
    const topic = await world.createTopic('orders')
    const records = () => buildBatch({ now: nowMs(), compression: 'zstd', records: [{ value: Buffer.from('v') }] })
    expect((await produceOne(world, 6, toProduce(topic, { 0: records() }))).errorCode).toBe(
      errorCodes.UNSUPPORTED_COMPRESSION_TYPE,
    )
    expect((await produceOne(world, 7, toProduce(topic, { 0: records() }))).errorCode).toBe(0)
  })

  test('a batch larger than max.message.bytes is too large, one larger than segment.bytes too', async () => {
    const world = new BrokerWorld()
    const small = await world.createTopic('small', 1, { 'max.message.bytes': '100' })
    expect((await produceOne(world, 9, toProduce(small, { 0: batch('x'.repeat(200)) }))).errorCode).toBe(
      errorCodes.MESSAGE_TOO_LARGE,
    )
    const segments = await world.createTopic('segments', 1, {
      'segment.bytes': String(2 ** 20),
      'max.message.bytes': String(2 ** 22),
    })
    expect((await produceOne(world, 9, toProduce(segments, { 0: batch('x'.repeat(2 ** 20)) }))).errorCode).toBe(
      errorCodes.RECORD_LIST_TOO_LARGE,
    )
  })

  test('a timestamp too far ahead is refused', async () => {
    const world = new BrokerWorld()
    const topic = await world.createTopic('orders', 1, { 'message.timestamp.after.max.ms': '1000' })
    const records = batchOf(['a'], undefined, nowMs() + 60_000)
    expect((await produceOne(world, 9, toProduce(topic, { 0: records }))).errorCode).toBe(errorCodes.INVALID_TIMESTAMP)
  })

  test('a topic with LogAppendTime answers the time it stamped', async () => {
    const world = new BrokerWorld()
    const topic = await world.createTopic('stamped', 1, { 'message.timestamp.type': 'LogAppendTime' })
    const before = nowMs()
    const answer = await produceOne(world, 9, toProduce(topic, { 0: batchOf(['a'], undefined, 1) }))
    expect(answer.logAppendTimeMs).toBeGreaterThanOrEqual(before)
  })

  test('required acks are -1, 0 or 1', async () => {
    const world = new BrokerWorld()
    const topic = await world.createTopic('orders')
    for (const acks of [2, -2]) {
      const answer = await produceOne(world, 9, toProduce(topic, { 0: batch('a') }, { acks }))
      expect(answer).toMatchObject({ errorCode: errorCodes.INVALID_REQUIRED_ACKS, baseOffset: -1 })
    }
    expect((await produceOne(world, 9, toProduce(topic, { 0: batch('a') }, { acks: 1 }))).errorCode).toBe(0)
  })

  test('acks=0 is not answered, and a failure closes the connection', async () => {
    const world = new BrokerWorld()
    const topic = await world.createTopic('orders')
    const served = await world.send(produceApi, 9, toProduce(topic, { 0: batch('a') }, { acks: 0 }))
    expect(served.response).toBe('no-response')
    expect(await readAll(world.services.log, { topicId: topic.id, partition: 0 })).toEqual(['a'])
    const lost = toProduce({ name: 'nowhere', id: zeroUuid }, { 0: batch('a') }, { acks: 0 })
    await expect(world.send(produceApi, 9, lost)).rejects.toThrow(ClosesConnection)
  })

  test('a transactional batch is part of no transaction', async () => {
    const world = new BrokerWorld()
    const topic = await world.createTopic('orders')
    const records = buildBatch({
      now: nowMs(),
      records: [{ value: Buffer.from('v') }],
      isTransactional: true,
      ...{ producerId: 1, producerEpoch: 0, baseSequence: 0 },
    })
    for (const version of [9, 12]) {
      const answer = await produceOne(world, version, toProduce(topic, { 0: records }, { transactionalId: 't' }))
      expect(answer.errorCode).toBe(errorCodes.INVALID_TXN_STATE)
    }
  })

  test('an idempotent batch sent twice has one offset, and gaps and old epochs are refused', async () => {
    const world = new BrokerWorld()
    const topic = await world.createTopic('orders')
    const sequenced = (producerEpoch: number, baseSequence: number) =>
      batchOf(['x'], { producerId: 7, producerEpoch, baseSequence }, nowMs())
    const send = (epoch: number, sequence: number) =>
      produceOne(world, 9, toProduce(topic, { 0: sequenced(epoch, sequence) }))
    expect(await send(1, 0)).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(await send(1, 1)).toMatchObject({ errorCode: 0, baseOffset: 1 })
    expect(await send(1, 1)).toMatchObject({ errorCode: 0, baseOffset: 1 })
    expect(await send(1, 0)).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(await send(1, 5)).toMatchObject({ errorCode: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER, baseOffset: -1 })
    expect(await send(0, 2)).toMatchObject({ errorCode: errorCodes.INVALID_PRODUCER_EPOCH })
  })

  test('requests of one connection keep their order though the first waits for its topic', async () => {
    const world = new BrokerWorld()
    const topic = await world.createTopic('orders')
    let admit = () => {}
    const admitted = new Promise<void>((resolve) => {
      admit = resolve
    })
    const first = world.call(produceApi, 9, toProduce(topic, { 0: batch('first') }), { admitNext: admit })
    await admitted
    await Promise.all([first, world.call(produceApi, 9, toProduce(topic, { 0: batch('second') }))])
    expect(await readAll(world.services.log, { topicId: topic.id, partition: 0 })).toEqual(['first', 'second'])
  })

  test('a store that does not answer is a storage error, which clients try again', async () => {
    let down = false
    const stores = watched(memoryStores(), () => {
      if (down) throw new StoreUnavailable('a call', new Error('down'))
    })
    const world = new BrokerWorld({ stores })
    const topic = await world.createTopic('orders')
    down = true
    // Not looked up yet: the look-up fails.
    expect((await produceOne(world, 9, toProduce(topic, { 0: batch('a') }))).errorCode).toBe(
      errorCodes.KAFKA_STORAGE_ERROR,
    )
    await expect(world.send(produceApi, 9, toProduce(topic, { 0: batch('a') }, { acks: 0 }))).rejects.toThrow(
      ClosesConnection,
    )
    expect(world.reported.length).toBeGreaterThan(0)
    down = false
    expect((await produceOne(world, 9, toProduce(topic, { 0: batch('a') }))).errorCode).toBe(0)
  })

  test('a topic that was deleted is unknown, and one that took its name is found by the next try', async () => {
    const stores = memoryStores()
    const [world, other] = [new BrokerWorld({ stores }), new BrokerWorld({ stores, entropy: seeded(2) })]
    const topic = await world.createTopic('orders')
    expect((await produceOne(world, 9, toProduce(topic, { 0: batch('a') }))).errorCode).toBe(0)
    await other.services.topics.delete('orders')
    await fencePartition({ ...stores, clock: systemClock }, { topicId: topic.id, partition: 0 })
    const next = await other.createTopic('orders')
    const tried = await produceOne(world, 9, toProduce(topic, { 0: batch('b') }))
    expect(tried).toMatchObject({ errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, baseOffset: -1 })
    // Were the topic still remembered as it was, this would go on for seconds.
    expect(await produceOne(world, 9, toProduce(next, { 0: batch('b') }))).toMatchObject({
      errorCode: 0,
      baseOffset: 0,
    })
    expect(await readAll(other.services.log, { topicId: next.id, partition: 0 })).toEqual(['b'])
  })
})
