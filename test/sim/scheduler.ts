/**
 * The world's time and its only order: what is to happen lies in a heap, and of what is to happen at the same moment chance
 * takes one. The next thing happens only when every promise that can run has run; Node's own tick queue says when that is
 * (its ticks wait for all microtasks), so nothing polls and a step costs a microsecond. Nothing in a world may use a real
 * timer or a socket: nobody would wait for it.
 */
import { nextTick } from 'node:process'
import type { Clock } from '../../lib/base/clock.ts'
import type { Entropy } from '../../lib/base/entropy.ts'

interface Planned {
  readonly atMs: number
  readonly rank: number
  /** `undefined`: called off. It stays in the heap, and costs no turn. */
  happen: (() => void) | undefined
}

/** A world in which so much happens is one that never ends. */
const stepsMax = 2_000_000
const quiet = Promise.resolve()

export class Scheduler implements Clock {
  readonly #seed: number
  readonly #heap: Planned[] = []
  /** Planned since the time moved last. */
  #plannedNow = 0
  #nowMs = 1_790_000_000_000
  steps = 0

  constructor({ fraction }: Entropy) {
    this.#seed = Math.floor(fraction() * 2 ** 32)
  }

  now = () => this.#nowMs

  /** Lets something happen after so many milliseconds, or right now but after what can run. */
  after(ms: number, happen: () => void): Planned {
    const atMs = this.#nowMs + Math.max(0, Math.ceil(ms))
    const planned = { atMs, rank: this.#rank(atMs), happen }
    this.#push(planned)
    return planned
  }

  /** What has not happened yet does not. Most deadlines end so. */
  callOff(planned: Planned): void {
    planned.happen = undefined
  }

  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      if (!signal) return void this.after(ms, resolve)
      const planned = this.after(ms, () => {
        signal.removeEventListener('abort', stop)
        resolve()
      })
      const stop = () => {
        this.callOff(planned)
        resolve()
      }
      signal.addEventListener('abort', stop, { once: true })
    })

  /** Runs until `work` has settled. Throws where nothing is left that could settle it. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isSettled = false
    const settled = () => {
      isSettled = true
    }
    work.then(settled, settled)
    await this.#until(() => isSettled)
    if (!isSettled) throw new Error('everybody waits and nobody sleeps')
    return work
  }

  /** Runs until nothing is left to happen. */
  runOut = (): Promise<void> => this.#until(() => false)

  #until(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () => {
        if (isOver()) return resolve()
        let next = this.#pop()
        while (next && !next.happen) next = this.#pop()
        if (!next?.happen) return resolve()
        if (++this.steps > stepsMax) return reject(new Error('a world without an end'))
        if (next.atMs > this.#nowMs) {
          this.#nowMs = next.atMs
          this.#plannedNow = 0
        }
        next.happen()
        // From a microtask: a tick that is asked for here and now would come before them.
        quiet.then(whenQuiet)
      }
      const whenQuiet = () => nextTick(turn)
      quiet.then(whenQuiet)
    })
  }

  /** By chance, but of this very moment: what is taken out of a world changes no order at another time. */
  #rank(atMs: number): number {
    let mixed = Math.imul(this.#seed ^ atMs, 0x85ebca6b) ^ Math.imul(this.#nowMs, 0xc2b2ae35) ^ this.#plannedNow++
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
    mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39)
    return mixed ^ (mixed >>> 15)
  }

  #push(planned: Planned): void {
    const heap = this.#heap
    let at = heap.push(planned) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above] as Planned
      if (!isBefore(planned, parent)) break
      heap[at] = parent
      at = above
    }
    heap[at] = planned
  }

  #pop(): Planned | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (!first || !last || heap.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Planned, heap[below] as Planned)) below++
      const child = heap[below] as Planned
      if (!isBefore(child, last)) break
      heap[at] = child
      at = below
    }
    heap[at] = last
    return first
  }
}

const isBefore = (a: Planned, b: Planned) => a.atMs < b.atMs || (a.atMs === b.atMs && a.rank < b.rank)
