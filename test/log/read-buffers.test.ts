/** Memory that is read into again: never while somebody looks at it, whoever holds it and however reads meet. */
import { assert, asyncProperty, constantFrom, integer, array as many, nat, property, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { offset } from '../../lib/base/ids.ts'
import { Log } from '../../lib/log/log.ts'
import type { ReadResult } from '../../lib/log/log-types.ts'
import { ReadBuffers, type ReadSlice } from '../../lib/log/read-buffers.ts'
import { StoreUnavailable } from '../../lib/store/errors.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { watched } from './watched-stores.ts'
import { batchOf, memoryStores, openLog, partitionOf, type Stores } from './world.ts'

const spoil = (bytes: Uint8Array) => void bytes.fill(0xee)

describe('memory for reads', () => {
  test('is given to one at a time, and is whole for as long as it is held', () => {
    const step = tuple(constantFrom('take', 'hold', 'release', 'release'), nat(1_500), nat(1_000))
    assert(
      property(many(step, { maxLength: 200 }), constantFrom(0, 6_400, 64_000), (steps, cacheBytesMax) => {
        const buffers = new ReadBuffers({ cacheBytesMax, spoil })
        const held: { readonly slice: ReadSlice; readonly filled: number }[] = []
        for (const [index, [what, length, choice]] of steps.entries()) {
          const at = choice % Math.max(held.length, 1)
          const chosen = held[at]
          if (what === 'take') {
            const slice = buffers.take(length)
            expect(slice.bytes).toHaveLength(length)
            slice.bytes.fill(index % 200)
            held.push({ slice, filled: index % 200 })
          } else if (what === 'hold' && chosen) {
            chosen.slice.buffer.hold()
            held.push(chosen)
          } else if (what === 'release' && chosen) {
            held.splice(at, 1)
            chosen.slice.buffer.release()
          }
          for (const { slice, filled } of held) expect(slice.bytes.every((byte) => byte === filled)).toBe(true)
          expect(buffers.freeBytes).toBeLessThanOrEqual(cacheBytesMax / 2)
        }
      }),
    )
  })

  test('is used again when the last one has released it', () => {
    const buffers = new ReadBuffers()
    const lengths = [5_000, 300_000, 700_000, 3_000_000]
    const memory = new Set<ArrayBufferLike>()
    for (let round = 0; round < 20; round++) {
      const slices = lengths.map((length) => buffers.take(length))
      for (const { bytes } of slices) memory.add(bytes.buffer)
      for (const { buffer } of slices) buffer.release()
    }
    expect(memory.size).toBeLessThanOrEqual(4)
  })

  test('that has gone back can neither be held nor released', () => {
    const buffers = new ReadBuffers()
    const { buffer } = buffers.take(3_000_000)
    buffer.release()
    expect(() => buffer.hold()).toThrow('gone back')
    expect(() => buffer.release()).toThrow('more often')
    const again = buffers.take(3_000_000)
    expect(again.buffer.bytes).toBe(buffer.bytes)
    expect(() => buffer.release()).toThrow('more often')
  })
})

const partitions = [0, 1, 2].map(partitionOf)

/** Calls that take their time, each its own, and fail now and then. */
function unsteady(stores: Stores, draw: () => number, faults: boolean): Stores {
  return watched(stores, async ({ store, method }) => {
    for (let turns = Math.floor(draw() * 4); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
    if (faults && store === 'objects' && method === 'get' && draw() < 0.1) throw new StoreUnavailable('a test')
  })
}

type Read = Extract<ReadResult, { outcome: 'read' }>

/** Reads on and on, and looks at what it was answered until it releases it, some turns and reads later. */
async function consume(
  log: Log,
  draw: () => number,
  from: number,
  ends: readonly number[],
): Promise<Map<string, Buffer>> {
  const seen = new Map<string, Buffer>()
  const held: { readonly read: Read; readonly copies: readonly Buffer[] }[] = []
  const at = partitions.map(() => from)
  const letGo = () => {
    const [first] = held.splice(Math.floor(draw() * held.length), 1)
    for (const [index, chunk] of (first?.read.chunks ?? []).entries()) {
      expect(Buffer.compare(chunk, first?.copies[index] ?? chunk)).toBe(0)
    }
    first?.read.release()
    if (draw() < 0.2) first?.read.release()
  }
  while (at.some((position, partition) => position < (ends[partition] ?? 0))) {
    const wanted = [...at.keys()].filter(() => draw() < 0.7)
    const reads = await Promise.all(
      wanted.map(async (partition) => {
        const position = offset(at[partition] ?? 0)
        const maxBytes = Math.floor(draw() * 3_000)
        return { partition, position, read: await log.read(partitionOf(partition), position, { maxBytes }) }
      }),
    )
    for (const { partition, position, read } of reads) {
      if (read.outcome !== 'read') continue
      const copies = read.chunks.map((chunk) => Buffer.from(chunk))
      if (copies.length > 0) seen.set(`${partition} from ${position} to ${read.nextOffset}`, Buffer.concat(copies))
      at[partition] = read.nextOffset
      held.push({ read, copies })
    }
    while (held.length > 4 || (held.length > 0 && draw() < 0.5)) letGo()
    if (draw() < 0.5) await new Promise((resolve) => setImmediate(resolve))
  }
  while (held.length > 0) letGo()
  return seen
}

/** The batches of a partition from one offset to another, by a log that has read nothing else. */
async function written(stores: Stores, range: string): Promise<Buffer> {
  const [partition, from, to] = range.split(/ from | to /).map(Number)
  const log = openLog(stores, new SimClock(), seeded(9), { readAheadBytes: 0 })
  const chunks: Uint8Array[] = []
  for (let at = offset(from ?? 0); at < (to ?? 0); ) {
    const read = await log.read(partitionOf(partition ?? 0), at, { maxBytes: 1 })
    if (read.outcome !== 'read') throw new Error(`cannot read ${range}`)
    chunks.push(...read.chunks)
    at = read.nextOffset
  }
  return Buffer.concat(chunks)
}

test('readers who meet, come back and let go late get what was written, in memory that is used again at once', async () => {
  await assert(
    asyncProperty(
      integer(),
      constantFrom(0, 3_000, 40_000, 1_000_000),
      constantFrom(0, 1, 8),
      constantFrom(true, false),
      async (seed, cacheBytesMax, inlineUnitsMax, faults) => {
        const entropy = seeded(seed)
        const draw = () => (entropy.bytes(1)[0] ?? 0) / 256
        const clock = new SimClock()
        const stores = memoryStores()
        const buffers = new ReadBuffers({ cacheBytesMax, spoil })
        const parts = { ...unsteady(stores, draw, faults), clock, entropy, buffers }
        const log = new Log(parts, { cacheBytesMax, inlineUnitsMax, soleProcess: true })
        const ends = partitions.map(() => 0)
        const append = async (values: number) => {
          const answers = partitions.map(async (id, partition) => {
            const batch = batchOf(
              Array.from({ length: values }, (_, n) => `${partition} ${n} `.repeat(1 + draw() * 60)),
            )
            const answer = await log.append(id, batch)
            if (answer.outcome === 'appended') ends[partition] = answer.baseOffset + values
          })
          await Promise.all(answers)
        }
        for (let count = 0; count < 8; count++) await clock.run(append(1 + Math.floor(draw() * 4)))
        // Some read what another has written already, some wait for what is written meanwhile.
        const reading = [0, 0, 3].map((from) => consume(log, draw, from, ends))
        const writing = (async () => {
          for (let count = 0; count < 6; count++) await append(1 + Math.floor(draw() * 4))
        })()
        const [...seen] = await clock.run(Promise.all([...reading, writing]))
        for (const some of seen) {
          for (const [range, bytes] of some ?? []) expect(Buffer.compare(bytes, await written(stores, range))).toBe(0)
        }
      },
    ),
    { numRuns: 60 },
  )
})
