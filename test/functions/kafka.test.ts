/**
 * The Kafka protocol on functions alone: every request is an event that any of several instances answers, each with a memory
 * of its own, all on the same stores. No broker process, no connection, and yet groups that settle.
 */
import { type Consumer, Kafka, logLevel } from 'kafkajs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lambdaResponseBytesMax } from '../../lib/base/limits.ts'
import { systemClock as clock, systemEntropy as entropy } from '../../lib/base/system.ts'
import { LateBroker } from '../../lib/broker/late-broker.ts'
import { kafkajsOverHttp } from '../../lib/client/kafkajs-socket.ts'
import { BrokerSettings } from '../../lib/cluster/broker-settings.ts'
import { functionsBrokerId } from '../../lib/cluster/brokers.ts'
import { clusterId } from '../../lib/cluster/cluster-id.ts'
import { SoleBroker } from '../../lib/cluster/sole-broker.ts'
import { Topics } from '../../lib/cluster/topics.ts'
import { groupSettingsOf } from '../../lib/groups/group-settings.ts'
import { Groups } from '../../lib/groups/groups.ts'
import { GroupOffsets } from '../../lib/groups/offsets.ts'
import { createGroupsApp } from '../../lib/http/app.ts'
import { kafkaRoutes } from '../../lib/http/kafka-routes.ts'
import { lambdaHandler } from '../../lib/http/lambda.ts'
import { Log } from '../../lib/log/log.ts'
import { SoleLeaders } from '../../lib/log/sole-leaders.ts'
import { ProducerIds } from '../../lib/transactions/producer-ids.ts'
import { type LambdaHandler, type LambdaServer, startLambdaServer } from '../http/lambda-server.ts'
import { memoryStores, type Stores } from '../log/world.ts'

const faults: unknown[] = []
const report = (fault: unknown) => void faults.push(fault)

/** As `functions/kafka.ts` has it. */
function instance({ meta, objects }: Stores): { handler: LambdaHandler; groups: Groups } {
  const configs = { 'group.initial.rebalance.delay.ms': '0' }
  const brokerSettings = new BrokerSettings({ meta, clock, brokerId: functionsBrokerId, configs })
  const topics = new Topics({ meta, clock, entropy, defaults: brokerSettings })
  const offsets = new GroupOffsets({ meta, clock, topics })
  const log = new Log({ meta, objects, clock, entropy }, { readAheadBytes: 0, foldsFirst: true })
  const brokers = new SoleBroker({ id: functionsBrokerId, host: 'functions', port: 443, rack: null })
  const world = { topics, log, offsets, meta, clock, entropy, report }
  const groups = new Groups({ ...world, brokers, settings: () => groupSettingsOf(brokerSettings.config) })
  const broker = new LateBroker(async () => ({
    ...{ ...world, brokers, brokerSettings, groups, settings: brokerSettings.config },
    leaders: new SoleLeaders({ meta, self: functionsBrokerId }),
    producerIds: new ProducerIds({ meta, clock }),
    clusterId: await clusterId({ meta, clock, entropy }),
  }))
  const limits = { mayWorkAfterAnswer: false, answerBytesMax: lambdaResponseBytesMax }
  const app = createGroupsApp(
    { ...world, groups: offsets, members: groups.administration, objects, broker, ...limits },
    [kafkaRoutes],
  )
  const settle = () => log.settle({ dropAlone: true })
  return { handler: lambdaHandler(app, { report, settle }), groups }
}

let api: LambdaServer
let kafka: Kafka
let groups: Groups[]
const consumers: Consumer[] = []

beforeEach(async () => {
  faults.length = 0
  const stores = memoryStores()
  const instances = Array.from({ length: 3 }, () => instance(stores))
  groups = instances.map((each) => each.groups)
  let next = 0
  // Each request to another one: worse than Lambda, where an instance is used again.
  api = await startLambdaServer(async (event: unknown) => {
    const { handler } = instances[next++ % instances.length] ?? {}
    if (handler === undefined) throw new Error('no instance')
    return handler(event)
  })
  kafka = new Kafka({ clientId: 'test', logLevel: logLevel.NOTHING, ...kafkajsOverHttp({ url: api.url }) })
})

afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.disconnect()))
  for (const each of groups) each.close()
  await api.close()
})

async function consumer(values: string[], partitions: Set<number>): Promise<Consumer> {
  // As on a broker, a heartbeat of kafkajs waits behind the fetch on its connection: a short one.
  const times = { sessionTimeout: 10_000, heartbeatInterval: 200, maxWaitTimeInMs: 200 }
  const member = kafka.consumer({ groupId: 'readers', ...times })
  consumers.push(member)
  await member.connect()
  await member.subscribe({ topic: 'orders', fromBeginning: true })
  member.on(member.events.GROUP_JOIN, ({ payload }) => {
    partitions.clear()
    for (const partition of payload.memberAssignment.orders ?? []) partitions.add(partition)
  })
  await member.run({ eachMessage: async ({ message }) => void values.push(String(message.value)) })
  return member
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await clock.sleep(20)
}

describe('kafkajs on functions', () => {
  test('produces, and two members of a group share what there is, whichever instance they reach', async () => {
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 4 }] })
    const producer = kafka.producer()
    await producer.connect()
    const send = (from: number) =>
      producer.send({
        topic: 'orders',
        messages: Array.from({ length: 20 }, (_, index) => ({ key: `${from + index}`, value: `${from + index}` })),
      })
    await send(0)
    const values: string[] = []
    const [one, two] = [new Set<number>(), new Set<number>()]
    await consumer(values, one)
    await until(() => values.length === 20 && one.size === 4)
    await consumer(values, two)
    await until(() => one.size === 2 && two.size === 2)
    expect([...one, ...two].sort()).toEqual([0, 1, 2, 3])
    await send(20)
    await until(() => new Set(values).size === 40)
    const { groups: described } = await admin.describeGroups(['readers'])
    expect(described).toMatchObject([{ state: 'Stable', members: [{}, {}] }])
    await Promise.all([producer.disconnect(), admin.disconnect()])
    expect(faults).toEqual([])
  })
})
