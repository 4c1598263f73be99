/** The matrix of real clients: every cell is a test. `npm run test:clients` installs, starts and tells what there is. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from './cache.ts'
import { clients } from './catalog.ts'
import { Driver, type ReadRecord } from './driver.ts'
import { administerGroup, configureGroup } from './java-tools.ts'
import { codecs, documentOf, Matrix, type Reader, readersOf } from './matrix.ts'
import type { Plan } from './run.ts'
import {
  administer,
  consumeMsMax,
  contentOf,
  expected,
  expectJavaPartitions,
  expectStored,
  isBy,
  migrate,
  pairPartitions,
  rebalance,
  recordsOf,
  resume,
} from './scenarios.ts'
import { WireClient } from './wire-client.ts'

const given = process.env.GREGOR_TEST_CLIENTS
const plan = given === undefined ? undefined : (JSON.parse(given) as Plan)

describe.skipIf(plan === undefined)('real clients, when npm run test:clients has started them', () => {
  const { bootstrap, starts, write, complete } = plan ?? { bootstrap: '', starts: {}, write: false, complete: false }
  const tested = clients.flatMap((client) => {
    const start = starts[client.name]
    return start === undefined ? [] : [{ client, start }]
  })
  const readers = tested.flatMap(({ client }) => readersOf(client))
  const matrix = new Matrix()
  const drivers = new Map<string, Driver>()
  const driverOf = (name: string) => {
    const driver = drivers.get(name)
    expect(driver, `${name} runs`).toBeDefined()
    return driver as Driver
  }
  let wire: WireClient
  /** Topics of an earlier run on the same server must not be met. */
  const run = Date.now().toString(36)
  const topicOf = (what: string, name: string) => `${what}-${name.replaceAll(/[^a-z0-9]+/gi, '-')}-${run}`
  const pairTopic = (producer: string) => topicOf('pairs', producer)
  /** An hour ago, in whole seconds. */
  const writtenMs = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000
  const writtenBy = (producer: string) =>
    codecs.flatMap((codec, n) => recordsOf(producer, codec, writtenMs + n * 60_000))

  /** A test that is a cell: it says no until it has passed. */
  const cell = (row: string, column: string, title: string, check: () => Promise<void>) =>
    test.concurrent(title, async () => {
      matrix.set(row, column, 'no')
      await check()
      matrix.set(row, column, 'yes')
    })

  beforeAll(async () => {
    wire = new WireClient(bootstrap)
    for (const { client, start } of tested) {
      drivers.set(client.name, new Driver(client.name, start, bootstrap))
      await wire.createTopic(pairTopic(client.name), pairPartitions)
    }
  })

  afterAll(async () => {
    wire.close()
    await Promise.all([...drivers.values()].map((driver) => driver.stop()))
  })

  describe.each(tested.map(({ client }) => client))('$name', ({ name, cannot }) => {
    const from = Array.from({ length: pairPartitions }, () => 0)
    for (const [n, codec] of codecs.entries()) {
      // One after the other: each looks at what came since the one before.
      test(`produces with ${codec}`, async () => {
        matrix.set(name, codec, 'no')
        await driverOf(name).produce(pairTopic(name), codec, recordsOf(name, codec, writtenMs + n * 60_000))
        await expectStored(wire, pairTopic(name), codec, from)
        matrix.set(name, codec, 'yes')
      })
    }
    if (cannot.admin === undefined) {
      cell(name, 'admin', 'creates, describes and deletes a topic', () =>
        administer(driverOf(name), topicOf('admin', name)),
      )
    }
  })

  describe('groups', () => {
    for (const { client, protocol, name } of readers) {
      cell(name, 'resume', `${name} commits, leaves and gets the rest later`, () =>
        resume(driverOf(client.name), wire, topicOf('resume', name), protocol),
      )
      if (client.cannot.rebalance !== undefined) continue
      cell(name, 'rebalance', `two members of ${name} share, and who stays has all`, () =>
        rebalance(driverOf(client.name), wire, topicOf('rebalance', name), protocol),
      )
      const migrates = client.protocols.includes('classic') && client.cannot.migrate === undefined
      if (protocol !== 'consumer' || !migrates) continue
      cell(
        name,
        'migrate',
        `a group of ${client.name} moves from the classic protocol to KIP-848 and back while it lives`,
        () => migrate(driverOf(client.name), wire, topicOf('migrate', name)),
      )
    }
  })

  describe('what each producer wrote', () => {
    const readings = new Map<string, Promise<readonly ReadRecord[]>>()
    const readBy = (reader: Reader) => {
      const reading = readings.get(reader.name) ?? readAll(reader)
      readings.set(reader.name, reading)
      return reading
    }
    /** One consumer reads the topics of all producers at once: joining a group is what takes time. */
    const readAll = async ({ client, protocol, name }: Reader) => {
      const topics = tested.map(({ client: producer }) => pairTopic(producer.name))
      let count = 0
      for (const topic of topics) {
        for (let partition = 0; partition < pairPartitions; partition++)
          count += (await wire.batches(topic, partition, 0)).end
      }
      return driverOf(client.name).consume({
        topics,
        group: topicOf('readers', name),
        protocol,
        count,
        waitMs: consumeMsMax,
      })
    }

    for (const reader of readers) {
      for (const { client: producer } of tested) {
        cell(reader.name, `from ${producer.name}`, `by ${producer.name} is read by ${reader.name}`, async () => {
          const read = (await readBy(reader)).filter((record) => isBy(producer.name, record))
          const takesTimestamps = producer.cannot.timestamps === undefined
          const shown = takesTimestamps ? read : read.map((record) => ({ ...record, timestamp: 0 }))
          expect(shown.map(contentOf).sort()).toEqual(expected(writtenBy(producer.name), takesTimestamps))
          if (!takesTimestamps) for (const { timestamp } of read) expect(Date.now() - timestamp).toBeLessThan(1_800_000)
          if (reader.client.cannot.topics === undefined)
            expect(new Set(read.map(({ topic }) => topic))).toEqual(new Set([pairTopic(producer.name)]))
        })
      }
    }
    const [java] = readers.filter(({ client }) => client.language === 'Java')
    const first = java ?? readers[0]
    for (const { client: producer } of first === undefined ? [] : tested) {
      cell(producer.name, 'partition', `${producer.name} puts keys where Java does`, async () => {
        expectJavaPartitions((await readBy(first as Reader)).filter((record) => isBy(producer.name, record)))
      })
    }
  })

  describe.runIf(tested.some(({ client }) => client.language === 'Java'))("Java's command line tools", () => {
    test.concurrent('kafka-configs sets, shows and deletes configs of groups', () =>
      configureGroup(bootstrap, topicOf('configs', 'tool')))
    test.concurrent('kafka-consumer-groups sets back, shows and deletes offsets and groups', () =>
      administerGroup(bootstrap, wire, topicOf('groups', 'tool')))
  })

  test.runIf(complete)('docs/clients.md says what was found', () => {
    const path = join(root, 'docs/clients.md')
    const found = documentOf(tested, matrix)
    if (write) writeFileSync(path, found)
    console.log(found)
    expect(readFileSync(path, 'utf8'), 'npm run test:clients -- --write writes it').toBe(found)
  })
})
