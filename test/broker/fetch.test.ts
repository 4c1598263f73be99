import { describe, expect, test } from 'vitest'
import type { Clock } from '../../lib/base/clock.ts'
import type { Offset, PartitionId } from '../../lib/base/ids.ts'
import { systemClock } from '../../lib/base/system.ts'
import type { Topic } from '../../lib/cluster/topic-item.ts'
import { Log } from '../../lib/log/log.ts'
import type { ReadResult } from '../../lib/log/log-types.ts'
import type { ReadOptions } from '../../lib/log/read.ts'
import { StoreUnavailable } from '../../lib/store/errors.ts'
import { errorCodes } from '../../lib/wire/error-codes.ts'
import { type RequestInput, zeroUuid } from '../../lib/wire/schema.ts'
import { fetchApi } from '../../lib/wire/schemas/01-fetch.ts'
import { counted, watched } from '../log/watched-stores.ts'
import { batchOf, memoryStores, recordsOf } from '../log/world.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { BrokerWorld, servedVersions, type WorldOptions } from './world.ts'

type FetchRequest = RequestInput<typeof fetchApi>
type FetchPartition = FetchRequest['topics'][number]['partitions'][number]

const toFetch = (
  topic: { readonly name: string; readonly id: string },
  partitions: readonly (Partial<FetchPartition> & { readonly partition: number })[],
  rest: Partial<FetchRequest> = {},
): Partial<FetchRequest> => ({
  ...{ maxWaitMs: 0, minBytes: 1, sessionEpoch: 0 },
  topics: [
    {
      topic: topic.name,
      topicId: topic.id,
      partitions: partitions.map((each) => ({ fetchOffset: 0n, partitionMaxBytes: 1_000_000, ...each })),
    },
  ],
  ...rest,
})

async function worldWith(
  partitions: number,
  options: WorldOptions = {},
): Promise<{ world: BrokerWorld; topic: Topic }> {
  const world = new BrokerWorld(options)
  return { world, topic: await world.createTopic('orders', partitions) }
}

const append = (world: BrokerWorld, topic: Topic, partition: number, ...values: string[]) =>
  world.services.log.append({ topicId: topic.id, partition }, batchOf(values))

/** The values of each partition's records, and its error. */
async function fetched(world: BrokerWorld, version: number, request: Partial<FetchRequest>, transport = {}) {
  const { responses } = await world.call(fetchApi, version, request, transport)
  return (responses[0]?.partitions ?? []).map(({ records, ...rest }) => ({
    ...rest,
    values: records === null || records.length === 0 ? [] : recordsOf(records).map(({ value }) => value),
  }))
}

/** A clock that tells when somebody sleeps. */
function sleeping(): { readonly clock: Clock; readonly slept: Promise<void> } {
  let tell = () => {}
  const slept = new Promise<void>((resolve) => {
    tell = resolve
  })
  const clock: Clock = {
    now: () => systemClock.now(),
    sleep: (ms, signal) => {
      if (ms > 1_000) tell()
      return systemClock.sleep(ms, signal)
    },
  }
  return { clock, slept }
}

describe('fetch', () => {
  test.each(servedVersions(fetchApi))('version %d answers records and where the log ends', async (version) => {
    const { world, topic } = await worldWith(2)
    await append(world, topic, 0, 'a', 'b')
    await append(world, topic, 1, 'c')
    const answer = await fetched(world, version, toFetch(topic, [{ partition: 1 }, { partition: 0 }]))
    expect(answer).toMatchObject([
      { partitionIndex: 1, errorCode: 0, highWatermark: 1, lastStableOffset: 1, values: ['c'] },
      { partitionIndex: 0, errorCode: 0, highWatermark: 2, lastStableOffset: 2, values: ['a', 'b'] },
    ])
    expect(answer[0]?.logStartOffset).toBe(version >= 5 ? 0 : -1)
    const { responses } = await world.call(fetchApi, version, toFetch(topic, [{ partition: 0 }]))
    expect(responses[0]).toMatchObject(version >= 13 ? { topicId: topic.id } : { topic: 'orders' })
  })

  test('the batch that contains the offset comes whole', async () => {
    const { world, topic } = await worldWith(1)
    await append(world, topic, 0, 'a', 'b', 'c')
    const [answer] = await fetched(world, 12, toFetch(topic, [{ partition: 0, fetchOffset: 1n }]))
    expect(answer?.values).toEqual(['a', 'b', 'c'])
  })

  test.each(servedVersions(fetchApi))('version %d answers what is not there', async (version) => {
    const { world, topic } = await worldWith(1)
    const nowhere = { name: 'nowhere', id: 'nowherenowherenowhereA' }
    const unknown = version >= 13 ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    const long = { maxWaitMs: 60_000 }
    expect(await fetched(world, version, toFetch(nowhere, [{ partition: 0 }], long))).toMatchObject([
      { errorCode: unknown, highWatermark: -1, values: [] },
    ])
    expect(await fetched(world, version, toFetch(topic, [{ partition: 1 }, { partition: 0 }], long))).toMatchObject([
      { errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION },
      { errorCode: 0, highWatermark: 0 },
    ])
  })

  test('a topic id of zeros is no topic', async () => {
    const { world } = await worldWith(1)
    const [answer] = await fetched(world, 13, toFetch({ name: '', id: zeroUuid }, [{ partition: 0 }]))
    expect(answer?.errorCode).toBe(errorCodes.UNKNOWN_TOPIC_ID)
  })

  test.each([2n, -1n, 2n ** 62n])(
    'offset %d of a log of one record is out of range, and said at once',
    async (fetchOffset) => {
      const { world, topic } = await worldWith(1)
      await append(world, topic, 0, 'a')
      const request = toFetch(topic, [{ partition: 0, fetchOffset }], { maxWaitMs: 60_000 })
      expect((await fetched(world, 12, request))[0]?.errorCode).toBe(errorCodes.OFFSET_OUT_OF_RANGE)
    },
  )

  test('epochs of leaders that the client believes in are checked', async () => {
    const { world, topic } = await worldWith(1)
    await append(world, topic, 0, 'a')
    const withEpoch = (currentLeaderEpoch: number) => toFetch(topic, [{ partition: 0, currentLeaderEpoch }])
    expect((await fetched(world, 9, withEpoch(0)))[0]?.errorCode).toBe(0)
    expect((await fetched(world, 9, withEpoch(7)))[0]?.errorCode).toBe(errorCodes.UNKNOWN_LEADER_EPOCH)
  })

  test('an epoch that the log never had diverges', async () => {
    const { world, topic } = await worldWith(1)
    await append(world, topic, 0, 'a')
    const withEpoch = (lastFetchedEpoch: number) => toFetch(topic, [{ partition: 0, lastFetchedEpoch }])
    expect((await fetched(world, 12, withEpoch(0)))[0]).toMatchObject({ errorCode: 0, values: ['a'] })
    expect((await fetched(world, 12, withEpoch(5)))[0]?.errorCode).toBe(errorCodes.OFFSET_OUT_OF_RANGE)
  })

  test('a session is never begun, and nobody can go on with one', async () => {
    const { world, topic } = await worldWith(1)
    await append(world, topic, 0, 'a')
    for (const [sessionId, sessionEpoch] of [
      [0, 0],
      [0, -1],
      [9, -1],
      [9, 0],
    ] as const) {
      const answer = await world.call(fetchApi, 12, toFetch(topic, [{ partition: 0 }], { sessionId, sessionEpoch }))
      expect(answer).toMatchObject({ errorCode: 0, sessionId: 0 })
      expect(answer.responses).toHaveLength(1)
    }
    const goingOn = await world.call(fetchApi, 12, { sessionId: 9, sessionEpoch: 3, topics: [] })
    expect(goingOn).toMatchObject({ errorCode: errorCodes.FETCH_SESSION_ID_NOT_FOUND, responses: [] })
  })

  test('a fetch of nothing is answered at once', async () => {
    const { world } = await worldWith(1)
    const answer = await world.call(fetchApi, 12, { sessionEpoch: 0, maxWaitMs: 60_000, minBytes: 1, topics: [] })
    expect(answer).toMatchObject({ errorCode: 0, responses: [] })
  })

  test('old versions may not carry zstd', async () => {
    const { world } = await worldWith(1)
    const topic = await world.createTopic('zstd', 1, { 'compression.type': 'zstd' })
    expect((await fetched(world, 9, toFetch(topic, [{ partition: 0 }])))[0]?.errorCode).toBe(
      errorCodes.UNSUPPORTED_COMPRESSION_TYPE,
    )
    expect((await fetched(world, 10, toFetch(topic, [{ partition: 0 }])))[0]?.errorCode).toBe(0)
  })
})

describe('bytes of a fetch', () => {
  const kilobyte = 'x'.repeat(1_000)

  test('a batch that is larger than all limits is answered, alone', async () => {
    const { world, topic } = await worldWith(2)
    await append(world, topic, 0, kilobyte)
    await append(world, topic, 0, kilobyte)
    await append(world, topic, 1, kilobyte)
    const partitions = [
      { partition: 0, partitionMaxBytes: 10 },
      { partition: 1, partitionMaxBytes: 10 },
    ]
    const answer = await fetched(world, 12, toFetch(topic, partitions, { maxBytes: 10 }))
    expect(answer.map(({ values }) => values.length)).toEqual([1, 0])
    expect(answer[1]).toMatchObject({ errorCode: 0, highWatermark: 1 })
  })

  test('bytes are given out in the order of the request', async () => {
    const { world, topic } = await worldWith(3)
    for (const partition of [0, 1, 2]) await append(world, topic, partition, kilobyte)
    const order = async (...partitions: number[]) => {
      const request = toFetch(
        topic,
        partitions.map((partition) => ({ partition, partitionMaxBytes: 2_000 })),
        {
          maxBytes: 2_500,
        },
      )
      const answer = await fetched(world, 12, request)
      return answer.filter(({ values }) => values.length > 0).map(({ partitionIndex }) => partitionIndex)
    }
    expect(await order(0, 1, 2)).toEqual([0, 1])
    expect(await order(2, 0, 1)).toEqual([2, 0])
  })

  test('an answer that the transport cannot carry is cut, and a batch that it cannot is too large', async () => {
    const { world, topic } = await worldWith(2)
    await append(world, topic, 0, kilobyte)
    await append(world, topic, 1, kilobyte)
    const both = toFetch(topic, [{ partition: 0 }, { partition: 1 }])
    const values = (await fetched(world, 12, both, { responseBytesMax: 2_000 })).map((each) => each.values.length)
    expect(values).toEqual([1, 0])
    const [answer] = await fetched(world, 12, both, { responseBytesMax: 900 })
    expect(answer?.errorCode).toBe(errorCodes.MESSAGE_TOO_LARGE)
  })
})

describe('a fetch that waits', () => {
  test('is answered by the first append', async () => {
    const { clock, slept } = sleeping()
    const { world, topic } = await worldWith(2, { clock })
    const answer = fetched(world, 12, toFetch(topic, [{ partition: 0 }, { partition: 1 }], { maxWaitMs: 30_000 }))
    await slept
    await append(world, topic, 1, 'late')
    expect((await answer).map(({ values }) => values)).toEqual([[], ['late']])
  })

  test('reads again only what has changed meanwhile', async () => {
    const { clock, slept } = sleeping()
    const stores = counted(memoryStores())
    const { world, topic } = await worldWith(20, { clock, stores })
    for (let partition = 0; partition < 20; partition++) await append(world, topic, partition, 'old')
    const partitions = Array.from({ length: 20 }, (_, partition) => ({ partition, fetchOffset: 1n }))
    const answer = fetched(world, 12, toFetch(topic, partitions, { maxWaitMs: 30_000 }))
    await slept
    await append(world, topic, 7, 'new')
    stores.calls.length = 0
    const filled = (await answer).filter(({ values }) => values.length > 0)
    expect(filled).toMatchObject([{ partitionIndex: 7, values: ['new'] }])
    expect(stores.calls).toEqual([])
  })

  test('waits until there is as much as it wants', async () => {
    const { clock, slept } = sleeping()
    const { world, topic } = await worldWith(1, { clock })
    await append(world, topic, 0, 'a')
    const request = toFetch(topic, [{ partition: 0 }], { maxWaitMs: 30_000, minBytes: 150 })
    let answered = false
    const answer = fetched(world, 12, request).then((found) => {
      answered = true
      return found
    })
    await slept
    expect(answered).toBe(false)
    await append(world, topic, 0, 'b')
    await append(world, topic, 0, 'c')
    expect((await answer)[0]?.values.length).toBeGreaterThan(1)
  })

  test('is answered with what there is when its time is over, or that of its transport', async () => {
    const clock = new SimClock()
    const { world, topic } = await clock.run(worldWith(1, { clock }))
    const beginMs = clock.now()
    const request = toFetch(topic, [{ partition: 0 }], { maxWaitMs: 5_000 })
    expect(await clock.run(fetched(world, 12, request))).toMatchObject([{ errorCode: 0, values: [] }])
    expect(clock.now() - beginMs).toBe(5_000)
    await clock.run(fetched(world, 12, request, { waitMsMax: 1_000 }))
    expect(clock.now() - beginMs).toBe(6_000)
  })

  test('is answered when its client is gone', async () => {
    const { clock, slept } = sleeping()
    const { world, topic } = await worldWith(1, { clock })
    const gone = new AbortController()
    const request = toFetch(topic, [{ partition: 0 }], { maxWaitMs: 2_000_000_000 })
    const answer = fetched(world, 12, request, { signal: gone.signal })
    await slept
    gone.abort()
    expect(await answer).toMatchObject([{ errorCode: 0, values: [] }])
  })
})

/** A log that remembers what it has answered, and of which of it nobody looks at the bytes any more. */
class WatchedReads extends Log {
  readonly reads: { readonly values: string[]; isReleased: boolean }[] = []

  override async read(id: PartitionId, from: Offset, options: ReadOptions): Promise<ReadResult> {
    const result = await super.read(id, from, options)
    if (result.outcome !== 'read') return result
    const read = { values: result.chunks.flatMap(recordsOf).map(({ value }) => value.slice(0, 3)), isReleased: false }
    this.reads.push(read)
    const release = () => {
      read.isReleased = true
      result.release()
    }
    return { ...result, release }
  }
}

describe('what is read for a fetch', () => {
  async function watchedWorld(partitions: number, clock: Clock = systemClock) {
    const stores = memoryStores()
    const log = new WatchedReads({ ...stores, clock, entropy: seeded(3) }, { soleProcess: true })
    const { world, topic } = await worldWith(partitions, { stores, clock, services: () => ({ log }) })
    const act: (() => void)[] = []
    return { world, topic, log, act, transport: { afterSent: (later: () => void) => void act.push(later) } }
  }

  test('is released when its answer was sent; what did not fit into the answer, before', async () => {
    const { world, topic, log, act, transport } = await watchedWorld(3)
    const rest = 'x'.repeat(200_000)
    for (let partition = 0; partition < 3; partition++) {
      for (const each of ['1', '2', '3']) await append(world, topic, partition, `${partition}.${each}${rest}`)
    }
    // The first brings two batches, the second one that does not fit beside them.
    const asked = [300_000, 1, 1].map((partitionMaxBytes, partition) => ({ partition, partitionMaxBytes }))
    const request = toFetch(topic, [{ ...asked[0], partition: 0, partitionMaxBytes: 450_000 }, ...asked.slice(1)], {
      maxBytes: 500_000,
    })
    const answer = await fetched(world, 12, request, transport)
    expect(answer.map(({ values }) => values.map((value) => value.slice(0, 3)))).toEqual([['0.1', '0.2'], [], []])
    expect(log.reads).toEqual([
      { values: ['0.1', '0.2'], isReleased: false },
      { values: ['1.1'], isReleased: true },
      ...log.reads.slice(2).map(({ values }) => ({ values, isReleased: true })),
    ])
    for (const each of act) each()
    expect(log.reads.filter(({ isReleased }) => !isReleased)).toEqual([])
  })

  test('is released when the fetch waits on and reads it again, but not what is answered as it was', async () => {
    const { clock, slept } = sleeping()
    const { world, topic, log, act, transport } = await watchedWorld(2, clock)
    await append(world, topic, 0, '0.1')
    await append(world, topic, 1, '1.1')
    const request = toFetch(topic, [{ partition: 0 }, { partition: 1 }], { maxWaitMs: 30_000, minBytes: 200 })
    const answer = fetched(world, 12, request, transport)
    await slept
    await append(world, topic, 0, '0.2')
    expect((await answer).map(({ values }) => values)).toEqual([['0.1', '0.2'], ['1.1']])
    expect(log.reads).toEqual([
      { values: ['0.1'], isReleased: true },
      { values: ['1.1'], isReleased: false },
      { values: ['0.1', '0.2'], isReleased: false },
    ])
    for (const each of act) each()
    expect(log.reads.filter(({ isReleased }) => !isReleased)).toEqual([])
  })
})

test('a store that does not answer is a storage error in every version', async () => {
  let down = false
  const stores = watched(memoryStores(), () => {
    if (down) throw new StoreUnavailable('a call', new Error('down'))
  })
  const { world, topic } = await worldWith(1, { stores })
  down = true
  for (const version of servedVersions(fetchApi)) {
    const answer = await fetched(world, version, toFetch(topic, [{ partition: 0 }], { maxWaitMs: 60_000 }))
    expect(answer).toMatchObject([{ errorCode: errorCodes.KAFKA_STORAGE_ERROR, values: [] }])
  }
  expect(world.reported.length).toBeGreaterThan(0)
})
