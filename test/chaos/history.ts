/**
 * What clients sent and what they were told, in the order in which it happened. Every record that is ever sent has a value of
 * its own: a plain producer that sends something again gives it another one, since Kafka lets each of the tries land. So
 * each try lands once or not at all, whoever made it.
 */

/** `tries`: an idempotent batch that is sent again is the same; a plain one is another. */
export interface Sent {
  readonly producer: string
  readonly partition: number
  readonly idempotent: boolean
  readonly values: readonly string[]
  outcome: Outcome
  /** When the outcome was learnt, by `History.now`. */
  at: number
}

export type Outcome =
  | { readonly kind: 'unknown' }
  /** Nothing of it may ever be seen. */
  | { readonly kind: 'refused' }
  /** Without an offset: a duplicate, of an offset that was not told. */
  | { readonly kind: 'acknowledged'; readonly baseOffset: number | undefined }

export class History {
  readonly sent: Sent[] = []
  /** What no client should ever be told. */
  readonly wrongs: string[] = []
  acknowledgedRecords = 0
  refusedTries = 0
  unansweredTries = 0
  /** By partition: the highest offset whose commit was acknowledged. */
  readonly #committed = new Map<number, number>()
  /** By partition: the highest that anybody tried to commit. */
  readonly #offered = new Map<number, number>()
  commits = 0
  #now = 0

  /** Grows with each outcome: what was known at a moment is what has a smaller number. */
  get now(): number {
    return this.#now
  }

  send(batch: Omit<Sent, 'outcome' | 'at'>): Sent {
    const sent: Sent = { ...batch, outcome: { kind: 'unknown' }, at: Number.POSITIVE_INFINITY }
    this.sent.push(sent)
    return sent
  }

  acknowledge(sent: Sent, baseOffset: number | undefined): void {
    this.acknowledgedRecords += sent.values.length
    this.#settle(sent, { kind: 'acknowledged', baseOffset })
  }

  refuse(sent: Sent): void {
    this.#settle(sent, { kind: 'refused' })
  }

  #settle(sent: Sent, outcome: Outcome): void {
    sent.outcome = outcome
    sent.at = this.#now++
  }

  wrong(what: string): void {
    this.wrongs.push(what)
  }

  offerCommit(partition: number, offset: number): void {
    this.#offered.set(partition, Math.max(offset, this.#offered.get(partition) ?? 0))
  }

  commit(partition: number, offset: number): void {
    this.commits++
    this.#committed.set(partition, Math.max(offset, this.committed(partition)))
  }

  /** 0 before the first. */
  committed(partition: number): number {
    return this.#committed.get(partition) ?? 0
  }

  /** `atLeast`: what had been committed before the question was sent. */
  sawCommitted(partition: number, offset: number, atLeast: number): void {
    const found = Math.max(offset, 0)
    if (found < atLeast)
      this.wrong(`partition ${partition}: offset ${atLeast} was committed, and then ${found} was read`)
    if (found > (this.#offered.get(partition) ?? 0))
      this.wrong(`partition ${partition}: offset ${found} was read as committed, and nobody had committed it`)
  }
}
