import { expect, it } from 'vitest'
import { type Flush, readBatch } from '../../lib/log/batch.ts'
import { partitionKey } from '../../lib/log/keys.ts'
import type { AppendResult } from '../../lib/log/log-types.ts'
import { PartitionWriter } from '../../lib/log/partition-writer.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { batchOf, memoryStores, p0 } from './world.ts'

function open() {
  const clock = new SimClock()
  const { meta } = memoryStores()
  const answers: AppendResult[] = []
  const nobody = () => {}
  const parts = {
    meta,
    clock,
    entropy: seeded(1),
    brokerId: 0,
    foldsFirst: false,
    seen: nobody,
    landed: nobody,
    onBug: nobody,
  }
  const writer = new PartitionWriter({ ...parts, hint: () => undefined, putAgain: () => [] }, p0)
  const append = async (baseSequence: number, deadlineMs: number) => {
    const name = (clock.now() + baseSequence).toString(16).padStart(12, '0').padEnd(22, '0')
    const flush: Flush = { name, inline: true, put: Promise.resolve(), result: () => 'durable' }
    const read = readBatch(batchOf(['x'], { producerId: 1, producerEpoch: 0, baseSequence }))
    const answer = (result: AppendResult) => answers.push(result)
    writer.enqueue([{ batch: { ...read, leaderEpoch: undefined, deadlineMs, answer }, flush, position: 0 }])
    await clock.run(writer.settle({ dropAlone: false }))
  }
  return { clock, meta, writer, answers, append }
}

it('a batch is answered once, also one that is cut out of an update when its time is over', async () => {
  const { clock, answers, append } = open()
  await append(0, clock.now() + 1_000)
  await append(5, clock.now())
  expect(answers.map(({ outcome }) => outcome)).toEqual(['appended', 'out-of-order-sequence'])
})

it('a writer that waits for nothing but its next append may be forgotten, whatever it has folded', async () => {
  const { clock, meta, writer, append } = open()
  for (let n = 0; (await meta.query(partitionKey(p0), { from: 'page#', to: 'page#~' })).items.length === 0; n++) {
    await append(n, clock.now() + 1_000)
  }
  expect(writer.idle).toBe(true)
})
