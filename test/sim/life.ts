/**
 * The life of a process: it may stand still, in which case nothing that it waits for comes before it is thawed, and it may
 * die, in which case nothing ever comes. What it has sent goes on without it. Its clock is its own: wrong, and set at times.
 */
import type { Clock } from '../../lib/base/clock.ts'
import type { Scheduler } from './scheduler.ts'

export class Life {
  isDead = false
  #held: (() => void)[] | undefined
  readonly #mourners = new Set<() => void>()

  get isFrozen(): boolean {
    return this.#held !== undefined
  }

  /** Neither frozen nor dead. */
  get goes(): boolean {
    return this.#held === undefined && !this.isDead
  }

  /** Lets the process go on with something: now, once it is thawed, or never. */
  goOn(step: () => void): void {
    if (this.isDead) return
    if (this.#held) this.#held.push(step)
    else step()
  }

  freeze(): void {
    this.#held ??= []
  }

  thaw(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const step of held) this.goOn(step)
  }

  kill(): void {
    this.isDead = true
    this.#held = undefined
    for (const told of this.#mourners) told()
    this.#mourners.clear()
  }

  /** Calls `told` at its death; the function that is answered ends that. */
  onDeath(told: () => void): () => void {
    this.#mourners.add(told)
    return () => void this.#mourners.delete(told)
  }
}

/** A port as a process sees it: see `Life`. */
export function living<Port extends object>(life: Life, port: Port): Port {
  const calls = Object.entries(port).map(
    ([name, call]: [string, (...args: readonly unknown[]) => Promise<unknown>]) => [
      name,
      (...args: readonly unknown[]) =>
        new Promise((resolve, reject) => {
          if (life.isDead) return
          call(...args).then(
            (answer) => (life.goes ? resolve(answer) : life.goOn(() => resolve(answer))),
            (fault) => life.goOn(() => reject(fault)),
          )
        }),
    ],
  )
  return Object.fromEntries(calls)
}

export class ProcessClock implements Clock {
  skewMs = 0
  readonly #scheduler: Scheduler
  readonly #life: Life

  constructor(scheduler: Scheduler, life: Life) {
    this.#scheduler = scheduler
    this.#life = life
  }

  now = () => this.#scheduler.now() + this.skewMs

  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      if (!signal) return void this.#scheduler.after(ms, () => this.#life.goOn(resolve))
      const planned = this.#scheduler.after(ms, () =>
        this.#life.goOn(() => {
          signal.removeEventListener('abort', stop)
          resolve()
        }),
      )
      const stop = () => {
        this.#scheduler.callOff(planned)
        resolve()
      }
      signal.addEventListener('abort', stop, { once: true })
    })
}
