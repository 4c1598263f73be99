/** A hundred members on two hundred partitions: how soon they settle, and how little is written for it. */
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { startLocal } from '../../lib/local/start-local.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import { openSqliteMetaStore } from '../../lib/store/adapters/sqlite/meta-store.ts'
import { Meter } from '../../lib/store/metered.ts'
import { FrameSplitter } from '../../lib/wire/frames.ts'
import { decodeResponse, encodeRequest } from '../../lib/wire/messages.ts'
import { createTopicsApi } from '../../lib/wire/schemas/19-create-topics.ts'
import { BrokerWorld } from '../broker/world.ts'
import { type Call, type WireGroup, WireMember } from './wire-member.ts'

const membersCount = 100
const group: WireGroup = { groupId: 'hundred', topic: 'wide', partitions: 200 }

/** Everybody joins at once; then all beat until none is told to join again. */
async function settled(members: readonly WireMember[]): Promise<void> {
  await Promise.all(members.map((member) => member.settle()))
  for (;;) {
    const beats = await Promise.all(members.map((member) => member.beat()))
    const called = members.filter((_, index) => beats[index] === false)
    if (called.length === 0) return
    await Promise.all(called.map((member) => member.settle()))
  }
}

function everyPartitionOnce(members: readonly WireMember[]): void {
  expect(new Set(members.map((member) => member.generation)).size).toBe(1)
  const all = members.flatMap((member) => member.partitions).sort((a, b) => a - b)
  expect(all).toEqual(Array.from({ length: group.partitions }, (_, index) => index))
}

describe('a hundred members on two hundred partitions', () => {
  test('settle with a handful of writes', async () => {
    const meter = new Meter()
    const meta = meter.metaStore(openSqliteMetaStore({ path: ':memory:', durability: 'process' }))
    const world = new BrokerWorld({
      stores: { meta, objects: new MemoryObjectStore() },
      configs: { 'group.initial.rebalance.delay.ms': '1000' },
    })
    await world.createTopic(group.topic, group.partitions)
    meter.reset()
    const call: Call = (api, version, request) => world.call(api, version, request)
    const members = Array.from({ length: membersCount }, () => new WireMember(call, group))
    const startMs = performance.now()
    await settled(members)
    const { items, writeUnits } = meter.bill
    const writes = items.put + items.update + items.delete
    console.log(
      `100 members settled in ${Math.round(performance.now() - startMs)} ms, ${writes} writes, ${writeUnits} units`,
    )
    everyPartitionOnce(members)
    // Ids, joins, the generation, assignments, the last syncs; each may come in a few portions.
    expect(writes).toBeLessThanOrEqual(30)
    expect(world.reported).toEqual([])
    world.services.groups.close()
  })

  test('settle on a local cluster, each on a connection of its own', async () => {
    const cluster = await startLocal({
      data: 'memory',
      kafkaPort: 0,
      httpPort: 0,
      configs: { 'group.initial.rebalance.delay.ms': '3000' },
    })
    const connections = Array.from({ length: membersCount }, () => connection(cluster.kafka))
    try {
      const topics = [
        { name: group.topic, numPartitions: group.partitions, replicationFactor: 1, assignments: [], configs: [] },
      ]
      await connections[0]?.call(createTopicsApi, 7, { topics, timeoutMs: 10_000, validateOnly: false })
      const members = connections.map(({ call }) => new WireMember(call, group))
      const startMs = performance.now()
      await settled(members)
      console.log(`100 members on 100 connections settled in ${Math.round(performance.now() - startMs)} ms`)
      everyPartitionOnce(members)
    } finally {
      for (const { close } of connections) close()
      await cluster.close()
    }
  })
})

function connection(address: string): { readonly call: Call; readonly close: () => void } {
  const [host = '', port = ''] = address.split(':')
  const socket = connect(Number(port), host)
  const splitter = new FrameSplitter(1 << 24)
  const waiting: ((frame: Buffer) => void)[] = []
  socket.on('data', (chunk) => {
    for (const frame of splitter.push(chunk)) waiting.shift()?.(frame)
  })
  const call: Call = async (api, version, request) => {
    const arrived = new Promise<Buffer>((resolve) => waiting.push(resolve))
    const sender = { correlationId: 1, clientId: 'member' }
    socket.write(Buffer.concat(encodeRequest(api, version, sender, request)))
    return decodeResponse(api, version, await arrived).response
  }
  return { call, close: () => socket.destroy() }
}
