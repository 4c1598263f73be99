/** A deployment goes on: its janitor is called by the clock, and another version takes over what the last one has stored. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { functionNames } from '../../cdk/gregor-props.ts'
import type { GregorClient } from '../../lib/client/client.ts'
import { askAws, awsOptions, clientOf, type Deployment, fresh, guarded } from './deployment.ts'
import { type Acknowledged, Traffic } from './traffic.ts'

const root = resolve(import.meta.dirname, '../..')

describe.skipIf(guarded.length === 0)('a deployment goes on (npm run test:deploy)', () => {
  describe.each(guarded)('$name', (deployment: Deployment) => {
    test('its schedule calls the janitor, which says how far it has come', async () => {
      const dynamo = new DynamoDBClient(awsOptions(deployment))
      onTestFinished(() => dynamo.destroy())
      const { TableName } = deployment.outputs
      const Key = { pk: { S: 'janitor' }, sk: { S: 'cursor' } }
      const cursor = async () => (await dynamo.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item
      // A minute after the deployment, and an emulator looks every ten seconds.
      await vi.waitFor(async () => expect(await cursor()).toHaveProperty('phase'), { timeout: 110_000, interval: 500 })
    })

    test('what was stored is there after the next deployment, and nothing acknowledged meanwhile is lost', async () => {
      const [topic, group, busy] = [fresh('kept'), fresh('kept'), fresh('busy')]
      const before = await clientOf(deployment)
      await before.topics.create(topic)
      // One that lies in the table, and one in the bucket.
      await before.produce(topic, [{ value: 'small' }])
      await before.produce(topic, [{ value: 'x'.repeat(900_000) }])
      await before.groups.commit(group, [{ topic, partition: 0, offset: 1 }])
      const codeBefore = await codeOf(deployment)

      const traffic = await startTraffic(deployment, busy, group)
      onTestFinished(() => traffic.stop())
      await vi.waitFor(() => expect(traffic.partitions()).toBe(partitions), patience)
      const [acknowledgedBefore, failedBefore] = [traffic.acknowledged.length, traffic.failures.length]
      await redeploy(deployment)
      const acknowledgedAfter = traffic.acknowledged.length
      const codeAfter = await codeOf(deployment)
      // Another code serves all of them now.
      await vi.waitFor(() => expect(traffic.partitions(acknowledgedAfter)).toBe(partitions), patience)
      await traffic.stop()

      for (const [name, hash] of Object.entries(codeAfter)) expect(hash, name).not.toBe(codeBefore[name])
      expect(failedBefore).toBe(0)
      console.log(
        `${deployment.name}: ${acknowledgedAfter - acknowledgedBefore} records acknowledged during a deployment, ` +
          `${traffic.failures.length} requests failed (${[...new Set(traffic.failures)].join(', ')})`,
      )
      const after = await clientOf(deployment)
      await audit(after, busy, traffic)
      const [committed] = await after.groups.committed(group, busy)
      expect(committed?.offset).toBeGreaterThanOrEqual(traffic.committed)

      const { records } = await after.readOnce(topic, 0, { offset: 0, maxBytes: 2_000_000 })
      expect(records.map(({ value }) => value?.length)).toEqual([5, 900_000])
      expect(await after.groups.committed(group, topic)).toMatchObject([{ topic, partition: 0, offset: 1 }])
      expect(await after.produce(topic, [{ value: 'next' }])).toMatchObject([{ outcome: 'produced', offset: 2 }])
    }, 240_000)
  })
})

const partitions = 3
const patience = { timeout: 60_000, interval: 50 }

/** Small and large writers, one reader behind each of two, and one that commits. */
async function startTraffic(deployment: Deployment, topic: string, group: string): Promise<Traffic> {
  const client = () => clientOf(deployment)
  await (await client()).topics.create(topic, { partitions })
  const traffic = new Traffic()
  for (const [partition, bytes] of [20, 1_000, 100_000].entries())
    traffic.write(await client(), topic, partition, bytes)
  for (const partition of [0, 2]) traffic.follow(await client(), topic, partition)
  traffic.commit(await client(), group, topic)
  return traffic
}

/** What AWS says of each function's code: it changes with it. */
async function codeOf(deployment: Deployment): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const name of functionNames) {
    const path = `/2015-03-31/functions/${deployment.outputs[`Name${name}`]}/configuration`
    hashes[name] = (await askAws<{ CodeSha256: string }>(deployment, 'lambda', { method: 'GET', path })).CodeSha256
  }
  return hashes
}

async function redeploy({ redeploy: { command, args }, env }: Deployment): Promise<void> {
  const cdk = spawn(command, [...args, '-c', 'generation=2'], {
    cwd: root,
    env: { ...process.env, ...env, CI: 'true' },
  })
  let said = ''
  for (const stream of [cdk.stdout, cdk.stderr]) stream.on('data', (chunk) => (said += String(chunk)))
  const [code] = await once(cdk, 'close')
  expect(code, said).toBe(0)
  expect(said).not.toContain('(no changes)')
}

/**
 * Each acknowledged record is at its offset and nowhere else; offsets have no gap; whatever else is there was sent by a
 * request that failed, once. Readers have seen the same.
 */
async function audit(client: GregorClient, topic: string, traffic: Traffic): Promise<void> {
  const stored = new Map<string, string>()
  for (let partition = 0; partition < partitions; partition += 1) {
    let offset = 0
    for await (const record of client.read(topic, partition)) {
      expect(record.offset).toBe(offset++)
      stored.set(place({ partition, offset: record.offset }), String(record.value))
    }
  }
  const wrong = ({ value, ...at }: Acknowledged) => stored.get(place(at)) !== value
  expect(traffic.acknowledged.filter(wrong).map(place)).toEqual([])
  expect(traffic.read.filter(wrong).map(place)).toEqual([])
  expect(new Set(traffic.read.map(place)).size).toBe(traffic.read.length)
  const values = [...stored.values()]
  expect(new Set(values).size).toBe(values.length)
  const known = new Set(traffic.acknowledged.map(({ value }) => value))
  expect(values.filter((value) => !known.has(value) && !traffic.unknown.has(value))).toEqual([])
}

const place = ({ partition, offset }: { partition: number; offset: number }) => `${partition}@${offset}`
