/**
 * Whether a partition's history can be told as if its operations had happened one after the other, each at some moment
 * between its call and its answer (Herlihy and Wing; searched as Wing and Gong do, with Lowe's memory of what was tried).
 * The model is a log: where it begins, where it ends, and what readers have seen at which offset, which is one value for
 * ever. It knows the history alone, and nothing of the code or of what the stores hold.
 *
 * What was never answered may have happened at any time later, or not at all. A read that brings records is bound by the
 * same process's earlier answers only: it may come from what that process remembers, since what lies in a log lies there
 * for ever. One that finds nothing new, or nothing at all, is bound as everything else is.
 */
import type { AppendAsked, EndsAsked, Operation, ReadAsked, TrimAsked } from '../history.ts'

/** What is looked for among more than this is given up: `undecided`. */
const stepsMax = 5_000

interface State {
  readonly start: number
  readonly end: number
}

interface Step {
  readonly what: string
  readonly from: number
  readonly to: number
  /** It has happened; else it may never. */
  readonly isSure: boolean
  /** The state after it, the same one where it changes nothing; `undefined`: it cannot have happened here. */
  readonly apply: (state: State) => State | undefined
}

export type Linearized =
  | { readonly is: 'linearizable' | 'undecided' }
  /** `stuck`: what the longest order that was found could not go on with. */
  | { readonly is: 'not linearizable'; readonly stuck: readonly string[] }

/** `expires`: the log's start may also rise by itself, at any time, to any place that anybody was told of. */
export function linearize(operations: readonly Operation[], { expires = false } = {}): Linearized {
  const seen = new Map<number, string>()
  const places = new Map<string, number>()
  for (const operation of operations) {
    if (operation.kind !== 'read' || operation.answer.is !== 'read') continue
    const { from, answer, client } = operation
    for (const [nth, value] of answer.values.entries()) {
      const at = from + nth
      const before = seen.get(at) ?? value
      if (before !== value) {
        return { is: 'not linearizable', stuck: [`${client}, who reads ${value} at ${at}, where ${before} was read`] }
      }
      seen.set(at, value)
      places.set(value, at)
    }
  }
  const steps = [...appendSteps(operations, seen, places), ...otherSteps(operations, expires)]
  return new Search(steps.sort((a, b) => a.from - b.from)).run()
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
    if (this.#from({ start: 0, end: 0 }, 0, 0)) return { is: 'linearizable' }
    return this.#stepsLeft <= 0 ? { is: 'undecided' } : { is: 'not linearizable', stuck: this.#stuck }
  }

  /** `first`: all before it are done. */
  #from(state: State, first: number, doneSure: number): boolean {
    if (doneSure === this.#sure) return true
    if (--this.#stepsLeft <= 0) return false
    let begin = first
    while (this.#done[begin]) begin++
    const candidates = this.#candidates(begin)
    const changing: { at: number; after: State }[] = []
    for (const at of candidates) {
      const { apply, isSure } = this.#steps[at] as Step
      const after = apply(state)
      // What changes nothing and can have happened now may as well have: no other order is worth a try.
      if (after === state && isSure) return this.#after(at, state, begin, doneSure)
      if (after && after !== state) changing.push({ at, after })
    }
    const key = `${state.start} ${state.end} ${this.#doneFrom(begin)}`
    if (this.#tried.has(key)) return false
    this.#tried.add(key)
    for (const { at, after } of changing) if (this.#after(at, after, begin, doneSure)) return true
    if (doneSure > this.#best) {
      this.#best = doneSure
      this.#stuck = candidates.map((at) => this.#steps[at] as Step).flatMap((step) => (step.isSure ? [step.what] : []))
    }
    return false
  }

  #after(at: number, state: State, begin: number, doneSure: number): boolean {
    this.#done[at] = true
    const found = this.#from(state, begin, doneSure + (this.#steps[at]?.isSure ? 1 : 0))
    this.#done[at] = false
    return found
  }

  /** What may come next: nothing that was asked only after something else, not yet done, was answered. */
  #candidates(begin: number): number[] {
    const found: number[] = []
    let until = Number.POSITIVE_INFINITY
    for (let at = begin; at < this.#steps.length; at++) {
      const { from, to, isSure } = this.#steps[at] as Step
      if (from > until) break
      if (this.#done[at]) continue
      found.push(at)
      if (isSure && to < until) until = to
    }
    return found.filter((at) => (this.#steps[at] as Step).from <= until)
  }

  #doneFrom(begin: number): string {
    const last = this.#done.lastIndexOf(true)
    let done = `${begin} `
    for (let at = begin; at <= last; at++) if (this.#done[at]) done += `${at},`
    return done
  }
}

/** What a process knew of the log once it had answered: it began there or later, and ended there or later. */
interface Heard {
  readonly invoked: number
  readonly returned: number
  readonly start: number
  readonly end: number
}

interface Appended {
  readonly asked: AppendAsked
  readonly from: number
  to: number
  base: number | undefined
  is: 'refused' | 'unknown' | 'acknowledged'
}

/** All tries of a batch are one append, between the first call and the first acknowledgement. */
function appendSteps(
  operations: readonly Operation[],
  seen: ReadonlyMap<number, string>,
  places: ReadonlyMap<string, number>,
): Step[] {
  const batches = new Map<string, Appended>()
  for (const asked of operations) {
    if (asked.kind !== 'append') continue
    const { batch, answer, invoked, returned } = asked
    const fresh: Appended = { asked, from: invoked, to: Number.POSITIVE_INFINITY, base: undefined, is: 'refused' }
    const known = batches.get(batch.name) ?? fresh
    batches.set(batch.name, known)
    if (answer.is === 'unknown' && known.is === 'refused') known.is = 'unknown'
    if (answer.is !== 'acknowledged') continue
    known.is = 'acknowledged'
    known.to = Math.min(known.to, returned ?? Number.POSITIVE_INFINITY)
    known.base ??= answer.base
  }
  return [...batches.values()].flatMap(({ is, from, to, base, asked: { batch } }): Step[] => {
    if (is === 'refused') return []
    const place = base ?? places.get(batch.values[0] as string)
    const { length } = batch.values
    const apply = ({ start, end }: State): State | undefined => {
      if (place !== undefined && place !== end) return undefined
      const fits = batch.values.every((value, nth) => (seen.get(end + nth) ?? value) === value)
      return fits ? { start, end: end + length } : undefined
    }
    const what = `the append of ${batch.name}${place === undefined ? '' : ` at ${place}`}`
    return [{ what, from, to, isSure: is === 'acknowledged', apply }]
  })
}

function otherSteps(operations: readonly Operation[], expires: boolean): Step[] {
  /** What each process has learned from the store: a duplicate may be told from memory. */
  const heard = new Map<string, Heard[]>()
  const starts = new Set<number>()
  for (const operation of operations) {
    const { invoked, returned, process, answer } = operation
    if (answer.is === 'out-of-range' || answer.is === 'trimmed' || answer.is === 'ends') {
      if (answer.start !== undefined) starts.add(answer.start)
      // It begins somewhere behind it; nobody may ever be told where.
      else if (operation.kind === 'read') starts.add(operation.from + 1)
    }
    const isNews = operation.kind === 'append' ? operation.outcome === 'appended' : answer.is === 'trimmed'
    if (!isNews || returned === undefined) continue
    const start = answer.is === 'trimmed' ? answer.start : 0
    const base = answer.is === 'acknowledged' ? (answer.base ?? 0) : 0
    const end = operation.kind === 'append' ? base + operation.batch.values.length : start
    const all = heard.get(process)
    if (all) all.push({ invoked, returned, start, end })
    else heard.set(process, [{ invoked, returned, start, end }])
  }
  const asked = operations.flatMap((operation): Step[] => {
    if (operation.kind === 'trim') return trimSteps(operation, starts)
    if (operation.kind === 'ends') return [endsStep(operation)]
    return operation.kind === 'read' ? readSteps(operation, heard.get(operation.process) ?? []) : []
  })
  return expires ? [...asked, ...[...starts].map(expiryStep)] : asked
}

function endsStep({ client, invoked, returned = Number.POSITIVE_INFINITY, answer }: EndsAsked): Step {
  const { start, end } = answer
  return {
    what: `${client}, who is told of ${start ?? 'wherever'} to ${end ?? 'wherever'}`,
    from: invoked,
    to: returned,
    isSure: true,
    apply: (state) => ((start ?? state.start) === state.start && (end ?? state.end) === state.end ? state : undefined),
  }
}

/** Retention, which nobody asks for. */
function expiryStep(start: number): Step {
  const apply = (state: State): State | undefined =>
    start <= state.start ? state : start > state.end ? undefined : { start, end: state.end }
  return { what: `the expiry before ${start}`, from: 0, to: Number.POSITIVE_INFINITY, isSure: false, apply }
}

function readSteps(
  { client, from: at, invoked, returned = Number.POSITIVE_INFINITY, answer }: ReadAsked,
  heard: readonly Heard[],
): Step[] {
  const step = (what: string, from: number, isSo: (state: State) => boolean): Step[] => [
    {
      what: `${client}, ${what}`,
      from,
      to: returned,
      isSure: true,
      apply: (state) => (isSo(state) ? state : undefined),
    },
  ]
  if (answer.is === 'out-of-range') {
    const what = `at ${at} out of ${answer.start ?? ''} to ${answer.end ?? ''}`
    return step(what, invoked, ({ start, end }) =>
      answer.start === undefined ? at < start || at > end : start === answer.start && end === answer.end,
    )
  }
  if (answer.is !== 'read') return []
  const { length } = answer.values
  if (length === 0) {
    return step(`who finds nothing new at ${at}`, invoked, ({ start, end }) => end === at && start <= at)
  }
  // What the process answered before it knows, and nothing says that it knows more.
  let [since, startMin, endMin] = [0, 0, 0]
  for (const other of heard) {
    if (other.returned >= invoked) continue
    since = Math.max(since, other.invoked)
    startMin = Math.max(startMin, other.start)
    endMin = Math.max(endMin, other.end)
  }
  const what = `who reads ${answer.values.join(' ')} at ${at}`
  return step(what, since, ({ start, end }) => {
    return start >= startMin && start <= at && end >= endMin && at + length <= end
  })
}

/**
 * To the high watermark means as far as it was at some moment of the call: the log may end later by the time at which its
 * start is raised. Where nobody was told how far that was, it is as far as somebody was told later.
 */
function trimSteps(
  { client, before, answer, invoked, returned = Number.POSITIVE_INFINITY }: TrimAsked,
  starts: ReadonlySet<number>,
): Step[] {
  if (answer.is === 'refused') return []
  const told = answer.is === 'trimmed' ? [answer.start] : [...starts]
  const wanted = before === 'high-watermark' ? told : [before]
  return wanted.map((start): Step => {
    const apply = (state: State): State | undefined => {
      if (start > state.end) return undefined
      const after = Math.max(state.start, start)
      if (answer.is === 'trimmed' && answer.start !== after) return undefined
      return after === state.start ? state : { start: after, end: state.end }
    }
    const what = `${client}, who trims before ${start}`
    return { what, from: invoked, to: returned, isSure: answer.is === 'trimmed', apply }
  })
}
