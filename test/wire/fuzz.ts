/**
 * Breaks frames and reads them. Run by the tests with 100,000 frames, and by hand with more:
 * `node test/wire/fuzz.ts 1000000 [seed]`. It ends with an error on anything but a value or `MalformedFrame`, and names
 * the frame and the seed.
 */
import { seeded } from '../world/seeded.ts'
import { type CorpusFrame, corpus, outcomeOf } from './corpus.ts'

/** A number from 0 to `below - 1`. */
export type Choose = (below: number) => number

/** What lengths, counts and varints are at their worst. */
const hostileNumbers = [0x7fffffff, -1, -2, -0x80000000, 0x7ffffffe, 0x10000, 0x7fff, 0x8000, 100_000_000, 0, 1]
const hostileVarints = ['ffffffff0f', 'ffffffff07', '8080808008', 'ffffffffff', 'ff7f', '8100', '00', '8080808000'].map(
  (hex) => Buffer.from(hex, 'hex'),
)

const spliced = (bytes: Buffer, at: number, removed: number, inserted: Uint8Array) =>
  Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)])

type Mutation = (bytes: Buffer, choose: Choose) => Buffer

const mutations: readonly Mutation[] = [
  function flipBit(bytes, choose) {
    const at = choose(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << choose(8))
    return bytes
  },
  function setByte(bytes, choose) {
    bytes[choose(bytes.length)] = choose(256)
    return bytes
  },
  function setNumber(bytes, choose) {
    if (bytes.length >= 4)
      bytes.writeInt32BE(hostileNumbers[choose(hostileNumbers.length)] ?? 0, choose(bytes.length - 3))
    return bytes
  },
  function setVarint(bytes, choose) {
    const varint = hostileVarints[choose(hostileVarints.length)] ?? Buffer.alloc(0)
    return spliced(bytes, choose(bytes.length), choose(varint.length + 1), varint)
  },
  function truncate(bytes, choose) {
    return bytes.subarray(0, choose(bytes.length))
  },
  function remove(bytes, choose) {
    return spliced(bytes, choose(bytes.length), 1 + choose(8), Buffer.alloc(0))
  },
  function insert(bytes, choose) {
    return spliced(bytes, choose(bytes.length), 0, Buffer.alloc(1 + choose(8), choose(256)))
  },
  function repeat(bytes, choose) {
    const at = choose(bytes.length)
    return spliced(bytes, at, 0, bytes.subarray(at, at + 1 + choose(64)))
  },
  function otherVersion(bytes, choose) {
    if (bytes.length >= 4) bytes.writeInt16BE(choose(20), 2)
    return bytes
  },
  function noise(_, choose) {
    return Buffer.from(Uint8Array.from({ length: choose(64) }, () => choose(256)))
  },
]

export function broken(bytes: Buffer, choose: Choose): Buffer {
  let mutated: Buffer = Buffer.from(bytes)
  for (let times = 1 + choose(3); times > 0 && mutated.length > 0; times--) {
    mutated = mutations[choose(mutations.length)]?.(mutated, choose) ?? mutated
  }
  return mutated
}

export interface FuzzReport {
  readonly decoded: number
  readonly unsupported: number
  readonly malformed: number
}

/** @param look is called with each frame that was read; for measurements. */
export function fuzz(
  frames: number,
  seed: number,
  look: (frame: CorpusFrame, bytes: Buffer) => void = () => {},
): FuzzReport {
  const { fraction } = seeded(seed)
  const choose: Choose = (below) => Math.floor(fraction() * below)
  const counts = { decoded: 0, unsupported: 0, malformed: 0 }
  for (let index = 0; index < frames; index++) {
    const frame = corpus[choose(corpus.length)] as CorpusFrame
    const bytes = broken(frame.bytes, choose)
    try {
      counts[outcomeOf(frame, bytes)]++
    } catch (cause) {
      throw new Error(`seed ${seed}, frame ${index}, from ${frame.name}: ${bytes.toString('hex')}`, { cause })
    }
    look(frame, bytes)
  }
  return counts
}

if (import.meta.main) {
  const [frames = '1000000', seed = '1'] = process.argv.slice(2)
  let last = performance.now()
  let slowest = { ms: 0, name: '', bytes: 0 }
  let rssMax = 0
  let looked = 0
  const began = last
  const report = fuzz(Number(frames), Number(seed), ({ name }, bytes) => {
    const now = performance.now()
    if (now - last > slowest.ms) slowest = { ms: now - last, name, bytes: bytes.length }
    if (looked++ % 1_000 === 0) rssMax = Math.max(rssMax, process.memoryUsage.rss())
    last = performance.now()
  })
  console.log(report, {
    corpus: corpus.length,
    seconds: (last - began) / 1_000,
    slowest,
    rssMaxMB: Math.round(rssMax / 1e6),
  })
}
