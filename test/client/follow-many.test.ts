/** More partitions than there may be connections: followed in rounds, and nothing is missed. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientPartitionsFollowedMax, clientRoundPauseMs } from '../../lib/base/limits.ts'
import { systemClock } from '../../lib/base/system.ts'
import { GregorClient } from '../../lib/client/client.ts'
import { type LocalCluster, startLocal } from '../../lib/local/start-local.ts'

let cluster: LocalCluster
beforeAll(async () => {
  cluster = await startLocal({ data: 'memory', httpPort: 0, kafkaPort: 0 })
})
afterAll(() => cluster.close())

test('a topic of more partitions than are followed at once is followed in rounds', async () => {
  let inFlight = 0
  let most = 0
  const client = new GregorClient({
    url: cluster.http,
    fetch: async (...words) => {
      most = Math.max(most, ++inFlight)
      return fetch(...words).finally(() => {
        inFlight -= 1
      })
    },
    // A pause between rounds is over at once.
    clock: {
      now: systemClock.now,
      sleep: (ms, signal) => systemClock.sleep(ms === clientRoundPauseMs ? 0 : ms, signal),
    },
  })
  const partitions = clientPartitionsFollowedMax + 40
  await client.topics.create('wide', { partitions })
  const record = (value: string, partition: number) => ({ value, partition })
  await client.produce('wide', [record('a', 0), record('b', 0), record('c', partitions - 1)])
  const seen: string[] = []
  const stop = new AbortController()
  const follow = async () => {
    for await (const { value, partition, offset } of client.consume('wide', { follow: true, signal: stop.signal })) {
      seen.push(`${value} ${partition} ${offset}`)
      if (seen.length === 3) await client.produce('wide', [record('d', 7), record('e', 0)])
      if (seen.length === 5) stop.abort(new Error('enough'))
    }
  }
  await expect(follow()).rejects.toThrow('enough')
  expect(seen.sort()).toEqual(['a 0 0', 'b 0 1', `c ${partitions - 1} 0`, 'd 7 0', 'e 0 2'])
  expect(most).toBeLessThanOrEqual(40)
})

test('following from the latest sees only what comes later, in rounds too', async () => {
  const client = new GregorClient({ url: cluster.http })
  const partitions = clientPartitionsFollowedMax + 1
  await client.topics.create('late', { partitions })
  await client.produce('late', [{ value: 'old', partition: 5 }])
  const stop = new AbortController()
  const seen: string[] = []
  const following = (async () => {
    for await (const { value } of client.consume('late', { from: 'latest', follow: true, signal: stop.signal })) {
      seen.push(String(value))
      stop.abort(new Error('enough'))
    }
  })()
  const produce = async () => {
    // Its first round finds the ends; what is produced again and again must be seen in one that follows.
    while (!stop.signal.aborted) await client.produce('late', [{ value: 'new', partition: 5 }])
  }
  await Promise.all([expect(following).rejects.toThrow('enough'), produce()])
  expect(seen.every((value) => value === 'new')).toBe(true)
})
