/** What a Kafka client is told of a broker's configs is what it was started with, and where it came to be. */
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs'
import { expect, test } from 'vitest'
import { startLocal } from '../../lib/local/start-local.ts'

test('a local broker shows its id, its address and its settings', async () => {
  const configs = { 'num.partitions': '3', 'broker.rack': 'a' }
  const cluster = await startLocal({ data: 'memory', httpPort: 0, kafkaPort: 0, advertised: 'localhost:0', configs })
  const admin = new Kafka({ brokers: [cluster.kafka], logLevel: logLevel.NOTHING }).admin()
  try {
    await admin.connect()
    const { resources } = await admin.describeConfigs({
      resources: [{ type: ConfigResourceTypes.BROKER, name: '1' }],
      includeSynonyms: false,
    })
    const values = new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]))
    const port = cluster.kafka.split(':')[1]
    expect(Object.fromEntries(values)).toMatchObject({
      'node.id': '1',
      'num.partitions': '3',
      'broker.rack': 'a',
      listeners: `PLAINTEXT://127.0.0.1:${port}`,
      'advertised.listeners': `PLAINTEXT://localhost:${port}`,
      // As in the configuration that Kafka brings for a first start.
      'group.initial.rebalance.delay.ms': '0',
    })
  } finally {
    await admin.disconnect()
    await cluster.close()
  }
})
