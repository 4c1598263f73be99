/**
 * What must hold of a log, whatever happened to the processes and stores under it: acknowledged is there, once, where it was
 * said to be and in its producer's order; refused is not there; unknown is there as a whole or not at all; and nothing else.
 */
import type { Sent } from './history.ts'

/** A log as it was read from end to end, by offset. */
export type ReadLog = readonly string[]

/**
 * Everything that is wrong, in sentences. `asOf`: what was answered from there on (`History.now` when the reading began) may
 * lie behind the end of what was read, and counts as unknown.
 */
export function violationsOf(sent: readonly Sent[], logs: readonly ReadLog[], asOf: number): string[] {
  const wrongs: string[] = []
  const places = logs.map((log, partition) => placesOf(log, partition, wrongs))
  const known = new Set<string>()
  const lastOf = new Map<string, number>()
  for (const batch of sent) {
    for (const value of batch.values) known.add(value)
    const place = placeOf(batch, places[batch.partition] ?? new Map(), wrongs)
    judgeOutcome(batch, place, asOf, wrongs)
    if (place === undefined || !countsForOrder(batch)) continue
    const before = lastOf.get(batch.producer) ?? -1
    if (place < before)
      wrongs.push(`${batch.values[0]} lies at ${place}, before what ${batch.producer} had sent earlier (${before})`)
    lastOf.set(batch.producer, place)
  }
  for (const [partition, log] of logs.entries())
    for (const value of log)
      if (!known.has(value)) wrongs.push(`partition ${partition} holds ${value}, which nobody sent there`)
  return wrongs
}

/** A plain producer's order is that of its acknowledged tries: what was given up may come late, with Kafka too. */
const countsForOrder = ({ idempotent, outcome }: Sent) => idempotent || outcome.kind === 'acknowledged'

function placesOf(log: ReadLog, partition: number, wrongs: string[]): Map<string, number> {
  const places = new Map<string, number>()
  for (const [offset, value] of log.entries()) {
    const before = places.get(value)
    if (before === undefined) places.set(value, offset)
    else wrongs.push(`partition ${partition} holds ${value} twice, at ${before} and ${offset}`)
  }
  return places
}

/** Where the whole batch lies; `undefined` if it is not there. */
function placeOf({ values }: Sent, places: ReadonlyMap<string, number>, wrongs: string[]): number | undefined {
  const first = places.get(values[0] ?? '')
  const isWhole = values.every((value, index) => places.get(value) === (first === undefined ? first : first + index))
  if (!isWhole) wrongs.push(`${values[0]} and what was sent with it do not lie together`)
  return first
}

function judgeOutcome({ outcome, at, values }: Sent, place: number | undefined, asOf: number, wrongs: string[]): void {
  if (outcome.kind === 'refused' && place !== undefined) wrongs.push(`${values[0]} was refused, and lies at ${place}`)
  if (outcome.kind !== 'acknowledged') return
  const { baseOffset } = outcome
  if (place === undefined) {
    const where = baseOffset === undefined ? '' : ` at ${baseOffset}`
    if (at < asOf) wrongs.push(`${values[0]} was acknowledged${where}, and is not there`)
  } else if (baseOffset !== undefined && baseOffset !== place)
    wrongs.push(`${values[0]} was acknowledged at ${baseOffset}, and lies at ${place}`)
}
