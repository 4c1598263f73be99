/**
 * A line to a store on which calls fail, take their time, lose their answers, arrive late or twice: what a network does. Which
 * call meets what is data, decided by a plan; time is the clock's. Given both, everything is repeatable: nothing here waits
 * or chooses by itself. What does arrive is done by the store behind it, so it may be any adapter.
 */
import type { Clock } from '../../../base/clock.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../errors.ts'
import { checkPut, checkUpdate } from '../../meta-call.ts'
import type { Assignment, MetaStore } from '../../meta-store.ts'
import type { ObjectStore } from '../../object-store.ts'
import { copied } from '../../value-copies.ts'

/** A call as a plan sees it. */
export interface StoreCall {
  readonly store: 'meta' | 'objects'
  /** The port's method. */
  readonly operation: 'get' | 'getMany' | 'query' | 'list' | 'put' | 'update' | 'delete' | 'compose'
  /** `pk` and `sk` with a space between, a `pk`, an object's key or a prefix; of many, the first. */
  readonly key: string
}

/** What a call meets. */
export type Fault = FaultKind & {
  /** On the way to the store, in milliseconds. */
  readonly beforeMs?: number
  /** On the way back. */
  readonly afterMs?: number
}

type FaultKind =
  | { readonly kind: 'none' }
  /** It happens and is answered, `slowMs` later than others that were sent with it. */
  | { readonly kind: 'slow'; readonly slowMs: number }
  /** It does not happen, and its caller is told so. */
  | { readonly kind: 'unavailable' }
  /** It does not happen, and its caller cannot know. Of a read, as of the next two, its caller knows that it failed. */
  | { readonly kind: 'request-lost' }
  /** It happens, and its caller cannot know. `againMs` after it a second copy of it happens. */
  | { readonly kind: 'answer-lost'; readonly againMs?: number }
  /** Its caller cannot know; it happens `lateMs` after its caller was told so, and a second copy `againMs` after that. */
  | { readonly kind: 'late'; readonly lateMs: number; readonly againMs?: number }
  /** It happens and is answered, and `againMs` later a second copy of it happens, whose answer nobody hears. */
  | { readonly kind: 'twice'; readonly againMs: number }
  /**
   * It happens, and its caller is given the answer of a second copy, `againMs` later: a line that tries again by itself. Of
   * a write with a guard that is a refusal, by the very item that it wrote.
   */
  | { readonly kind: 'retried'; readonly againMs: number }

/** Which call meets what. */
export interface FaultPlan {
  /** Asked once for each call, in the order in which they are made. */
  next(call: StoreCall): Fault
}

/** Puts faults between stores and their callers. All stores of one world share it. */
export class Faults {
  readonly #plan: FaultPlan
  readonly #clock: Clock
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(plan: FaultPlan, clock: Clock) {
    this.#plan = plan
    this.#clock = clock
  }

  metaStore(inner: MetaStore): MetaStore {
    const call = (operation: StoreCall['operation'], key: string): StoreCall => ({ store: 'meta', operation, key })
    return {
      get: (key, options) => this.#read(call('get', `${key.pk} ${key.sk}`), () => inner.get(key, options)),
      getMany: (keys, options) => {
        const first = keys[0] ? `${keys[0].pk} ${keys[0].sk}` : ''
        return this.#read(call('getMany', first), () => inner.getMany(keys, options))
      },
      query: (pk, range) => this.#read(call('query', pk), () => inner.query(pk, range)),
      // Checked first: what no store takes cannot be copied as it is.
      put: async (item, guard = []) => {
        checkPut(item, guard)
        const sent = copied(item)
        return this.#write(call('put', `${item.pk} ${item.sk}`), () => inner.put(sent, guard))
      },
      update: async (key, change, guard = []) => {
        checkUpdate(key, change, guard)
        const sent = change.map(sentAssignment)
        return this.#write(call('update', `${key.pk} ${key.sk}`), () => inner.update(key, sent, guard))
      },
      delete: (key, guard) => this.#write(call('delete', `${key.pk} ${key.sk}`), () => inner.delete(key, guard)),
    }
  }

  objectStore(inner: ObjectStore): ObjectStore {
    const call = (operation: StoreCall['operation'], key: string): StoreCall => ({ store: 'objects', operation, key })
    return {
      get: (key, options) => this.#read(call('get', key), () => inner.get(key, options)),
      list: (prefix, options) => this.#read(call('list', prefix), () => inner.list(prefix, options)),
      put: (key, chunks, options) => {
        const sent = chunks.map((chunk) => new Uint8Array(chunk))
        return this.#write(call('put', key), () => inner.put(key, sent, options))
      },
      delete: (keys) => this.#write(call('delete', keys[0] ?? ''), () => inner.delete(keys)),
      compose: async (key, source, options) => {
        // A copy that arrives late cannot read its source again.
        const chunks: Uint8Array[] = []
        for await (const chunk of source) chunks.push(new Uint8Array(chunk))
        return this.#write(call('compose', key), () => inner.compose(key, again(chunks), options))
      },
    }
  }

  /** Resolves when no copy is under way any more; the clock must move for that. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  async #read<Answer>(call: StoreCall, run: () => Promise<Answer>): Promise<Answer> {
    const fault = this.#plan.next(call)
    const { kind, beforeMs, afterMs } = fault
    if (beforeMs) await this.#clock.sleep(beforeMs)
    if (kind === 'slow') await this.#pass(fault.slowMs)
    if (kind === 'retried') await this.#pass(fault.againMs)
    const isHeard = kind === 'none' || kind === 'slow' || kind === 'twice' || kind === 'retried'
    // Its caller hears of a failure only when the way back is over, as of an answer.
    if (!isHeard) {
      await this.#pass(afterMs)
      throw new StoreUnavailable(named(call), new Error(kind))
    }
    const answer = await run()
    if (afterMs) await this.#clock.sleep(afterMs)
    return answer
  }

  async #write<Answer>(call: StoreCall, run: () => Promise<Answer>): Promise<Answer> {
    const fault = this.#plan.next(call)
    if (fault.beforeMs) await this.#clock.sleep(fault.beforeMs)
    // Most meet nothing: a simulation counts each promise.
    const heard = fault.kind === 'none' ? { answer: await run() } : await this.#arrives(fault, run)
    if (fault.afterMs) await this.#clock.sleep(fault.afterMs)
    if (fault.kind === 'late') this.#later(fault.lateMs, run, fault.againMs)
    if (fault.kind === 'unavailable') throw new StoreUnavailable(named(call), new Error('planned'))
    if (!heard) throw new OutcomeUnknown(named(call))
    return heard.answer
  }

  /** What happens before its caller hears, and what he then does; `undefined`: nothing. */
  async #arrives<Answer>(fault: Fault, run: () => Promise<Answer>): Promise<{ answer: Answer } | undefined> {
    switch (fault.kind) {
      case 'slow':
        await this.#pass(fault.slowMs)
        return { answer: await run() }
      case 'twice': {
        const answer = await run()
        this.#later(fault.againMs, run)
        return { answer }
      }
      case 'retried':
        await run()
        await this.#pass(fault.againMs)
        return { answer: await run() }
      case 'answer-lost':
        await run()
        if (fault.againMs !== undefined) this.#later(fault.againMs, run)
        return undefined
      default:
        return undefined
    }
  }

  /** A copy that nobody hears of, and another one after it. */
  #later(ms: number, run: () => Promise<unknown>, againMs?: number): void {
    const copy: Promise<unknown> = this.#clock
      .sleep(ms)
      .then(run)
      .catch(() => undefined)
      .finally(() => {
        this.#underWay.delete(copy)
        if (againMs !== undefined) this.#later(againMs, run)
      })
    this.#underWay.add(copy)
  }

  async #pass(ms = 0): Promise<void> {
    if (ms > 0) await this.#clock.sleep(ms)
  }
}

/** As it is now: a copy that arrives late must not see what its caller writes into it meanwhile. */
const sentAssignment = (assignment: Assignment): Assignment =>
  'set' in assignment && 'value' in assignment.to
    ? { set: assignment.set, to: { value: copied(assignment.to.value) } }
    : assignment

function named({ operation, key }: StoreCall): string {
  return `${operation} ${key}`
}

async function* again(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks
}
