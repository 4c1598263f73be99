/** Reads all of a topic, part of it for the second time, and holds it against what its producers were told. */
import type { Chance } from './chance.ts'
import { violationsOf } from './checks.ts'
import type { History } from './history.ts'
import { LogReader } from './log-reader.ts'
import { LogView } from './log-view.ts'

/** How much of what is known already is read again after each fault, offsets; in the end it is all of it. */
const readAgainMax = 500

export class Auditor {
  readonly #views: readonly LogView[]
  readonly #history: History
  readonly #reader: LogReader
  readonly #chance: Chance
  /** What reading itself found, once each. */
  audits = 0

  constructor(parts: {
    readonly bootstrap: readonly string[]
    readonly topic: string
    readonly partitions: number
    readonly history: History
    readonly chance: Chance
  }) {
    this.#views = Array.from({ length: parts.partitions }, (_, partition) => new LogView(`partition ${partition}`))
    this.#reader = new LogReader(parts.bootstrap, parts.topic)
    this.#history = parts.history
    this.#chance = parts.chance
  }

  close(): void {
    this.#reader.close()
  }

  get endOffsets(): readonly number[] {
    return this.#views.map(({ endOffset }) => endOffset)
  }

  get batchesReadAgain(): number {
    return this.#views.reduce((sum, { readAgain }) => sum + readAgain, 0)
  }

  /** Everything that is wrong by now, in sentences. */
  async audit(extent: 'some again' | 'all again'): Promise<string[]> {
    this.audits++
    const asOf = this.#history.now
    await Promise.all(
      this.#views.map((view, partition) => {
        const back = extent === 'all again' ? view.endOffset : this.#chance.between(0, readAgainMax)
        return this.#reader.readInto(view, partition, Math.max(0, view.endOffset - back))
      }),
    )
    return [
      ...this.#history.wrongs,
      ...this.#views.flatMap(({ wrongs }) => wrongs),
      ...violationsOf(
        this.#history.sent,
        this.#views.map(({ values }) => values),
        asOf,
      ),
    ]
  }
}
