/**
 * The memory that all connections' requests share. While it is used up nobody begins to read another request; who has a
 * part of one holds memory that only its end can free, so one such reader at a time has the turn and goes on, for a bounded
 * time. What is used can therefore pass the limit by one frame and a chunk for each reader that was let on, and some
 * request always comes to its end: no set of half-sent requests can stop the rest for good.
 */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import { frameTurnMsMax, socketReadBytesMax } from '../base/limits.ts'

/** A connection, as the budget sees it. */
export interface BudgetReader {
  /** It may ask again whether to read. */
  resume(): void
  /** Its turn is over and its frame is not whole: it has to go. */
  expel(): void
}

export class MemoryBudget {
  readonly #bytesMax: number
  readonly #clock: Clock
  #usedBytes = 0
  /** Who waits with a part of a request, and who waits with none, each in the order in which they were told to. */
  readonly #waitingAmidFrame = new Set<BudgetReader>()
  readonly #waiting = new Set<BudgetReader>()
  #turn: { readonly reader: BudgetReader; readonly over: AbortController } | undefined

  constructor({ bytesMax, clock }: { readonly bytesMax: number; readonly clock: Clock }) {
    this.#bytesMax = bytesMax
    this.#clock = clock
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Takes memory, or gives it back where `bytes` is negative. Taking never fails: `mayRead` comes first. */
  add(bytes: number): void {
    this.#usedBytes += bytes
    assert(this.#usedBytes >= 0, 'more memory was given back than was taken')
    if (bytes < 0) this.#letOn()
  }

  /** Whether the reader may read on. If not it is resumed in time. `amidFrame`: it has a part of a request. */
  mayRead(reader: BudgetReader, amidFrame: boolean): boolean {
    if (!amidFrame) this.#endTurn(reader)
    if (this.#usedBytes < this.#bytesMax || this.#turn?.reader === reader) return true
    if (amidFrame && this.#turn === undefined) {
      this.#beginTurn(reader)
      return true
    }
    ;(amidFrame ? this.#waitingAmidFrame : this.#waiting).add(reader)
    return false
  }

  /** The reader is gone; what it had taken it has given back. */
  leave(reader: BudgetReader): void {
    this.#waiting.delete(reader)
    this.#waitingAmidFrame.delete(reader)
    this.#endTurn(reader)
  }

  #beginTurn(reader: BudgetReader): void {
    const over = new AbortController()
    this.#turn = { reader, over }
    void this.#clock.sleep(frameTurnMsMax, over.signal).then(() => {
      if (!over.signal.aborted) reader.expel()
    })
  }

  #endTurn(reader: BudgetReader): void {
    if (this.#turn?.reader !== reader) return
    this.#turn.over.abort()
    this.#turn = undefined
    this.#letOn()
  }

  #letOn(): void {
    if (this.#usedBytes >= this.#bytesMax) {
      this.#giveTurn()
      return
    }
    // With room for everyone there are no turns; whoever had it may finish in peace.
    this.#turn?.over.abort()
    this.#turn = undefined
    // As many as there is room for, each of them for one chunk.
    let room = Math.max(1, Math.floor((this.#bytesMax - this.#usedBytes) / socketReadBytesMax))
    for (const waiting of [this.#waitingAmidFrame, this.#waiting]) {
      for (const reader of waiting) {
        if (room-- === 0) return
        waiting.delete(reader)
        reader.resume()
      }
    }
  }

  #giveTurn(): void {
    const [next] = this.#waitingAmidFrame
    if (this.#turn !== undefined || next === undefined) return
    this.#waitingAmidFrame.delete(next)
    this.#beginTurn(next)
    next.resume()
  }
}
