import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  batchPartitioner,
  choosePartition,
  defaultPartitioner,
  InvalidPartition,
  murmur2Hash,
  type PartitionerInput,
  partitionForKey,
  roundRobinPartitioner,
  stickyPartitioner,
} from '../../lib/records/partitioner.ts'

/** A sequence in place of chance. */
function entropyOf(...fractions: number[]) {
  let next = 0
  return {
    bytes: (length: number) => new Uint8Array(length),
    fraction: () => fractions[next++ % fractions.length] ?? 0,
  }
}

function input(changes: Partial<PartitionerInput> = {}): PartitionerInput {
  return { topic: 'orders', key: null, value: new Uint8Array(1_000), headers: [], partitionCount: 4, ...changes }
}

describe('by key', () => {
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])("the hash of %s is that of Kafka's clients", (key, hash) => {
    expect(murmur2Hash(Buffer.from(key))).toBe(hash)
  })

  test("keys go where Kafka's clients send them", () => {
    expect(['101', '102', '103', '104'].map((key) => partitionForKey(Buffer.from(key), 4))).toEqual([2, 1, 0, 3])
  })

  test('the partition is the hash without its sign, modulo the partitions', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), fc.integer({ min: 1, max: 10_000 }), (key, partitionCount) => {
        expect(partitionForKey(key, partitionCount)).toBe((murmur2Slowly(key) & 0x7fffffff) % partitionCount)
      }),
    )
  })

  test('the hash is that of the bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (key) => {
        expect(murmur2Hash(key)).toBe(murmur2Slowly(key))
        // A view into other bytes hashes alike.
        expect(murmur2Hash(Buffer.concat([Buffer.from('xyz'), key]).subarray(3))).toBe(murmur2Hash(key))
      }),
    )
  })

  test('an empty key is a key, none is not', () => {
    const partitioner = defaultPartitioner({ entropy: entropyOf(0.99) })
    const ofEmpty = partitionForKey(new Uint8Array(), 4)
    expect(partitioner(input({ key: new Uint8Array() }))).toBe(ofEmpty)
    expect(partitioner(input())).toBe(3)
    expect(ofEmpty).not.toBe(3)
  })
})

describe('without a key', () => {
  test('records stay with a partition until a batch is full, then go to another', () => {
    const partitioner = stickyPartitioner({ entropy: entropyOf(0.5, 0.5, 0, 0, 0.99), stickyBytes: 3_000 })
    const chosen = Array.from({ length: 15 }, () => partitioner(input()))
    expect(chosen).toEqual([2, 2, 2, 1, 1, 1, 0, 0, 0, 1, 1, 1, 3, 3, 3])
  })

  test('records without bytes do not stay for ever', () => {
    const partitioner = stickyPartitioner({ entropy: entropyOf(0, 0.9), stickyBytes: 100 })
    const chosen = new Set(Array.from({ length: 50 }, () => partitioner(input({ value: null }))))
    expect(chosen.size).toBeGreaterThan(1)
  })

  test('topics are apart, and fewer partitions than before are heeded', () => {
    const partitioner = stickyPartitioner({ entropy: entropyOf(0.99, 0, 0.5) })
    expect(partitioner(input())).toBe(3)
    expect(partitioner(input({ topic: 'other' }))).toBe(0)
    expect(partitioner(input())).toBe(3)
    expect(partitioner(input({ partitionCount: 2 }))).toBe(1)
  })

  test('the records of one call stay together, however many bytes they have', () => {
    const partitioner = batchPartitioner(entropyOf(0.5, 0))
    const chosen = Array.from({ length: 100 }, () => partitioner(input({ value: new Uint8Array(100_000) })))
    expect(new Set(chosen)).toEqual(new Set([2]))
    const key = Buffer.from('k')
    expect(partitioner(input({ key }))).toBe(partitionForKey(key, 4))
  })

  test('round robin takes each partition in turn, for each topic', () => {
    const partitioner = roundRobinPartitioner()
    expect(Array.from({ length: 6 }, () => partitioner(input({ key: Buffer.from('k') })))).toEqual([0, 1, 2, 3, 0, 1])
    expect(partitioner(input({ topic: 'other' }))).toBe(0)
  })

  test('every choice is a partition of the topic', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0, max: 0.999, noNaN: true }))),
        (asked) => {
          const fractions = asked.map(([, fraction]) => fraction)
          const sticky = stickyPartitioner({ entropy: entropyOf(...fractions), stickyBytes: 1 })
          const turns = roundRobinPartitioner()
          for (const [partitionCount] of asked) {
            for (const partitioner of [sticky, turns]) choosePartition(input({ partitionCount }), partitioner)
          }
        },
      ),
    )
  })
})

describe('a partitioner of one’s own', () => {
  test.each([0, 3])('may choose %d of four partitions', (partition) => {
    expect(choosePartition(input(), () => partition)).toBe(partition)
  })

  test.each([-1, 4, 1.5, Number.NaN])('that chooses %s of four partitions is told so', (partition) => {
    const chosen = () => choosePartition(input(), () => partition)
    expect(chosen).toThrow(InvalidPartition)
    expect(chosen).toThrow(`the partitioner chose partition ${partition} of orders, which has 0 to 3`)
  })
})

/** MurmurHash2 as its author wrote it, with Kafka's seed. */
function murmur2Slowly(key: Uint8Array): number {
  const view = new DataView(key.buffer, key.byteOffset, key.length)
  const m = 0x5bd1e995
  let hash = 0x9747b28c ^ key.length
  let at = 0
  for (; at + 4 <= key.length; at += 4) {
    let k = Math.imul(view.getInt32(at, true), m)
    k = Math.imul(k ^ (k >>> 24), m)
    hash = Math.imul(hash, m) ^ k
  }
  let rest = 0
  for (let index = key.length - 1; index >= at; index--) rest = (rest << 8) | view.getUint8(index)
  if (at < key.length) hash = Math.imul(hash ^ rest, m)
  hash = Math.imul(hash ^ (hash >>> 13), m)
  return hash ^ (hash >>> 15)
}
