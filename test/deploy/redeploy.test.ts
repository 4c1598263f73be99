/** A deployment goes on: its janitor is called by the clock, and another version takes over what the last one has stored. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { awsOptions, clientOf, type Deployment, fresh, guarded } from './deployment.ts'

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

    test('what was stored is there after the next deployment, and goes on at the next offset', async () => {
      const [topic, group] = [fresh('kept'), fresh('kept')]
      const before = await clientOf(deployment)
      await before.topics.create(topic)
      // One that lies in the table, and one in the bucket.
      await before.produce(topic, [{ value: 'small' }])
      await before.produce(topic, [{ value: 'x'.repeat(900_000) }])
      await before.groups.commit(group, [{ topic, partition: 0, offset: 1 }])

      const { command, args } = deployment.redeploy
      const env = { ...process.env, ...deployment.env, CI: 'true' }
      const cdk = spawn(command, [...args, '-c', 'generation=2'], { cwd: root, env })
      let said = ''
      for (const stream of [cdk.stdout, cdk.stderr]) stream.on('data', (chunk) => (said += String(chunk)))
      const [code] = await once(cdk, 'close')
      expect(code, said).toBe(0)
      expect(said).not.toContain('(no changes)')

      const after = await clientOf(deployment)
      const { records } = await after.readOnce(topic, 0, { offset: 0, maxBytes: 2_000_000 })
      expect(records.map(({ value }) => value?.length)).toEqual([5, 900_000])
      expect(await after.groups.committed(group)).toMatchObject([{ topic, partition: 0, offset: 1 }])
      expect(await after.produce(topic, [{ value: 'next' }])).toMatchObject([{ outcome: 'produced', offset: 2 }])
    })
  })
})
