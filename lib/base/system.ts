/** The real clock and the real randomness. The only place, besides the roots and the adapters, that may touch either. */
import { randomFillSync } from 'node:crypto'
import type { Clock } from './clock.ts'
import type { Entropy } from './entropy.ts'

/** The machine's time, which may be set back; its pauses are timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      // A timer of 0 takes a millisecond; this takes the rest of the event loop's turn.
      if (ms <= 0) return void setImmediate(resolve)
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done, { once: true })
    }),
}

/** A call for some bytes costs 4 µs, whatever their number: they are made in advance, and each is given away once. */
const randomPoolBytes = 4_096
let randomPool = new Uint8Array(0)

function randomBytes(length: number): Uint8Array {
  if (length > randomPoolBytes) return randomFillSync(new Uint8Array(length))
  if (randomPool.length < length) randomPool = randomFillSync(new Uint8Array(randomPoolBytes))
  const bytes = randomPool.slice(0, length)
  randomPool = randomPool.subarray(length)
  return bytes
}

/** Random bytes for ids and marks; fractions for pauses, which need no secrecy. */
export const systemEntropy: Entropy = {
  bytes: randomBytes,
  fraction: () => Math.random(),
}
