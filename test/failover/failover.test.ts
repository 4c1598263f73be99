/**
 * Two gateways, processes of their own, on one store: one is killed under load, or stopped for longer than its lease and woken
 * again. Clients go on on the other one, and in the end every acknowledged record is there exactly once, in order.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { brokerSessionTimeoutMsDefault } from '../../lib/base/limits.ts'
import { buildBatch } from '../../lib/records/build.ts'
import { errorCodes } from '../../lib/wire/error-codes.ts'
import { produceApi } from '../../lib/wire/schemas/00-produce.ts'
import { auditRecords, pausesAfter } from './audit.ts'
import { ClusterClient, pause } from './cluster-client.ts'
import { endpoints, type RunningGateway, startGateway, stopGateway } from './gateways.ts'
import { Load } from './load.ts'
import { WireConnection } from './wire-connection.ts'

const partitions = 12
const topic = 'orders'
const warmUpMs = 4_000
const afterwardsMs = 4_000

interface World {
  readonly gateways: readonly [RunningGateway, RunningGateway]
  readonly client: ClusterClient
  readonly load: Load
  readonly consuming: Promise<void>
}

let started: RunningGateway[] = []
let clients: { close(): void }[] = []
let runs = 0

beforeEach(() => {
  started = []
  clients = []
})

afterEach(async () => {
  for (const client of clients) client.close()
  await Promise.all(started.map(stopGateway))
})

/** Both gateways lead some partitions of a topic, and all of them are under load. */
async function begin(): Promise<World> {
  const name = `failover-${process.pid}-${++runs}`
  const start = async (broker: number) => {
    const gateway = await startGateway(name, broker)
    started.push(gateway)
    return gateway
  }
  const gateways = [await start(1), await start(2)] as const
  // Each has seen the other.
  await pause(2_500)
  const bootstrap = gateways.map(({ address }) => address)
  const client = new ClusterClient(bootstrap)
  const load = new Load(bootstrap, topic, partitions)
  clients.push(client, load)
  await client.createTopic(topic, partitions)
  await load.start()
  const consuming = load.consume()
  await pause(warmUpMs)
  await client.refresh(topic)
  return { gateways, client, load, consuming }
}

const ledBy = (client: ClusterClient, broker: number) =>
  Array.from({ length: partitions }, (_, partition) => partition).filter(
    (partition) => client.leader(partition)?.node === broker,
  )

async function end({ load, consuming }: World): Promise<void> {
  await load.stop()
  await consuming
  auditRecords(load)
}

function report(what: string, { load }: World, led: readonly number[], momentMs: number) {
  const pauses = pausesAfter(load, led, momentMs)
  const records = load.consumed.reduce((sum, { values }) => sum + values.length, 0)
  const worst = (name: 'acknowledgedMs' | 'consumedMs') => Math.max(...pauses.map((each) => each[name]))
  console.log(
    `${what}: ${led.length} of ${partitions} partitions, acknowledged again after ${worst('acknowledgedMs')} ms, ` +
      `consumed again after ${worst('consumedMs')} ms (lease ${brokerSessionTimeoutMsDefault} ms); ${records} records in all`,
  )
  for (const { acknowledgedMs, consumedMs } of pauses) {
    expect(Number.isFinite(acknowledgedMs), 'acknowledged again').toBe(true)
    expect(Number.isFinite(consumedMs), 'consumed again').toBe(true)
  }
}

describe.skipIf(endpoints.dynamo === '' || endpoints.s3 === '')('two gateways (npm run test:failover)', () => {
  it('one is killed: its partitions are led by the other, and nothing acknowledged is lost or doubled', async () => {
    const world = await begin()
    const { gateways, client, load } = world
    const led = ledBy(client, 1)
    expect([led.length > 0, ledBy(client, 2).length > 0]).toEqual([true, true])
    const killedMs = Date.now()
    gateways[0].kill('SIGKILL')
    await pause(brokerSessionTimeoutMsDefault + afterwardsMs)
    await client.refresh(topic)
    expect(ledBy(client, 2).length).toBe(partitions)
    await end(world)
    report('kill -9', world, led, killedMs)
    expect(load.producers.every(({ acknowledged }) => acknowledged.length > 0)).toBe(true)
  })

  it('one is stopped for longer than its lease: what it had accepted it never appends, and its clients are sent away', async () => {
    const world = await begin()
    const { gateways, client } = world
    const [stopped] = gateways
    const led = ledBy(client, 1)
    expect(led.length).toBeGreaterThan(0)
    const [host = '', port = ''] = stopped.address.split(':')
    const faithful = new WireConnection(host, Number(port))
    clients.push(faithful)
    const produceTo = (partition: number, value: string) => {
      const records = Buffer.from(buildBatch({ now: Date.now(), records: [{ value: Buffer.from(value) }] }))
      const topicData = [{ name: topic, partitionData: [{ index: partition, records }] }]
      return faithful.ask(produceApi, 8, { transactionalId: null, acks: -1, timeoutMs: 30_000, topicData }, 60_000)
    }
    const codeOf = (answer: Awaited<ReturnType<typeof produceTo>>) =>
      answer.responses[0]?.partitionResponses[0]?.errorCode
    expect(codeOf(await produceTo(led[0] ?? 0, 'x/before'))).toBe(errorCodes.NONE)

    const stoppedMs = Date.now()
    stopped.kill('SIGSTOP')
    // Lie in its socket until it wakes.
    const waiting = led.map((partition) => produceTo(partition, `x/during/${partition}`))
    await pause(brokerSessionTimeoutMsDefault + afterwardsMs)
    stopped.kill('SIGCONT')
    for (const answer of await Promise.all(waiting)) expect(codeOf(answer)).toBe(errorCodes.NOT_LEADER_OR_FOLLOWER)
    await pause(afterwardsMs)
    // It is alive again, and leads nothing that the other one has taken.
    expect(codeOf(await produceTo(led[0] ?? 0, 'x/after'))).toBe(errorCodes.NOT_LEADER_OR_FOLLOWER)
    await end(world)
    report('SIGSTOP', world, led, stoppedMs)
    const values = world.load.consumed.flatMap((each) => each.values).filter((value) => value.startsWith('x/'))
    expect(values).toEqual(['x/before'])
  })

  it('one is asked to stop: it hands over, and nobody waits for its lease', async () => {
    const world = await begin()
    const { gateways, client } = world
    const led = ledBy(client, 1)
    expect(led.length).toBeGreaterThan(0)
    const askedMs = Date.now()
    gateways[0].kill('SIGTERM')
    await gateways[0].ended()
    await pause(afterwardsMs)
    await client.refresh(topic)
    expect(ledBy(client, 2).length).toBe(partitions)
    await end(world)
    report('SIGTERM', world, led, askedMs)
  })
})
