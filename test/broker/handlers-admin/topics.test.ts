/** CreateTopics, DeleteTopics, CreatePartitions: Kafka's codes, and its sentences where clients show them. */
import { describe, expect, test } from 'vitest'
import { SoleBroker } from '../../../lib/cluster/sole-broker.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../../lib/store/errors.ts'
import { errorCodes } from '../../../lib/wire/error-codes.ts'
import { type RequestInput, zeroUuid } from '../../../lib/wire/schema.ts'
import { createTopicsApi } from '../../../lib/wire/schemas/19-create-topics.ts'
import { deleteTopicsApi } from '../../../lib/wire/schemas/20-delete-topics.ts'
import { createPartitionsApi } from '../../../lib/wire/schemas/37-create-partitions.ts'
import { watched } from '../../log/watched-stores.ts'
import { memoryStores } from '../../log/world.ts'
import { ImpatientClock } from '../../world/impatient-clock.ts'
import { BrokerWorld, servedVersions, thisBroker } from '../world.ts'

type AskedTopic = RequestInput<typeof createTopicsApi>['topics'][number]

const asked = (name: string, more: Partial<AskedTopic> = {}): AskedTopic => ({
  ...{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] },
  ...more,
})

async function create(world: BrokerWorld, topics: readonly AskedTopic[], version = 7, validateOnly = false) {
  return (await world.call(createTopicsApi, version, { topics, validateOnly })).topics
}

const refusal = (code: keyof typeof errorCodes, errorMessage: string | RegExp) => ({
  errorCode: errorCodes[code],
  errorMessage: typeof errorMessage === 'string' ? errorMessage : expect.stringMatching(errorMessage),
})

describe('CreateTopics', () => {
  test.each(servedVersions(createTopicsApi))('version %d makes a topic that is there at once', async (version) => {
    const world = new BrokerWorld()
    const configs = [{ name: 'retention.ms', value: '5000' }]
    const [answer] = await create(
      world,
      [asked('orders', { numPartitions: 3, replicationFactor: 2, configs })],
      version,
    )
    const topic = await world.services.topics.get('orders')
    expect(topic).toMatchObject({ partitions: 3, replicationFactor: 2, configs: { 'retention.ms': '5000' } })
    expect(answer).toMatchObject({ name: 'orders', errorCode: 0, errorMessage: null })
    if (version >= 5) {
      expect(answer).toMatchObject({ numPartitions: 3, replicationFactor: 2, topicConfigErrorCode: 0 })
      expect(answer?.configs).toContainEqual({
        ...{ name: 'retention.ms', value: '5000', readOnly: false, configSource: 1, isSensitive: false },
      })
      expect(answer?.configs).toContainEqual({
        ...{ name: 'cleanup.policy', value: 'delete', readOnly: false, configSource: 5, isSensitive: false },
      })
    }
    if (version >= 7) expect(answer?.topicId).toBe(topic?.id)
  })

  test('configs are never null, also where a topic is refused: Java 4.2 dies of it', async () => {
    const answers = await create(new BrokerWorld(), [asked('good'), asked('bad name')], 5)
    for (const { configs } of answers) expect(configs).toBeInstanceOf(Array)
  })

  test("-1 takes the broker's defaults", async () => {
    const world = new BrokerWorld({ configs: { 'num.partitions': '4', 'default.replication.factor': '3' } })
    const [answer] = await create(world, [asked('orders', { numPartitions: -1, replicationFactor: -1 })])
    expect(answer).toMatchObject({ errorCode: 0, numPartitions: 4, replicationFactor: 3 })
  })

  test('with validateOnly everything is judged and nothing is made', async () => {
    const world = new BrokerWorld()
    const answers = await create(
      world,
      [asked('orders', { numPartitions: 3 }), asked('x', { numPartitions: 0 })],
      7,
      true,
    )
    expect(answers).toMatchObject([{ errorCode: 0, numPartitions: 3 }, { errorCode: errorCodes.INVALID_PARTITIONS }])
    expect(await world.services.topics.get('orders', { fresh: true })).toBeUndefined()
  })

  test('one topic that is refused leaves the others alone', async () => {
    const answers = await create(new BrokerWorld(), [asked('a'), asked('b', { replicationFactor: 0 }), asked('c')])
    expect(answers.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ['a', 0],
      ['b', errorCodes.INVALID_REPLICATION_FACTOR],
      ['c', 0],
    ])
  })

  test('a name that comes twice is refused once, and not made', async () => {
    const world = new BrokerWorld()
    const answers = await create(world, [asked('a'), asked('b'), asked('a'), asked('a')])
    expect(answers).toMatchObject([
      { name: 'b', errorCode: 0 },
      { name: 'a', ...refusal('INVALID_REQUEST', 'Duplicate topic name.') },
    ])
    expect(await world.services.topics.get('a', { fresh: true })).toBeUndefined()
  })

  test.each<[string, Partial<AskedTopic>, ReturnType<typeof refusal>]>([
    ['an illegal name', { name: 'a b' }, refusal('INVALID_TOPIC_EXCEPTION', /ASCII/)],
    ['no name', { name: '' }, refusal('INVALID_TOPIC_EXCEPTION', /empty/)],
    ["Kafka's own topic", { name: '__cluster_metadata' }, refusal('INVALID_REQUEST', /is prohibited\.$/)],
    ['a name that collides', { name: 'there_is' }, refusal('INVALID_TOPIC_EXCEPTION', /there\.is/)],
    [
      'no partitions',
      { numPartitions: 0 },
      refusal('INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.'),
    ],
    ['a negative number of partitions', { numPartitions: -2 }, refusal('INVALID_PARTITIONS', /non-positive/)],
    ['too many partitions', { numPartitions: 2_000_000_000 }, refusal('INVALID_PARTITIONS', /1 to/)],
    [
      'no replicas',
      { replicationFactor: 0 },
      refusal(
        'INVALID_REPLICATION_FACTOR',
        'Replication factor must be larger than 0, or -1 to use the default value.',
      ),
    ],
    ['a fourth replica', { replicationFactor: 4 }, refusal('INVALID_REPLICATION_FACTOR', /^Unable to replicate .* 4/)],
    [
      'a config without a value',
      { configs: [{ name: 'retention.ms', value: null }] },
      refusal('INVALID_CONFIG', 'Null value not supported for topic configs: retention.ms'),
    ],
    [
      'an unknown config',
      { configs: [{ name: 'x', value: '1' }] },
      refusal('INVALID_CONFIG', /topic config named 'x'/),
    ],
    [
      'an illegal value',
      { configs: [{ name: 'retention.ms', value: 'long' }] },
      refusal('INVALID_CONFIG', /retention.ms must be/),
    ],
    [
      'a topic that is there',
      { name: 'there.is' },
      refusal('TOPIC_ALREADY_EXISTS', "Topic 'there.is' already exists."),
    ],
    [
      'a topic that is there, asked for wrongly',
      { name: 'there.is', replicationFactor: 0, configs: [{ name: 'x', value: null }] },
      refusal('TOPIC_ALREADY_EXISTS', /already exists/),
    ],
    [
      'a topic that is there, with a config that is none',
      { name: 'there.is', configs: [{ name: 'x', value: '1' }] },
      refusal('TOPIC_ALREADY_EXISTS', /already exists/),
    ],
  ])('%s is refused as Kafka refuses it', async (_, more, expected) => {
    const world = new BrokerWorld()
    await world.createTopic('there.is')
    expect(await create(world, [asked('orders', more)])).toMatchObject([expected])
    expect((await world.services.topics.list()).topics).toHaveLength(1)
  })

  describe('with replicas chosen by hand', () => {
    const nodes = [1, 2, 3].map((id) => ({ ...thisBroker, id }))
    const threeBrokers = () =>
      new BrokerWorld({
        services: () => ({
          brokers: { self: 1, live: () => nodes, leasedSinceMs: () => Number.NEGATIVE_INFINITY },
        }),
      })
    const byHand = (assignments: readonly (readonly number[])[], more: Partial<AskedTopic> = {}) =>
      asked('orders', {
        ...{ numPartitions: -1, replicationFactor: -1 },
        assignments: assignments.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
        ...more,
      })

    test('their number is kept', async () => {
      const world = threeBrokers()
      const made = [
        [1, 2],
        [2, 3],
        [3, 1],
      ]
      expect(await create(world, [byHand(made)])).toMatchObject([
        { errorCode: 0, numPartitions: 3, replicationFactor: 2 },
      ])
    })

    test.each<[string, AskedTopic, ReturnType<typeof refusal>]>([
      [
        'a number of partitions beside them',
        byHand([[1]], { numPartitions: 1 }),
        refusal('INVALID_REQUEST', /numPart/),
      ],
      [
        'a factor beside them',
        byHand([[1]], { replicationFactor: 1 }),
        refusal('INVALID_REQUEST', /replication factor/),
      ],
      ['no replica', byHand([[]]), refusal('INVALID_REPLICA_ASSIGNMENT', /empty replica list/)],
      ['a broker that is not there', byHand([[9]]), refusal('INVALID_REPLICA_ASSIGNMENT', /includes broker 9, but no/)],
      ['a broker twice', byHand([[1, 1]]), refusal('INVALID_REPLICA_ASSIGNMENT', /broker 1 more than once/)],
      ['unequal numbers', byHand([[1], [1, 2]]), refusal('INVALID_REPLICA_ASSIGNMENT', /not consistent/)],
      [
        'a partition twice',
        byHand([], {
          assignments: [
            { partitionIndex: 0, brokerIds: [1] },
            { partitionIndex: 0, brokerIds: [1] },
          ],
        }),
        refusal('INVALID_REPLICA_ASSIGNMENT', /multiple manual partition assignments for partition 0/),
      ],
      [
        'a gap',
        byHand([], { assignments: [{ partitionIndex: 1, brokerIds: [1] }] }),
        refusal('INVALID_REPLICA_ASSIGNMENT', /consecutive/),
      ],
    ])('%s is refused', async (_, topic, expected) => {
      expect(await create(threeBrokers(), [topic])).toMatchObject([expected])
    })
  })

  test('a store that fails leaves each topic with an answer of its own, upon which clients try again', async () => {
    const stores = watched(memoryStores(), ({ method }) => {
      if (method === 'put') throw new StoreUnavailable('put', 'down')
    })
    const world = new BrokerWorld({ stores })
    expect(await create(world, [asked('a'), asked('b')])).toMatchObject([
      { name: 'a', errorCode: errorCodes.NOT_CONTROLLER },
      { name: 'b', errorCode: errorCodes.NOT_CONTROLLER },
    ])
    expect(world.reported).toHaveLength(2)
  })
})

describe('DeleteTopics', () => {
  const names = (results: readonly { name: string | null; errorCode: number }[]) =>
    results.map(({ name, errorCode }) => [name, errorCode])

  test.each(servedVersions(deleteTopicsApi))('version %d deletes by name', async (version) => {
    const world = new BrokerWorld()
    await world.createTopic('orders')
    const request =
      version >= 6
        ? { topics: [{ name: 'orders', topicId: zeroUuid }], timeoutMs: 0 }
        : { topicNames: ['orders'], timeoutMs: 0 }
    const { responses } = await world.call(deleteTopicsApi, version, request)
    expect(names(responses)).toEqual([['orders', 0]])
    expect(await world.services.topics.get('orders', { fresh: true })).toBeUndefined()
  })

  test('by id from version 6 on, also what is not there', async () => {
    const world = new BrokerWorld()
    const { id: topicId } = await world.createTopic('orders')
    const unknown = 'nowherenowherenowhereA'
    const topics = [
      { name: null, topicId },
      { name: null, topicId: unknown },
      { name: 'nowhere', topicId: zeroUuid },
      { name: null, topicId: zeroUuid },
      { name: 'both', topicId },
    ]
    const { responses } = await world.call(deleteTopicsApi, 6, { topics, timeoutMs: 0 })
    const byCode = new Map(responses.map((each) => [each.errorCode, each]))
    expect(byCode.get(0)).toMatchObject({ name: 'orders', topicId })
    expect(byCode.get(errorCodes.UNKNOWN_TOPIC_ID)).toMatchObject({ name: null, topicId: unknown })
    expect(byCode.get(errorCodes.UNKNOWN_TOPIC_OR_PARTITION)).toMatchObject({ name: 'nowhere' })
    expect(responses.filter(({ errorCode }) => errorCode === errorCodes.INVALID_REQUEST)).toMatchObject([
      { errorMessage: 'Neither topic name nor id were specified.' },
      { errorMessage: 'You may not specify both topic name and topic id.' },
    ])
  })

  test('what comes twice is refused and stays', async () => {
    const world = new BrokerWorld()
    const { id: topicId } = await world.createTopic('a')
    await world.createTopic('b')
    const named = (name: string) => ({ name, topicId: zeroUuid })
    const topics = [named('b'), named('b'), named('a'), { name: null, topicId }]
    const { responses } = await world.call(deleteTopicsApi, 6, { topics, timeoutMs: 0 })
    expect(responses).toMatchObject([
      { name: 'a', ...refusal('INVALID_REQUEST', 'The provided topic name maps to an ID that was already supplied.') },
      { name: 'b', ...refusal('INVALID_REQUEST', 'Duplicate topic name.') },
    ])
    expect((await world.services.topics.list()).topics).toHaveLength(2)
  })

  test.each([
    [2, 'INVALID_REQUEST'],
    [3, 'TOPIC_DELETION_DISABLED'],
  ] as const)('version %d is told so where deletion is switched off', async (version, code) => {
    const world = new BrokerWorld({ configs: { 'delete.topic.enable': 'false' } })
    await world.createTopic('orders')
    const { responses } = await world.call(deleteTopicsApi, version, { topicNames: ['orders'], timeoutMs: 0 })
    expect(names(responses)).toEqual([['orders', errorCodes[code]]])
    expect((await world.services.topics.list()).topics).toHaveLength(1)
  })

  test('a topic that was made again under the name that an id had stays', async () => {
    const world = new BrokerWorld()
    const old = await world.createTopic('orders')
    await world.services.topics.delete('orders')
    await world.createTopic('orders')
    expect(await world.services.topics.delete('orders', { id: old.id })).toMatchObject({ outcome: 'unknown-topic' })
    expect((await world.services.topics.list()).topics).toHaveLength(1)
  })
})

describe('CreatePartitions', () => {
  const add = async (
    world: BrokerWorld,
    topics: readonly {
      name: string
      count: number
      assignments?: null | readonly { brokerIds: readonly number[] }[]
    }[],
    validateOnly = false,
    version = 3,
  ) => {
    const all = topics.map((topic) => ({ assignments: null, ...topic }))
    return (await world.call(createPartitionsApi, version, { topics: all, timeoutMs: 0, validateOnly })).results
  }
  const partitions = async (world: BrokerWorld, name: string) =>
    (await world.services.topics.get(name, { fresh: true }))?.partitions

  test.each(servedVersions(createPartitionsApi))('version %d raises the number of partitions', async (version) => {
    const world = new BrokerWorld()
    await world.createTopic('orders', 2)
    expect(await add(world, [{ name: 'orders', count: 5 }], false, version)).toMatchObject([{ errorCode: 0 }])
    expect(await partitions(world, 'orders')).toBe(5)
  })

  test('with validateOnly nothing is done', async () => {
    const world = new BrokerWorld()
    await world.createTopic('orders', 2)
    expect(await add(world, [{ name: 'orders', count: 5 }], true)).toMatchObject([{ errorCode: 0 }])
    expect(await partitions(world, 'orders')).toBe(2)
  })

  test('refusals are those of Kafka', async () => {
    const world = new BrokerWorld()
    await world.createTopic('orders', 2)
    const refused = async (topic: Parameters<typeof add>[1][number]) => (await add(world, [topic]))[0]
    expect(await refused({ name: 'orders', count: 2 })).toMatchObject(
      refusal('INVALID_PARTITIONS', 'Topic already has 2 partition(s).'),
    )
    expect(await refused({ name: 'orders', count: 1 })).toMatchObject(
      refusal('INVALID_PARTITIONS', 'The topic orders currently has 2 partition(s); 1 would not be an increase.'),
    )
    expect(await refused({ name: 'nowhere', count: 3 })).toMatchObject(refusal('UNKNOWN_TOPIC_OR_PARTITION', /host/))
    expect(await refused({ name: 'orders', count: 1_000_000 })).toMatchObject(refusal('INVALID_PARTITIONS', /1 to/))
    const assigned = (brokerIds: readonly number[]) =>
      refused({ name: 'orders', count: 3, assignments: [{ brokerIds }] })
    expect(await assigned([9])).toMatchObject(refusal('INVALID_REPLICA_ASSIGNMENT', /no such broker/))
    expect(await assigned([])).toMatchObject(refusal('INVALID_REPLICA_ASSIGNMENT', /empty replica list/))
    expect(await refused({ name: 'orders', count: 4, assignments: [{ brokerIds: [1] }] })).toMatchObject(
      refusal('INVALID_REPLICA_ASSIGNMENT', /add 2 additional partition\(s\), but only 1 assignment/),
    )
    expect(await partitions(world, 'orders')).toBe(2)
    expect(await assigned([1])).toMatchObject({ errorCode: 0 })
  })

  test('a topic that comes twice is refused', async () => {
    const world = new BrokerWorld()
    await world.createTopic('orders', 2)
    const twice = [
      { name: 'orders', count: 5 },
      { name: 'orders', count: 6 },
    ]
    expect(await add(world, twice)).toMatchObject([refusal('INVALID_REQUEST', 'Duplicate topic name.')])
    expect(await partitions(world, 'orders')).toBe(2)
  })

  test('what nobody knows is said to be so', async () => {
    const stores = watched(memoryStores(), ({ method }) => {
      if (method === 'update') throw new OutcomeUnknown('update')
    })
    const world = new BrokerWorld({ stores, clock: new ImpatientClock() })
    await world.createTopic('orders', 2)
    expect(await add(world, [{ name: 'orders', count: 5 }])).toMatchObject([
      { errorCode: errorCodes.REQUEST_TIMED_OUT },
    ])
  })
})

test('a sole broker may be named by hand', async () => {
  const world = new BrokerWorld({ services: () => ({ brokers: new SoleBroker({ ...thisBroker, id: 7 }) }) })
  const topic = asked('a', {
    ...{ numPartitions: -1, replicationFactor: -1 },
    assignments: [{ partitionIndex: 0, brokerIds: [7] }],
  })
  expect(await create(world, [topic])).toMatchObject([{ errorCode: 0, replicationFactor: 1 }])
})
