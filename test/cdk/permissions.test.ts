/**
 * Each function's permissions against its code: a cluster of six functions, each with stores that refuse what IAM would, on
 * shared stores behind the gateway's own routes, does everything that the API and the janitor can do.
 */
import { Kafka, logLevel } from 'kafkajs'
import { expect, test } from 'vitest'
import { type FunctionName, functionNames } from '../../cdk/gregor-props.ts'
import { systemClock, systemEntropy } from '../../lib/base/system.ts'
import { kafkajsOverHttp } from '../../lib/client/kafkajs-socket.ts'
import { BrokerSettings } from '../../lib/cluster/broker-settings.ts'
import { SoleBroker } from '../../lib/cluster/sole-broker.ts'
import { Topics } from '../../lib/cluster/topics.ts'
import { groupSettingsOf } from '../../lib/groups/group-settings.ts'
import { Groups } from '../../lib/groups/groups.ts'
import { GroupOffsets } from '../../lib/groups/offsets.ts'
import { Janitor } from '../../lib/janitor/janitor.ts'
import { type SendOptions, type TestCluster, testCluster } from '../http/cluster.ts'
import { memoryStores } from '../log/world.ts'
import { SkewedClock } from '../world/skewed-clock.ts'
import { allowed, guarded, type Use } from './guarded-stores.ts'
import { functionFor } from './routed.ts'

const use: Use = { used: new Set(), refused: new Set() }
const stores = memoryStores()
const instances = new Map<FunctionName, TestCluster>()

/** Groups do not wait for members that never come. */
const configs = { 'group.initial.rebalance.delay.ms': '0' }

/** Each function has a memory of its own, and forgets it as often as Lambda may. */
function instance(name: FunctionName): TestCluster {
  const there = instances.get(name)
  if (there !== undefined) return there
  const made = testCluster({
    ...guarded(name, stores, use),
    logOptions: { readAheadBytes: 0, foldsFirst: true },
    configs,
  })
  instances.set(name, made)
  return made
}

const send = (method: string, path: string, options?: SendOptions) =>
  instance(functionFor(method, path.split('?')[0] ?? '')).send(method, path, options)

async function ok(method: string, path: string, options?: SendOptions) {
  const sent = await send(method, path, options)
  expect(`${method} ${path}: ${sent.status} ${sent.status < 300 ? '' : sent.text}`).toMatch(/: 2\d\d /)
  return sent
}

const produce = (topic: string, bytes: number) =>
  ok('POST', `/topics/${topic}`, { json: { records: [{ key: 'k', value: 'x'.repeat(bytes), partition: 0 }] } })

/** Two days on, and eager: consolidates, sweeps, expires, and finishes what was deleted. */
async function clean(times: number) {
  const { meta, objects } = guarded('janitor', stores, use)
  const clock = new SkewedClock(systemClock)
  const faults: unknown[] = []
  for (let round = 1; round <= times; round += 1) {
    clock.skewMs += 2 * 24 * 3_600_000
    const parts = { meta, objects, clock, entropy: systemEntropy, report: (fault: unknown) => faults.push(fault) }
    const topics = new Topics({ ...parts, cacheMs: 0 })
    const brokers = new SoleBroker({ id: 0, host: 'functions', port: 443, rack: null })
    const offsets = new GroupOffsets({ ...parts, topics })
    const groups = new Groups({
      ...parts,
      topics,
      brokers,
      offsets,
      settings: () => groupSettingsOf(new BrokerSettings({ meta, clock, brokerId: 0 }).config),
    })
    const janitor = new Janitor(
      { ...parts, topics, offsets: groups },
      { consolidateBytesMin: 1, offsetsRetentionMs: 3_600_000 },
    )
    for (let step = 0; step < 20; step += 1) {
      const report = await janitor.step({ budget: { callsMax: 10_000, msMax: 60_000 } })
      expect(report.faults).toEqual([])
      if (report.atRest) break
    }
    groups.close()
  }
  expect(faults).toEqual([])
}

async function overHttp() {
  const cluster = `/v3/clusters/${(await ok('GET', '/v3/clusters')).body.data[0].cluster_id}`
  await ok('GET', '/healthz')
  await ok('GET', cluster)
  for (const name of ['orders', 'brief']) {
    await ok('POST', `${cluster}/topics`, { json: { topic_name: name, partitions_count: 2 } })
  }
  await ok('PATCH', `${cluster}/topics/orders`, { json: { partitions_count: 3 } })
  await ok('PUT', `${cluster}/topics/orders/configs/retention.ms`, { json: { value: '-1' } })
  for (let batch = 0; batch < 70; batch += 1) await produce('orders', 10)
  for (let batch = 0; batch < 40; batch += 1) await produce('orders', 100_000)
  await produce('brief', 500_000)
  await ok('POST', '/topics/orders/partitions/1', { json: { records: [{ value: 1 }] } })
  await ok('GET', '/topics/orders/partitions/0/records?offset=0')
  await ok('GET', '/topics/orders/partitions/0/records?offset=90')
  await ok('GET', '/topics/orders/partitions/0/offsets?timestamp=0')
  await ok('GET', `${cluster}/topics/orders/partitions/0/offset`)
  await ok('DELETE', '/topics/orders/partitions/0/records?before=5')
  const offsets = { offsets: [{ topic: 'orders', partition: 0, offset: 7 }] }
  for (const group of ['readers', 'gone']) {
    await ok('POST', `/groups/${group}/offsets`, { json: offsets })
    await ok('GET', `/groups/${group}/offsets`)
    await ok('GET', `${cluster}/consumer-groups/${group}/lags`)
  }
  await ok('GET', `${cluster}/consumer-groups`)
  await ok('DELETE', '/groups/gone/offsets')
  await ok('DELETE', '/groups/gone')
  await ok('DELETE', `${cluster}/topics/brief`)
  await ok('POST', `${cluster}/topics`, { json: { topic_name: 'brief', partitions_count: 1 } })
  await produce('brief', 10)
}

/** While it is set, nothing comes through. */
let isCut = false
const fetch = async (input: string | URL | Request, init?: RequestInit) => {
  if (isCut) throw new TypeError('the connection was cut')
  return instance('kafka').app.request(String(input), init)
}
const kafka = new Kafka({ ...kafkajsOverHttp({ url: 'http://functions.test', fetch }), logLevel: logLevel.NOTHING })

/** From the beginning of a topic to an offset of its partition 0, in the group of the topic's name. */
async function readOverKafka(topic: string, last: string, leave = true) {
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 200, retry: { retries: 0 } })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await new Promise((resolve) => {
    consumer.run({
      eachMessage: async ({ message }) => {
        if (message.offset === last) resolve(undefined)
      },
    })
  })
  isCut = !leave
  await consumer.disconnect()
  isCut = false
}

async function overKafka() {
  const admin = kafka.admin()
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await Promise.all([admin.connect(), producer.connect()])
  await admin.createTopics({ topics: [{ topic: 'kafkajs', numPartitions: 2 }], waitForLeaders: true })
  await admin.createPartitions({ topicPartitions: [{ topic: 'kafkajs', count: 3 }] })
  for (let batch = 0; batch < 60; batch += 1) {
    await producer.send({
      topic: 'kafkajs',
      messages: [{ value: 'x'.repeat(batch % 2 === 0 ? 10 : 200_000), partition: 0 }],
    })
  }
  await readOverKafka('kafkajs', '59')
  await admin.deleteTopicRecords({ topic: 'kafkajs', partitions: [{ partition: 0, offset: '3' }] })
  await admin.deleteGroups(['kafkajs'])
  await admin.createTopics({ topics: [{ topic: 'gone' }] })
  await admin.deleteTopics({ topics: ['gone'] })
  await admin.createTopics({ topics: [{ topic: 'gone' }] })
  await Promise.all([admin.disconnect(), producer.disconnect()])
}

/** What the ports do not show. */
const unseen = new Set([
  // S3's adapter looks at a key that it found taken, to see whether it was its own put that took it.
  'produce: read intake/',
  // Nothing is listed: who may not list is told 403 of an object that is gone, and would take S3 for broken.
  'fetch: list',
  'kafka: list',
])

test('what the functions do is what they may, and they may do no more', { timeout: 60_000 }, async () => {
  await overHttp()
  await overKafka()
  await clean(1)
  instances.clear()
  await ok('GET', '/topics/orders/partitions/0/records?offset=10')
  await readOverKafka('orders', '99', false)
  const cluster = `/v3/clusters/${(await ok('GET', '/v3/clusters')).body.data[0].cluster_id}`
  await ok('DELETE', `${cluster}/topics/orders`)
  await clean(2)
  expect([...use.refused]).toEqual([])
  expect(functionNames.flatMap(allowed).filter((call) => !use.used.has(call) && !unseen.has(call))).toEqual([])
})
