/**
 * An object store whose slow small calls are asked a second time: most calls of S3 take some 30 ms and one in a hundred five
 * times as long, whatever it is about, so a second one is nearly always quicker than the rest of the first. The one that
 * answers first counts.
 *
 * Safe for what is immutable: the second put carries the same bytes to the same key. With `ifAbsent` either may meet the other's
 * object, and `exists` from one of two says nothing yet:
 *
 *   done, whatever the other says        -> done: these bytes are there
 *   exists, and the other is under way   -> wait for it
 *   exists twice                         -> exists: a stranger's object was there before both
 *   exists, and the other failed         -> OutcomeUnknown: the failed one may be what exists
 *   failed, and the other is under way   -> wait for it
 *   failed twice                         -> OutcomeUnknown if either may have happened, else the first fault
 *
 * Crash points: none of its own. A put that is left behind ends as a put whose answer was lost: by the time it lands its object
 * is there, or was swept; then it is an orphan, which is swept again.
 */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import { callOff } from '../base/deadline.ts'
import {
  hedgeBytesMax,
  hedgeMsDefault,
  hedgeMsMin,
  hedgeQuantile,
  hedgeSamples,
  hedgeSamplesMin,
  hedgeShareMax,
  hedgesSavedMax,
} from '../base/limits.ts'
import { OutcomeUnknown } from './errors.ts'
import type { ByteRange, ObjectStore } from './object-store.ts'

/** The same store, for both kinds of calls that repeating cannot harm; the others go through. */
export function hedgedObjectStore(inner: ObjectStore, { clock }: { readonly clock: Clock }): ObjectStore {
  const [puts, gets] = [new Hedge(clock), new Hedge(clock)]
  return {
    put: (key, chunks, options) => {
      const put = () => inner.put(key, chunks, options)
      const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      // A large body takes its time by its size, and twice of it would slow both.
      return bytes > hedgeBytesMax ? put() : puts.run(put, settledPut)
    },
    get: (key, { into: _, ...options } = {}) => {
      // Not into memory of the caller's: the call that was not waited for would write into what is his again.
      const get = () => inner.get(key, options)
      return rangeBytes(options.range) > hedgeBytesMax ? get() : gets.run(get, settledGet)
    },
    list: (prefix, options) => inner.list(prefix, options),
    delete: (keys) => inner.delete(keys),
    compose: (key, source, options) => inner.compose(key, source, options),
  }
}

/** What a range may have; of one without an end nobody knows, and they are small: footers, and whole objects of ours. */
const rangeBytes = (range: ByteRange | undefined): number => (range?.end === undefined ? 0 : range.end - range.start)

/** What is known of the two calls: those that ended, in the order in which they did. */
type Ended<Answer> = readonly ({ readonly answer: Answer } | { readonly fault: unknown })[]
/** Undefined: wait for the other. Throws where the call has failed. */
type Settle<Answer> = (ended: Ended<Answer>, both: boolean) => { readonly answer: Answer } | undefined

const settledPut: Settle<'done' | 'exists'> = (ended, both) => {
  if (ended.some((each) => 'answer' in each && each.answer === 'done')) return { answer: 'done' }
  if (!both) return undefined
  const faults = ended.flatMap((each) => ('fault' in each ? [each.fault] : []))
  if (faults.length === 0) return { answer: 'exists' }
  if (faults.length < ended.length) throw new OutcomeUnknown('a put that was sent twice', faults[0])
  throw faults.find((fault) => fault instanceof OutcomeUnknown) ?? faults[0]
}

const settledGet: Settle<Uint8Array | undefined> = (ended, both) => {
  const answered = ended.find((each) => 'answer' in each)
  if (answered !== undefined && 'answer' in answered) return answered
  const [first] = ended
  if (!both || first === undefined) return undefined
  throw 'fault' in first ? first.fault : undefined
}

/** When a call is slow, and whether a second one may be sent: learnt from the calls before it. */
class Hedge {
  readonly #clock: Clock
  readonly #tookMs: number[] = []
  #at = 0
  /** Of sending twice: a store that is slow as a whole must not get twice the calls. */
  #saved = hedgesSavedMax

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async run<Answer>(call: () => Promise<Answer>, settle: Settle<Answer>): Promise<Answer> {
    this.#saved = Math.min(hedgesSavedMax, this.#saved + hedgeShareMax)
    const beganMs = this.#clock.now()
    const first = ending(call())
    const waiting = new AbortController()
    const late = this.#clock.sleep(this.#slowMs(), waiting.signal).then(() => undefined)
    const early = await Promise.race([first, late])
    callOff(waiting)
    if (early === undefined && this.#saved >= 1) {
      this.#saved -= 1
      return this.#either(beganMs, first, ending(call()), settle)
    }
    const end = early ?? (await first)
    if ('fault' in end) throw end.fault
    this.#took(this.#clock.now() - beganMs)
    return end.answer
  }

  async #either<Answer>(
    beganMs: number,
    first: Promise<End<Answer>>,
    second: Promise<End<Answer>>,
    settle: Settle<Answer>,
  ): Promise<Answer> {
    const quicker = await Promise.race([first, second])
    const one = settle([quicker], false)
    // Longer than what is slow in any case, so the share of slow calls stays what it was; the first may never end in a process
    // that stands still.
    this.#took(this.#clock.now() - beganMs)
    if (one !== undefined) return one.answer
    const two = settle(await Promise.all([first, second]), true)
    assert(two !== undefined, 'two calls that ended say something')
    return two.answer
  }

  #took(ms: number): void {
    this.#tookMs[this.#at] = ms
    this.#at = (this.#at + 1) % hedgeSamples
  }

  #slowMs(): number {
    if (this.#tookMs.length < hedgeSamplesMin) return hedgeMsDefault
    const sorted = [...this.#tookMs].sort((a, b) => a - b)
    return Math.max(hedgeMsMin, sorted[Math.floor(sorted.length * hedgeQuantile)] ?? hedgeMsDefault)
  }
}

type End<Answer> = { readonly answer: Answer } | { readonly fault: unknown }

/** Never rejects, so that one that is left behind is no unhandled rejection. */
const ending = <Answer>(call: Promise<Answer>): Promise<End<Answer>> =>
  call.then(
    (answer) => ({ answer }),
    (fault: unknown) => ({ fault }),
  )
