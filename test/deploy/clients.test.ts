/** Clients that are not ours alone on what is deployed: the command line, kafkajs without any broker, and through a bridge. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startBridge } from '../../lib/client/bridge.ts'
import { kafkajsOverHttp } from '../../lib/client/kafkajs-socket.ts'
import { errorCodes } from '../../lib/wire/error-codes.ts'
import { decodeResponse, encodeRequest } from '../../lib/wire/messages.ts'
import { consumerGroupHeartbeatApi } from '../../lib/wire/schemas/68-consumer-group-heartbeat.ts'
import { accessOf, apiKeyOf, assume, call, clientOf, type Deployment, deployments, fresh } from './deployment.ts'
import { tokenOf } from './tokens.ts'

const root = resolve(import.meta.dirname, '../..')

/** `gregor` as a person calls it, with what the API asks for: the key, a token, the credentials of the role Admin. */
async function gregor(deployment: Deployment, args: readonly string[], input = ''): Promise<string> {
  const env: NodeJS.ProcessEnv = { ...process.env, GREGOR_HOME: undefined }
  const flags = ['--url', deployment.url]
  if (deployment.name === 'guarded') {
    const { accessKeyId, secretAccessKey, sessionToken } = await assume(deployment, 'Admin')
    flags.push('--sigv4', '--region', deployment.region)
    const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
    Object.assign(env, keys, { AWS_SESSION_TOKEN: sessionToken ?? '' })
  }
  if (deployment.name === 'rest') flags.push('--api-key', await apiKeyOf(deployment))
  if (deployment.issuer !== undefined) Object.assign(env, { GREGOR_TOKEN: tokenOf(deployment.issuer) })
  const program = resolve(root, 'lib/cli/bin.mjs')
  const child = spawn(process.execPath, [program, ...args, ...flags], { env, cwd: root })
  let [out, said] = ['', '']
  child.stdout.on('data', (chunk) => (out += String(chunk)))
  child.stderr.on('data', (chunk) => (said += String(chunk)))
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`gregor ${args.join(' ')} ended with ${code}: ${said}`)
  return out
}

const kafka = (config: Pick<KafkaConfig, 'brokers'> & Partial<KafkaConfig>) =>
  new Kafka({ clientId: 'test', logLevel: logLevel.NOTHING, retry: { retries: 8 }, ...config })

/** Produces, and reads by two members of a group until each has a share and all has been seen. */
async function shareByGroup(client: Kafka): Promise<void> {
  const [topic, groupId] = [fresh('kafkajs'), fresh('group')]
  const admin = client.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 4 }] })
  const producer = client.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const values = Array.from({ length: 40 }, (_, index) => `${index}`)
  await producer.send({ topic, messages: values.map((value) => ({ key: `k${value}`, value })) })
  const seen: string[] = []
  const shares = [new Set<number>(), new Set<number>()]
  for (const share of shares) {
    const times = { sessionTimeout: 30_000, rebalanceTimeout: 30_000, heartbeatInterval: 500, maxWaitTimeInMs: 500 }
    const consumer = client.consumer({ groupId, ...times })
    onTestFinished(() => consumer.disconnect())
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      share.clear()
      for (const partition of payload.memberAssignment[topic] ?? []) share.add(partition)
    })
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) })
  }
  const patience = { timeout: 90_000, interval: 100 }
  await vi.waitFor(() => expect(shares.map(({ size }) => size)).toEqual([2, 2]), patience)
  await vi.waitFor(() => expect(new Set(seen)).toEqual(new Set(values)), patience)
  await vi.waitFor(async () => {
    const offsets = (await admin.fetchOffsets({ groupId, topics: [topic] }))[0]?.partitions ?? []
    expect(offsets.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0)).toBe(40)
  }, patience)
  await Promise.all([producer.disconnect(), admin.disconnect()])
}

describe.skipIf(deployments.length === 0)('clients of what is deployed (npm run test:deploy)', () => {
  describe.each(deployments)('$name', (deployment: Deployment) => {
    test('the command line creates, produces, consumes and describes', async () => {
      const topic = fresh('cli')
      await gregor(deployment, ['topic', 'create', topic, '--partitions', '2'])
      await gregor(deployment, ['produce', topic, '--key-separator', ':'], 'a:1\nb:2\na:3\n')
      const read = await gregor(deployment, ['consume', topic, '--group', `${topic}-group`])
      expect(read.trim().split('\n').sort()).toEqual(['1', '2', '3'])
      expect(await gregor(deployment, ['group', 'describe', `${topic}-group`])).toContain(topic)
      expect(await gregor(deployment, ['topic', 'list'])).toContain(topic)
    })

    test('kafkajs over POST /kafka: a group of two shares what an idempotent producer has written', async () => {
      await shareByGroup(kafka(kafkajsOverHttp({ url: deployment.url, ...(await accessOf(deployment)) })))
    })

    test('members of groups subscribe by patterns, which RE2 matches', async () => {
      const topic = fresh('pattern')
      await (await clientOf(deployment)).topics.create(topic, { partitions: 2 })
      const beat = {
        groupId: fresh('group'),
        memberId: crypto.randomUUID(),
        memberEpoch: 0,
        rebalanceTimeoutMs: 60_000,
      }
      const ask = async (subscribedTopicRegex: string) => {
        const request = { ...beat, subscribedTopicRegex, topicPartitions: [] }
        const frame = Buffer.concat(
          encodeRequest(consumerGroupHeartbeatApi, 1, { correlationId: 7, clientId: 'test' }, request),
        )
        const headers = { 'content-type': 'application/octet-stream', accept: 'application/octet-stream' }
        const { status, bytes } = await call(deployment, 'POST', '/kafka', {
          headers,
          body: new Uint8Array(frame.subarray(4)),
          role: 'Kafka',
        })
        expect(status).toBe(200)
        return decodeResponse(consumerGroupHeartbeatApi, 1, bytes).response
      }
      expect(await ask('(')).toMatchObject({ errorCode: errorCodes.INVALID_REGULAR_EXPRESSION })
      const { errorCode, assignment } = await ask(`${topic}.*`)
      expect([errorCode, assignment?.topicPartitions.map(({ partitions }) => partitions.length)]).toEqual([0, [2]])
    })

    test('any client of Kafka by a bridge, which is let in for it', async () => {
      const bridge = await startBridge({ url: deployment.url, port: 0, ...(await accessOf(deployment, 'Kafka')) })
      onTestFinished(() => bridge.close())
      const client = kafka({ brokers: [bridge.address] })
      const topic = fresh('bridge')
      const [admin, producer] = [client.admin(), client.producer()]
      await Promise.all([admin.connect(), producer.connect()])
      await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] })
      await producer.send({ topic, messages: ['a', 'b', 'c'].map((value) => ({ value })) })
      const ends = await admin.fetchTopicOffsets(topic)
      expect(ends.reduce((sum, { high }) => sum + Number(high), 0)).toBe(3)
      await Promise.all([admin.disconnect(), producer.disconnect()])
    })
  })
})
