/** What producers were told, held against what lies in the log in the end. */
import { expect } from 'vitest'
import { type Load, type Producer, recordsPerBatch } from './load.ts'

/** Every acknowledged record is there exactly once, where it was said to be, in its producer's order. */
export function auditRecords(load: Load): void {
  expect(load.wrongs).toEqual([])
  for (const producer of load.producers) auditProducer(producer, load.consumed[producer.partition]?.values ?? [])
  for (const { leaderEpochs } of load.consumed) {
    expect(leaderEpochs, 'epochs in the order of offsets').toEqual(leaderEpochs.toSorted((a, b) => a - b))
  }
}

function auditProducer({ name, idempotent, acknowledged, unknown }: Producer, log: readonly string[]): void {
  const own = log.filter((value) => value.startsWith(`${name}/`))
  expect(new Set(own).size, `${name}: nothing twice`).toBe(own.length)
  for (const { values, baseOffset } of acknowledged) {
    if (baseOffset >= 0) expect(log.slice(baseOffset, baseOffset + recordsPerBatch), name).toEqual(values)
  }
  const told = acknowledged.flatMap(({ values }) => values)
  const maybe = new Set(unknown.flat())
  expect(
    own.filter((value) => !maybe.has(value)),
    `${name}: all that was acknowledged, in order`,
  ).toEqual(told)
  if (idempotent) expect(unknown).toEqual([])
}

/** How long, ms, until each of these partitions acknowledged something after a moment; and until a consumer saw it. */
export function pausesAfter(load: Load, partitions: readonly number[], momentMs: number) {
  return partitions.map((partition) => {
    const acks = load.producers
      .filter((producer) => producer.partition === partition)
      .flatMap(({ acknowledged }) => acknowledged)
    const firstAfter = (times: readonly number[]) => Math.min(...times.filter((atMs) => atMs > momentMs)) - momentMs
    return {
      partition,
      acknowledgedMs: firstAfter(acks.map(({ atMs }) => atMs)),
      consumedMs: firstAfter(load.consumed[partition]?.atMs ?? []),
    }
  })
}
