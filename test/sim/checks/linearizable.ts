/**
 * Whether a partition's history can be told as if its operations had happened one after the other, each at some moment
 * between its call and its answer (Herlihy and Wing; searched as Wing and Gong do, with Lowe's memory of what was tried).
 * The model is a log: a list of records and where it begins. It knows the history alone, and nothing of the code or of what
 * the stores hold.
 *
 * What was never answered may have happened at any time later, or not at all. A read that brings records is bound by the
 * same process's earlier answers only: it may come from what that process remembers, since what lies in a log lies there
 * for ever. One that finds nothing new, or nothing at all, is bound as everything else is.
 */
import type { AppendAsked, Operation, TrimAsked } from '../history.ts'

/** What is looked for among more than this is given up: `undecided`. */
const stepsMax = 30_000

interface State {
  readonly values: readonly string[]
  readonly start: number
}

interface Step {
  readonly what: string
  readonly from: number
  readonly to: number
  /** It has happened; else it may never. */
  readonly isSure: boolean
  /** The state after it; `undefined`: it cannot have happened here. */
  readonly apply: (state: State) => State | undefined
}

export type Linearized =
  | { readonly is: 'linearizable' | 'undecided' }
  /** `stuck`: what none of the longest orders that were found could go on with. */
  | { readonly is: 'not linearizable'; readonly stuck: readonly string[] }

export function linearize(operations: readonly Operation[]): Linearized {
  const steps = [...appendSteps(operations), ...otherSteps(operations)].sort((a, b) => a.from - b.from)
  return new Search(steps).run()
}

class Search {
  readonly #steps: readonly Step[]
  readonly #tried = new Set<string>()
  readonly #done: boolean[]
  readonly #sure: number
  #stepsLeft = stepsMax
  #best = -1
  #stuck: readonly string[] = []

  constructor(steps: readonly Step[]) {
    this.#steps = steps
    this.#done = steps.map(() => false)
    this.#sure = steps.filter(({ isSure }) => isSure).length
  }

  run(): Linearized {
    const found = this.#from({ values: [], start: 0 }, 0, 0)
    if (found) return { is: 'linearizable' }
    return this.#stepsLeft <= 0 ? { is: 'undecided' } : { is: 'not linearizable', stuck: this.#stuck }
  }

  /** `first`: all before it are done. */
  #from(state: State, first: number, doneSure: number): boolean {
    if (doneSure === this.#sure) return true
    if (--this.#stepsLeft <= 0) return false
    let begin = first
    while (this.#done[begin]) begin++
    const key = this.#key(begin, state)
    if (this.#tried.has(key)) return false
    this.#tried.add(key)
    const next: Step[] = []
    // Nothing may come before what was answered before it was asked.
    let until = Number.POSITIVE_INFINITY
    for (let at = begin; at < this.#steps.length; at++) {
      const step = this.#steps[at] as Step
      if (step.from > until) break
      if (!this.#done[at] && step.isSure) until = Math.min(until, step.to)
    }
    for (let at = begin; at < this.#steps.length; at++) {
      const step = this.#steps[at] as Step
      if (step.from > until) break
      if (this.#done[at]) continue
      const after = step.apply(state)
      if (!after) {
        if (step.isSure) next.push(step)
        continue
      }
      this.#done[at] = true
      const found = this.#from(after, begin, doneSure + (step.isSure ? 1 : 0))
      this.#done[at] = false
      if (found) return true
    }
    if (doneSure > this.#best) {
      this.#best = doneSure
      this.#stuck = next.map(({ what }) => what)
    }
    return false
  }

  #key(begin: number, { values, start }: State): string {
    let done = ''
    for (let at = begin; at < this.#done.length; at++) done += this.#done[at] ? '1' : '0'
    return `${begin} ${done} ${start} ${values.join(' ')}`
  }
}

/** All tries of a batch are one append, between the first call and the first acknowledgement. */
function appendSteps(operations: readonly Operation[]): Step[] {
  const batches = new Map<
    string,
    { from: number; to: number; base: number | undefined; is: string; asked: AppendAsked }
  >()
  for (const operation of operations) {
    if (operation.kind !== 'append') continue
    const { batch, answer, invoked, returned = Number.POSITIVE_INFINITY } = operation
    const known = batches.get(batch.name) ?? {
      from: invoked,
      to: Number.POSITIVE_INFINITY,
      base: undefined,
      is: 'refused',
      asked: operation,
    }
    batches.set(batch.name, known)
    if (answer.is === 'unknown' && known.is === 'refused') known.is = 'unknown'
    if (answer.is !== 'acknowledged') continue
    known.is = 'acknowledged'
    known.to = Math.min(known.to, returned)
    known.base ??= answer.base
  }
  return [...batches.values()]
    .filter(({ is }) => is !== 'refused')
    .map(({ from, to, base, is, asked: { batch } }) => ({
      what: `the append of ${batch.name}${base === undefined ? '' : ` at ${base}`}`,
      from,
      to,
      isSure: is === 'acknowledged',
      apply: ({ values, start }) =>
        base === undefined || base === values.length ? { values: [...values, ...batch.values], start } : undefined,
    }))
}

function otherSteps(operations: readonly Operation[]): Step[] {
  const heard = new Map<string, { at: number; what: Operation }[]>()
  for (const operation of operations) {
    if (operation.returned === undefined) continue
    const all = heard.get(operation.process) ?? []
    heard.set(operation.process, all)
    all.push({ at: operation.returned, what: operation })
  }
  return operations.flatMap((operation): Step[] => {
    const { invoked, returned = Number.POSITIVE_INFINITY } = operation
    if (operation.kind === 'trim') return trimSteps(operation, invoked, returned)
    if (operation.kind !== 'read') return []
    const { answer, from, process, client } = operation
    if (answer.is === 'out-of-range') {
      const what = `${client}, at ${from} out of ${answer.start} to ${answer.end}`
      const isThere = ({ values, start }: State) => values.length === answer.end && start === answer.start
      return [
        { what, from: invoked, to: returned, isSure: true, apply: (state) => (isThere(state) ? state : undefined) },
      ]
    }
    if (answer.is !== 'read') return []
    if (answer.values.length === 0) {
      const isThere = ({ values, start }: State) => values.length === from && start <= from
      return [
        {
          what: `${client}, who finds nothing new at ${from}`,
          from: invoked,
          to: returned,
          isSure: true,
          apply: (state) => (isThere(state) ? state : undefined),
        },
      ]
    }
    const earlier = (heard.get(process) ?? []).filter(({ at, what }) => at < invoked && what.kind !== 'read')
    return [
      {
        what: `${client}, who reads ${answer.values.join(' ')} at ${from}`,
        from: earlier.reduce((latest, { at }) => Math.max(latest, at), 0),
        to: returned,
        isSure: true,
        apply: (state) => (reads(state, from, answer.values) ? state : undefined),
      },
    ]
  })
}

const reads = ({ values, start }: State, from: number, read: readonly string[]) =>
  start <= from && read.every((value, nth) => values[from + nth] === value)

function trimSteps({ client, before, answer }: TrimAsked, from: number, to: number): Step[] {
  const what = `${client}, who trims before ${before}`
  if (answer.is === 'refused') return []
  const apply = ({ values, start }: State): State | undefined => {
    const wanted = before === 'high-watermark' ? values.length : before
    if (wanted > values.length) return undefined
    const after = Math.max(start, wanted)
    return answer.is === 'trimmed' && answer.start !== after ? undefined : { values, start: after }
  }
  return [{ what, from, to, isSure: answer.is === 'trimmed', apply }]
}
