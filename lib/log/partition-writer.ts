/**
 * One partition's writer in this process: batches wait in the order of their arrival, and at most one update of the head is
 * in flight. What gathers meanwhile goes into the next one. Two updates in flight could overtake each other, and a
 * producer without sequences would never know.
 *
 * Its view of the head is a hint that every answer renews; the guards decide. Crash points are those of `head-update.ts`.
 */
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import type { Offset, PartitionId } from '../base/ids.ts'
import { refusalsInARowMax, tailPointersMax, viewAgeMsMax, writersToAFold } from '../base/limits.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import type { MetaStore } from '../store/meta-store.ts'
import { type Attempt, attemptable, basesOf, buildAttempt, type NamedClause } from './attempt.ts'
import type { Batch, Flush, Placed } from './batch.ts'
import { keepLittle, keepUsual } from './fold.ts'
import { Folder } from './folder.ts'
import { deletedEpoch, type Head } from './head.ts'
import { readOrMakeHead } from './head-make.ts'
import { type Fate, pause, sendAttempt } from './head-update.ts'
import type { AppendResult } from './log-types.ts'
import { MissingBatches } from './missing-batches.ts'
import { nameTime } from './pointer.ts'
import { judgeBatches, judgeByHead } from './producer-judge.ts'
import { RecentBatches } from './recent-batches.ts'
import { failedBy, type Refusal } from './refusal.ts'
import type { ProducerClaim } from './sequences.ts'
import { UpdatePace } from './update-pace.ts'

export interface PartitionWriterParts {
  readonly meta: MetaStore
  readonly clock: Clock
  readonly entropy: Entropy
  /** The leader of a head that is made here. */
  readonly brokerId: number
  /** See `Folder`. */
  readonly foldsFirst: boolean
  /** What this process has seen of the head lately. */
  readonly hint: (id: PartitionId) => Head | undefined
  /** Every head that an answer shows. */
  readonly seen: (id: PartitionId, head: Head) => void
  /** Batches are in the log: for caches. */
  readonly landed: (id: PartitionId, attempt: Attempt) => void
  /** What should never happen: it is answered as `unknown`, and must be seen by somebody. */
  readonly onBug: (fault: unknown) => void
  /** Puts batches again under a name whose time is after `floorMs`: their old bytes may be swept. In the same order. */
  readonly putAgain: (id: PartitionId, batches: readonly Batch[], floorMs: number) => readonly Placed[]
}

const isOfOtherEpoch =
  (head: Head) =>
  ({ batch }: Placed): boolean =>
    batch.leaderEpoch !== undefined && batch.leaderEpoch !== head.epoch

type Answer = readonly [Placed, AppendResult]

export class PartitionWriter {
  readonly #parts: PartitionWriterParts
  readonly #id: PartitionId
  readonly #folder: Folder
  readonly #recent = new RecentBatches()
  readonly #missing: MissingBatches
  readonly #pace: UpdatePace
  #queue: Placed[] = []
  #view: Head | undefined
  #viewMs = 0
  /** True while somebody is sure to look at the queue again: it ends in the turn in which the queue was seen empty. */
  #isDraining = false
  #drained = Promise.resolve()
  #refusalsInARow = 0

  constructor(parts: PartitionWriterParts, id: PartitionId) {
    this.#parts = parts
    this.#id = id
    this.#folder = new Folder(parts, id)
    this.#pace = new UpdatePace(parts.clock)
    this.#missing = new MissingBatches(parts.clock)
  }

  /** Order of calls is order in the log. Every batch is answered, by its deadline or a little after. */
  enqueue(placed: readonly Placed[]): void {
    for (const each of placed) this.#queue.push(each)
    if (this.#isDraining) return
    this.#isDraining = true
    this.#drained = this.#drain()
  }

  /** Where this process remembers to have appended this very batch. */
  remembered(batch: Pick<Batch, 'claim'>): Offset | undefined {
    return batch.claim && this.#recent.find(batch.claim)
  }

  /** What became of a batch: to be told of each one of a producer's. */
  answered(claim: ProducerClaim, result: AppendResult): void {
    this.#missing.answered(claim, result)
  }

  get logStart(): Offset | undefined {
    return this.#view?.logStart
  }

  /** Names at or before it are refused. */
  get floorMs(): number | undefined {
    return this.#view?.floorMs
  }

  get seenNext(): Offset | undefined {
    return this.#view?.next
  }

  get idle(): boolean {
    return !this.#isDraining && this.#folder.idle
  }

  async settle(options: { dropAlone: boolean }): Promise<void> {
    while (this.#isDraining) await this.#drained
    await this.#folder.settle(options)
  }

  async #drain(): Promise<void> {
    this.#forgetOldView()
    // The head is read, and its page put, while the bytes are; a fault shows when it is needed.
    const view = this.#readView().then((head) => this.#folder.first(head))
    await Promise.all([view.catch(() => undefined), this.#queue[0]?.flush.put])
    while (this.#queue.length > 0) {
      try {
        await this.#pace.gathered(() => this.#queue)
        const ready = this.#ready()
        if (ready.length > 0) await this.#pace.timed(async () => this.#append(await this.#readView(), ready))
      } catch (fault) {
        this.#view = undefined
        // A store's fault is one of a read before the update: nothing of what waits was sent. Anything else is a bug, and
        // nobody can say how far it came.
        const ofStore = fault instanceof OutcomeUnknown || fault instanceof StoreUnavailable
        if (!ofStore) this.#parts.onBug(fault)
        this.#answerAll({ outcome: ofStore ? 'unavailable' : 'unknown', cause: fault })
      }
    }
    this.#isDraining = false
  }

  /** The batches at the front of the queue whose bytes are durable, as many as one update carries. */
  #ready(): Placed[] {
    const results = new Map<Flush, ReturnType<Flush['result']>>()
    const durable: Placed[] = []
    const failed: Answer[] = []
    for (const placed of this.#queue) {
      const { flush } = placed
      if (!results.has(flush)) results.set(flush, flush.result())
      const result = results.get(flush)
      if (result === undefined) break
      if (result === 'durable') durable.push(placed)
      else failed.push([placed, { outcome: 'unavailable', cause: result.failed }])
    }
    this.#answer(failed)
    return attemptable(durable)
  }

  async #append(head: Head, ready: readonly Placed[]): Promise<void> {
    if (head.epoch === deletedEpoch) return this.#answerAll({ outcome: 'unknown-partition' })
    if (ready.some(isOfOtherEpoch(head))) return this.#fence(head, ready)
    const swept = ready.filter(({ flush }) => nameTime(flush.name) <= head.floorMs)
    if (swept.length > 0) return this.#putAgain(swept, head.floorMs)

    const known = {
      offsetOf: (batch: Batch) => this.remembered(batch),
      mustWait: (claim: ProducerClaim) => this.#missing.mustWait(claim),
    }
    const judged = await judgeBatches(this.#parts.meta, this.#id, head, ready, known)
    if (judged.outcome === 'answered') return this.#answer(judged.answers)
    if (judged.outcome === 'look-again') {
      this.#view = undefined
      if (judged.head) this.#see(judged.head)
      return
    }
    const attempt = buildAttempt(head, judged.items, ready, this.#folder.dropFor(head))
    const deadlineMs = Math.min(...ready.map(({ batch }) => batch.deadlineMs))
    const makeRoom = (full: Head, tries: number) => this.#makeRoom(full, tries)
    await this.#settleFate(
      await sendAttempt({ ...this.#parts, makeRoom }, this.#id, attempt, deadlineMs),
      attempt,
      ready,
    )
  }

  async #settleFate(fate: Fate, attempt: Attempt, ready: readonly Placed[]): Promise<void> {
    if (fate.fate !== 'refused') this.#refusalsInARow = 0
    switch (fate.fate) {
      case 'landed':
        return this.#landed(attempt, fate.head, fate.runBases)
      case 'refused':
        return this.#refused(ready, fate.head, fate.refusal)
      case 'cancelled':
        // What still has time is put again under a new name: the floor in the view demands it.
        this.#see(fate.head)
        this.#cutOut(ready, attempt.clauses, fate.head)
        return this.#answerLate(ready, fate.cause)
      case 'unavailable':
        this.#view = undefined
        return this.#answer(ready.map((placed) => [placed, { outcome: 'unavailable', cause: fate.cause }]))
      case 'unknown':
        // Nothing may be sent under another name while this may still land: all that queued behind it is answered too.
        this.#view = undefined
        if (fate.head) this.#see(fate.head)
        return this.#answerAll({ outcome: 'unknown', cause: fate.cause })
    }
  }

  #landed(attempt: Attempt, head: Head, runBases: ReadonlyMap<string, number>): void {
    const bases = basesOf(attempt, runBases)
    for (const { placed, base } of bases) {
      if (placed.batch.claim) this.#recent.remember(placed.batch.claim, base)
    }
    this.#parts.landed(this.#id, attempt)
    this.#see(head)
    const logStartOffset = head.logStart
    this.#answer(bases.map(({ placed, base }) => [placed, { outcome: 'appended', baseOffset: base, logStartOffset }]))
    const own = attempt.runs.reduce((total, { count }) => total + count, 0)
    this.#folder.appended(head, attempt.runs.length, head.next > attempt.seenNext + own)
  }

  /** The update never landed and never will; what stood against it is in the head that came with the refusal. */
  async #refused(ready: readonly Placed[], head: Head | undefined, refusal: Refusal): Promise<void> {
    if (!head) return this.#answerAll({ outcome: 'unknown-partition' })
    this.#see(head)
    if (failedBy(refusal, 'eviction')) this.#folder.keepProducers()
    this.#cutOut(ready, refusal.failed, head)
    const cause = new StoreUnavailable('an append', new Error('other writers to the partition were always quicker'))
    if (++this.#refusalsInARow <= refusalsInARowMax) return this.#answerLate(ready, cause)
    this.#refusalsInARow = 0
    this.#answer(ready.map((placed) => [placed, { outcome: 'unavailable', cause }]))
  }

  /**
   * What the head itself refuses for its sequence is answered, with all that its producer sent behind it and that is refused
   * as well; the rest is sent again. No copy of the update can land.
   */
  #cutOut(ready: readonly Placed[], clauses: readonly NamedClause[], head: Head): void {
    const refused = new Set(clauses.map(({ first }) => first?.batch.claim?.producerId))
    const answers: Answer[] = []
    for (const placed of ready) {
      const id = placed.batch.claim?.producerId
      if (id === undefined || !refused.has(id)) continue
      const result = judgeByHead(head, placed.batch, (batch) => this.remembered(batch))
      if (result) answers.push([placed, result])
      else refused.delete(id)
    }
    this.#answer(answers)
  }

  /**
   * Who is alone folds at once; of many writers that find the head full a few do, at once or after a while, and the others
   * give them the time.
   */
  async #makeRoom(head: Head, tries: number): Promise<void> {
    const folds = this.#folder.alone || this.#parts.entropy.fraction() * writersToAFold < 1 + tries
    const keep = Object.keys(head.tail).length < tailPointersMax ? keepLittle : keepUsual
    const left = folds && (await this.#folder.foldNow(head, keep))
    if (!left) await pause(this.#parts, 2)
  }

  /**
   * What was accepted under an older epoch is answered: a leader was elected since, and the epoch never comes back. No copy of
   * it is under way, since what may still land never stands in the queue again. Of a newer epoch than the view it is the
   * view that is old: the batch's leader has seen a head that this one is the predecessor of.
   */
  async #fence(head: Head, ready: readonly Placed[]): Promise<void> {
    let newest = head
    if (ready.some(({ batch }) => (batch.leaderEpoch ?? head.epoch) > head.epoch)) {
      newest = await readOrMakeHead(this.#parts, this.#id)
      this.#see(newest)
      if (newest.epoch === deletedEpoch) return this.#answerAll({ outcome: 'unknown-partition' })
    }
    const fenced = ready.filter(isOfOtherEpoch(newest))
    this.#answer(fenced.map((placed) => [placed, { outcome: 'fenced-leader' }]))
  }

  #putAgain(swept: readonly Placed[], floorMs: number): void {
    const batches = swept.map(({ batch }) => batch)
    const renewed = this.#parts.putAgain(this.#id, batches, floorMs)
    const again = new Map(swept.map((placed, index) => [placed, renewed[index]]))
    this.#queue = this.#queue.map((placed) => again.get(placed) ?? placed)
  }

  #answerLate(ready: readonly Placed[], cause: unknown): void {
    const nowMs = this.#parts.clock.now()
    const late = ready.filter(({ batch }) => batch.deadlineMs <= nowMs)
    const view = this.#view
    const isFenced = (placed: Placed) => view !== undefined && view.epoch > (placed.batch.leaderEpoch ?? view.epoch)
    this.#answer(
      late.map((placed) => [
        placed,
        isFenced(placed) ? { outcome: 'fenced-leader' } : { outcome: 'unavailable', cause },
      ]),
    )
  }

  #answerAll(result: AppendResult): void {
    this.#answer(this.#queue.map((placed) => [placed, result]))
  }

  #answer(answers: readonly Answer[] | readonly { placed: Placed; result: AppendResult }[]): void {
    if (answers.length === 0) return
    const results = new Map(answers.map((each) => ('placed' in each ? [each.placed, each.result] : each)))
    const waiting = this.#queue
    this.#queue = waiting.filter((placed) => !results.has(placed))
    // Only what still waits: a batch that was cut out must not be answered once more as late.
    for (const placed of waiting) {
      const result = results.get(placed)
      if (result) placed.batch.answer(result)
    }
  }

  /**
   * Since an old view others may have folded, and a janitor may have consolidated: an update from it would be refused, and
   * nobody could say whether it had not landed before.
   */
  #forgetOldView(): void {
    const ageMs = this.#parts.clock.now() - this.#viewMs
    if (ageMs < 0 || ageMs > viewAgeMsMax) this.#view = undefined
  }

  #take(head: Head | undefined): void {
    this.#view = head
    this.#viewMs = this.#parts.clock.now()
  }

  #see(head: Head): void {
    this.#take(head)
    this.#parts.seen(this.#id, head)
  }

  async #readView(): Promise<Head> {
    // What is known already is no news: told as such it would make an old hint young.
    if (!this.#view) this.#take(this.#parts.hint(this.#id))
    if (!this.#view) this.#see(await readOrMakeHead(this.#parts, this.#id))
    return this.#view as Head
  }
}
