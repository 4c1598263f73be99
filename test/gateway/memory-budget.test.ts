/** The memory that requests share: who may read, who waits, and who has to go. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameTurnMsMax, socketReadBytesMax } from '../../lib/base/limits.ts'
import { type BudgetReader, MemoryBudget } from '../../lib/gateway/memory-budget.ts'
import { SimClock } from '../world/sim-clock.ts'

const bytesMax = 10 * socketReadBytesMax

class Reader implements BudgetReader {
  resumed = 0
  expelled = 0
  resume(): void {
    this.resumed += 1
  }
  expel(): void {
    this.expelled += 1
  }
}

const full = () => {
  const clock = new SimClock()
  const budget = new MemoryBudget({ bytesMax, clock })
  budget.add(bytesMax)
  return { clock, budget }
}

describe('while the memory is used up', () => {
  test('nobody begins to read, and as many are let on as there is room for again', () => {
    const { budget } = full()
    const readers = [new Reader(), new Reader(), new Reader()]
    for (const reader of readers) expect(budget.mayRead(reader, false)).toBe(false)
    budget.add(-1)
    expect(readers.map(({ resumed }) => resumed)).toEqual([1, 0, 0])
    budget.add(-2 * socketReadBytesMax)
    expect(readers.map(({ resumed }) => resumed)).toEqual([1, 1, 1])
  })

  test('one reader amid a frame at a time reads on, and the next when its frame is whole', () => {
    const { budget } = full()
    const [first, second, third] = [new Reader(), new Reader(), new Reader()]
    expect(budget.mayRead(first, true)).toBe(true)
    expect(budget.mayRead(second, true)).toBe(false)
    expect(budget.mayRead(third, true)).toBe(false)
    expect(budget.mayRead(first, true)).toBe(true)
    expect(budget.mayRead(first, false)).toBe(false)
    expect([second.resumed, third.resumed]).toEqual([1, 0])
    expect(budget.mayRead(second, true)).toBe(true)
    budget.leave(second)
    expect(third.resumed).toBe(1)
  })

  test('who is gone has no turn', () => {
    const { budget } = full()
    const [first, gone, third] = [new Reader(), new Reader(), new Reader()]
    for (const reader of [first, gone, third]) budget.mayRead(reader, true)
    budget.leave(gone)
    budget.mayRead(first, false)
    expect([gone.resumed, third.resumed]).toEqual([0, 1])
  })

  test('who has the turn and does not come to an end is expelled, and the next has its turn', async () => {
    const { budget, clock } = full()
    const [stalled, next] = [new Reader(), new Reader()]
    budget.mayRead(stalled, true)
    budget.mayRead(next, true)
    await clock.pass(frameTurnMsMax - 1)
    expect(stalled.expelled).toBe(0)
    await clock.pass(1)
    expect(stalled.expelled).toBe(1)
    budget.leave(stalled)
    expect(next.resumed).toBe(1)
  })

  test('a turn that there was room for again is nobody’s, and its end means nothing', async () => {
    const { budget, clock } = full()
    const reader = new Reader()
    budget.mayRead(reader, true)
    budget.add(-1)
    await clock.pass(2 * frameTurnMsMax)
    expect(reader.expelled).toBe(0)
  })
})

test('whatever readers do, somebody can read: all are never told to wait while nothing can change', () => {
  const step = fc.record({ reader: fc.nat(3), act: fc.constantFrom('chunk', 'whole', 'answer', 'leave') })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const budget = new MemoryBudget({ bytesMax, clock: new SimClock() })
      const readers = [0, 1, 2, 3].map(() => new SimReader(budget))
      for (const { reader, act } of steps) readers[reader]?.[act]()
      const canAnswer = readers.some(({ unansweredBytes }) => unansweredBytes > 0)
      const canRead = readers.some(({ isPaused }) => !isPaused)
      expect(canAnswer || canRead).toBe(true)
    }),
  )
})

/** What a connection does, without a socket. */
class SimReader implements BudgetReader {
  partialBytes = 0
  unansweredBytes = 0
  isPaused = false
  readonly #budget: MemoryBudget

  constructor(budget: MemoryBudget) {
    this.#budget = budget
  }

  resume(): void {
    this.isPaused = false
    this.#look()
  }

  expel(): void {
    this.leave()
  }

  chunk(): void {
    if (this.isPaused) return
    this.partialBytes += 3 * socketReadBytesMax
    this.#budget.add(3 * socketReadBytesMax)
    this.#look()
  }

  whole(): void {
    if (this.isPaused) return
    this.unansweredBytes += this.partialBytes
    this.partialBytes = 0
    this.#look()
  }

  answer(): void {
    const bytes = this.unansweredBytes
    this.unansweredBytes = 0
    if (bytes > 0) this.#budget.add(-bytes)
  }

  /** Another connection comes in its place. */
  leave(): void {
    const bytes = this.partialBytes + this.unansweredBytes
    this.partialBytes = 0
    this.unansweredBytes = 0
    this.isPaused = false
    if (bytes > 0) this.#budget.add(-bytes)
    this.#budget.leave(this)
  }

  #look(): void {
    if (!this.#budget.mayRead(this, this.partialBytes > 0)) this.isPaused = true
  }
}
