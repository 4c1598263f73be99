/** Time for simulations: hours of it pass in a moment, and every run is the same. */
import type { Clock } from '../../lib/base/clock.ts'

const idleTurnsMax = 1_000

/** Time passes only when every promise that can run has run; then it jumps to the next sleeper. */
export class SimClock implements Clock {
  #nowMs = 1_790_000_000_000
  #sleepers: { atMs: number; wake: () => void }[] = []

  now(): number {
    return this.#nowMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const sleeper = { atMs: this.#nowMs + Math.max(0, Math.ceil(ms)), wake: resolve }
      this.#sleepers.push(sleeper)
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper)
        resolve()
      })
    })
  }

  /** It is later all at once: sleepers oversleep. */
  jump(ms: number): void {
    this.#nowMs += ms
  }

  /** Time passes, and whoever sleeps until then or less wakes when it is his time. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    while (await this.#wakeNext(endMs));
    this.#nowMs = endMs
  }

  /**
   * Runs until `work` has settled. A world in which nobody can ever wake is a failure, not a hang; but a real store in it may
   * take some turns of the real event loop.
   */
  async run<T>(work: Promise<T>): Promise<T> {
    let settled = false
    const end = () => {
      settled = true
    }
    work.then(end, end)
    for (let idleTurns = 0; idleTurns < idleTurnsMax; idleTurns++) {
      const woken = await this.#wakeNext(Number.POSITIVE_INFINITY, () => settled)
      if (settled) return work
      if (woken) idleTurns = 0
    }
    throw new Error('everybody waits and nobody sleeps')
  }

  /** Lets everything run that can, then wakes the first sleeper whose time comes by `endMs`, if it is still wanted. */
  async #wakeNext(endMs: number, unwanted = () => false): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve))
    if (unwanted()) return false
    this.#sleepers.sort((a, b) => a.atMs - b.atMs)
    const [next] = this.#sleepers
    if (!next || next.atMs > endMs) return false
    this.#sleepers.shift()
    this.#nowMs = Math.max(this.#nowMs, next.atMs)
    next.wake()
    return true
  }
}
