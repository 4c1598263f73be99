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

/** Random bytes for ids and marks; fractions for pauses, which need no secrecy. */
export const systemEntropy: Entropy = {
  bytes: (length) => randomFillSync(new Uint8Array(length)),
  fraction: () => Math.random(),
}
