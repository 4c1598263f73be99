/**
 * The history held against what the stores have held: what was acknowledged is there, where it was said to be, once and in its
 * producer's order; what was refused is not there; of what is unknown there is nothing or one; and what readers saw is what
 * lies there. The model is an array of records; nothing of the log's code is asked.
 */
import type { AppendAsked, History, Operation, ReadAsked } from '../history.ts'
import { nameOf, type Truth } from '../witness.ts'

/** Checks one partition. `operations`: those on it, in the order in which they were asked. */
export function checkPartition(history: History, truth: Truth | undefined, operations: readonly Operation[]): void {
  const values = truth?.values ?? []
  const wrong = (text: string) => history.violation(text)
  const [first] = operations
  const partition = first ? nameOf(first.id) : ''
  const places = new Map<string, number[]>()
  for (let at = 0; at < values.length; at++) {
    const value = values[at]
    if (value === undefined) wrong(`${partition}: a hole at ${at}`)
    else places.set(value, [...(places.get(value) ?? []), at])
  }
  const tries = triesOf(operations)
  for (const all of tries.values()) {
    checkBatch(partition, all, places, wrong)
    checkEpoch(partition, all, places, truth?.epochs ?? [], wrong)
  }
  const known = new Set([...tries.values()].flatMap(([asked]) => asked?.batch.values ?? []))
  for (const value of places.keys()) if (!known.has(value)) wrong(`${partition}: nobody has written ${value}`)
  checkOrder(partition, operations, places, wrong)
  for (const operation of operations) if (operation.kind === 'read') checkRead(partition, operation, values, wrong)
}

/** The tries of each batch. */
function triesOf(operations: readonly Operation[]): Map<string, AppendAsked[]> {
  const tries = new Map<string, AppendAsked[]>()
  for (const operation of operations) {
    if (operation.kind !== 'append') continue
    const { name } = operation.batch
    const known = tries.get(name)
    if (known) known.push(operation)
    else tries.set(name, [operation])
  }
  return tries
}

function checkBatch(
  partition: string,
  tries: readonly AppendAsked[],
  places: ReadonlyMap<string, readonly number[]>,
  wrong: (text: string) => void,
): void {
  const [{ batch } = { batch: undefined }] = tries
  if (!batch) return
  const found = places.get(batch.values[0] as string) ?? []
  for (const [nth, value] of batch.values.entries()) {
    const there = places.get(value) ?? []
    if (there.length !== found.length || there.some((at, copy) => at !== (found[copy] as number) + nth)) {
      wrong(`${partition}: ${batch.name} is torn, ${value} is at ${there.join()}, its first record at ${found.join()}`)
    }
  }
  if (found.length > 1) wrong(`${partition}: ${batch.name} is there ${found.length} times, at ${found.join()}`)
  const acknowledged = tries.filter(({ answer }) => answer.is === 'acknowledged')
  if (acknowledged.length > 0 && found.length === 0) wrong(`${partition}: ${batch.name} is acknowledged, and not there`)
  for (const { answer, process } of acknowledged) {
    if (answer.is === 'acknowledged' && answer.base !== undefined && found.length > 0 && !found.includes(answer.base)) {
      wrong(`${partition}: ${batch.name} is acknowledged at ${answer.base} by ${process}, and is at ${found.join()}`)
    }
  }
  const isRefused = tries.every(({ answer }) => answer.is === 'refused')
  if (isRefused && found.length > 0) {
    wrong(
      `${partition}: ${batch.name} is refused as ${tries.map(({ outcome }) => outcome).join()}, and at ${found.join()}`,
    )
  }
}

/** Whoever accepted it as a leader of an epoch has appended it in that epoch: later there is another leader. */
function checkEpoch(
  partition: string,
  tries: readonly AppendAsked[],
  places: ReadonlyMap<string, readonly number[]>,
  epochs: readonly number[],
  wrong: (text: string) => void,
): void {
  if (tries.some(({ leaderEpoch }) => leaderEpoch === undefined)) return
  const at = places.get(tries[0]?.batch.values[0] ?? '')?.[0]
  if (at === undefined || tries.some(({ leaderEpoch }) => leaderEpoch === epochs[at])) return
  const under = tries.map(({ leaderEpoch }) => leaderEpoch).join()
  wrong(`${partition}: ${tries[0]?.batch.name} was accepted under epoch ${under}, and came in ${epochs[at]}`)
}

/**
 * An idempotent producer's batches lie in the order of their sequences; of what one client gave to one process without
 * sequences, what was acknowledged lies in the order in which it was given.
 */
function checkOrder(
  partition: string,
  operations: readonly Operation[],
  places: ReadonlyMap<string, readonly number[]>,
  wrong: (text: string) => void,
): void {
  const last = new Map<string, { order: number; at: number; name: string }>()
  const appends = operations.filter((operation) => operation.kind === 'append')
  const inSequence = [...appends].sort((a, b) => (a.batch.sequenced?.order ?? 0) - (b.batch.sequenced?.order ?? 0))
  for (const { batch, client, process, answer, invoked, inOrder: isInOrder } of inSequence) {
    if (!batch.sequenced && (answer.is !== 'acknowledged' || !isInOrder)) continue
    const at = places.get(batch.values[0] as string)?.[0]
    if (at === undefined) continue
    const lane = batch.sequenced ? `producer ${batch.sequenced.producerId}` : `${client} by ${process}`
    const order = batch.sequenced?.order ?? invoked
    const before = last.get(lane)
    if (before && before.order < order && before.at > at) {
      wrong(`${partition}: ${batch.name} at ${at} was written after ${before.name}, which is at ${before.at}`)
    }
    last.set(lane, { order, at, name: batch.name })
  }
}

function checkRead(
  partition: string,
  { client, from, answer }: ReadAsked,
  values: readonly (string | undefined)[],
  wrong: (text: string) => void,
): void {
  if (answer.is !== 'read') return
  if (answer.end > values.length) wrong(`${partition}: ${client} is told of ${answer.end} records of ${values.length}`)
  for (const [nth, value] of answer.values.entries()) {
    const there = values[from + nth]
    if (there !== value) wrong(`${partition}: ${client} reads ${value} at ${from + nth}, where ${there} is`)
  }
}
