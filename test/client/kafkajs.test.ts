/** kafkajs on a cluster that it reaches over HTTP only: by its socket factory, and through the bridge. */
import { type Admin, CompressionTypes, type Consumer, Kafka, type KafkaConfig, logLevel } from 'kafkajs'
import { afterEach, describe, expect, test } from 'vitest'
import { kafkajsOverHttp } from '../../lib/client/kafkajs-socket.ts'
import { bridge, closeAfterEach, cluster } from './kafka-over-http.ts'

const running: { disconnect(): Promise<void> }[] = []
closeAfterEach()
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.disconnect()))
})

const ways: readonly {
  name: string
  reach: (url: string) => Promise<Pick<KafkaConfig, 'brokers' | 'socketFactory'>>
}[] = [
  { name: 'its socket factory', reach: async (url) => kafkajsOverHttp({ url }) },
  { name: 'the bridge', reach: async (url) => ({ brokers: [(await bridge(url)).address] }) },
]

describe.each(ways)('kafkajs by $name', ({ reach }) => {
  async function kafka() {
    const { http } = await cluster()
    return new Kafka({ clientId: 'test', logLevel: logLevel.NOTHING, ...(await reach(http)) })
  }

  async function admin(kafka: Kafka): Promise<Admin> {
    const admin = kafka.admin()
    running.push(admin)
    await admin.connect()
    return admin
  }

  async function read(consumer: Consumer, count: number): Promise<string[]> {
    const values: string[] = []
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachMessage: async ({ message }) => {
            values.push(String(message.value))
            if (values.length === count) resolve()
          },
        })
        .catch(reject)
    })
    return values
  }

  test('creates a topic, produces, consumes with a group, commits, and goes on where it was', async () => {
    const client = await kafka()
    const administrator = await admin(client)
    await administrator.createTopics({ topics: [{ topic: 'orders', numPartitions: 2 }] })
    const producer = client.producer()
    running.push(producer)
    await producer.connect()
    const messages = Array.from({ length: 50 }, (_, index) => ({ key: `k${index}`, value: `v${index}` }))
    await producer.send({ topic: 'orders', messages, compression: CompressionTypes.GZIP })

    const consume = async (count: number) => {
      const consumer = client.consumer({ groupId: 'readers', rebalanceTimeout: 5_000 })
      await consumer.connect()
      await consumer.subscribe({ topic: 'orders', fromBeginning: true })
      const values = await read(consumer, count)
      await consumer.disconnect()
      return values.sort()
    }
    expect(await consume(50)).toEqual(messages.map(({ value }) => value).sort())
    const offsets = await administrator.fetchOffsets({ groupId: 'readers', topics: ['orders'] })
    const committed = offsets[0]?.partitions.reduce((sum, { offset }) => sum + Number(offset), 0)
    expect(committed).toBe(50)
    await producer.send({ topic: 'orders', messages: [{ value: 'last' }] })
    expect(await consume(1)).toEqual(['last'])
  })

  test('an idempotent producer with five requests in flight keeps its order', async () => {
    const client = await kafka()
    await (await admin(client)).createTopics({ topics: [{ topic: 'orders' }] })
    const producer = client.producer({ idempotent: true, maxInFlightRequests: 5 })
    running.push(producer)
    await producer.connect()
    const values = Array.from({ length: 25 }, (_, index) => String(index))
    await Promise.all(values.map((value) => producer.send({ topic: 'orders', messages: [{ value }] })))
    const consumer = client.consumer({ groupId: 'readers' })
    running.push(consumer)
    await consumer.connect()
    await consumer.subscribe({ topic: 'orders', fromBeginning: true })
    expect((await read(consumer, 25)).map(Number).sort((a, b) => a - b)).toEqual(values.map(Number))
  })
})

test('kafkajs says what is wrong with the way', async () => {
  const { socketFactory, brokers } = kafkajsOverHttp({ url: 'http://127.0.0.1:9' })
  const client = new Kafka({ logLevel: logLevel.NOTHING, brokers, socketFactory, retry: { retries: 0 } })
  await expect(client.admin().connect()).rejects.toThrow(/No answer from http:\/\/127.0.0.1:9 /)
})
