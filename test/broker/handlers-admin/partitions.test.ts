/** ElectLeaders and partition reassignments, of which none is ever needed or under way. */
import { describe, expect, test } from 'vitest'
import { errorCodes } from '../../../lib/wire/error-codes.ts'
import { electLeadersApi } from '../../../lib/wire/schemas/43-elect-leaders.ts'
import { alterPartitionReassignmentsApi } from '../../../lib/wire/schemas/45-alter-partition-reassignments.ts'
import { listPartitionReassignmentsApi } from '../../../lib/wire/schemas/46-list-partition-reassignments.ts'
import { BrokerWorld, servedVersions } from '../world.ts'

const refusal = (code: keyof typeof errorCodes, message: RegExp) => ({
  errorCode: errorCodes[code],
  errorMessage: expect.stringMatching(message),
})

describe('ElectLeaders', () => {
  test.each(servedVersions(electLeadersApi))('version %d says of each partition what is so', async (version) => {
    const world = new BrokerWorld()
    await world.createTopic('orders', 2)
    const topicPartitions = [
      { topic: 'orders', partitions: [0, 2] },
      { topic: 'nowhere', partitions: [0] },
    ]
    const answer = await world.call(electLeadersApi, version, { topicPartitions })
    expect(answer).toMatchObject({
      errorCode: 0,
      replicaElectionResults: [
        {
          topic: 'orders',
          partitionResult: [
            { partitionId: 0, ...refusal('ELECTION_NOT_NEEDED', /not needed/) },
            { partitionId: 2, ...refusal('UNKNOWN_TOPIC_OR_PARTITION', /No such partition as orders-2/) },
          ],
        },
        { partitionResult: [refusal('UNKNOWN_TOPIC_OR_PARTITION', /No such topic as nowhere/)] },
      ],
    })
  })

  test('all partitions at once name those that changed: none', async () => {
    const world = new BrokerWorld()
    await world.createTopic('orders', 2)
    expect(await world.call(electLeadersApi, 2, { topicPartitions: null, electionType: 1 })).toMatchObject({
      errorCode: 0,
      replicaElectionResults: [],
    })
  })

  test('an election of another kind is an invalid request', async () => {
    const answer = await new BrokerWorld().call(electLeadersApi, 2, { topicPartitions: null, electionType: 2 })
    expect(answer.errorCode).toBe(errorCodes.INVALID_REQUEST)
  })
})

describe('AlterPartitionReassignments', () => {
  const move = async (replicas: readonly number[] | null, name = 'orders', partitionIndex = 0, version = 0) => {
    const world = new BrokerWorld()
    await world.createTopic('orders')
    const topics = [{ name, partitions: [{ partitionIndex, replicas }] }]
    const answer = await world.call(alterPartitionReassignmentsApi, version, { topics })
    expect(answer.errorCode).toBe(0)
    return answer.responses[0]?.partitions[0]
  }

  test.each(servedVersions(alterPartitionReassignmentsApi))(
    'version %d: a move to where a partition is already is done',
    async (version) => {
      expect(await move([1], 'orders', 0, version)).toMatchObject({ errorCode: 0, errorMessage: null })
    },
  )

  test('anything else is refused with the reason', async () => {
    expect(await move(null)).toMatchObject(refusal('NO_REASSIGNMENT_IN_PROGRESS', /in progress/))
    expect(await move([])).toMatchObject(refusal('INVALID_REPLICA_ASSIGNMENT', /empty/))
    expect(await move([7])).toMatchObject(refusal('INVALID_REPLICA_ASSIGNMENT', /no such broker/))
    expect(await move([1], 'nowhere')).toMatchObject(refusal('UNKNOWN_TOPIC_OR_PARTITION', /topic named nowhere/))
    expect(await move([1], 'orders', 5)).toMatchObject(refusal('UNKNOWN_TOPIC_OR_PARTITION', /partition orders:5/))
  })

  test('another broker that is there cannot be chosen', async () => {
    const nodes = [1, 2].map((id) => ({ id, host: 'h', port: 1, rack: null }))
    const brokers = { self: 1, live: () => nodes, leasedSinceMs: () => Number.NEGATIVE_INFINITY }
    const world = new BrokerWorld({ services: () => ({ brokers }) })
    await world.createTopic('orders')
    const ask = async (replicas: readonly number[], allowReplicationFactorChange: boolean) => {
      const topics = [{ name: 'orders', partitions: [{ partitionIndex: 0, replicas }] }]
      const answer = await world.call(alterPartitionReassignmentsApi, 1, { topics, allowReplicationFactorChange })
      return answer.responses[0]?.partitions[0]
    }
    expect(await ask([2], true)).toMatchObject(refusal('INVALID_REPLICA_ASSIGNMENT', /any broker serves any partition/))
    expect(await ask([1, 2], false)).toMatchObject(refusal('INVALID_REPLICATION_FACTOR', /from 1 to 2/))
  })
})

test('no reassignment is ever under way', async () => {
  expect(await new BrokerWorld().call(listPartitionReassignmentsApi, 0, {})).toMatchObject({ errorCode: 0, topics: [] })
})
