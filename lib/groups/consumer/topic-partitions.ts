/**
 * Sets of partitions of many topics as plain sorted data: by topic id, then by number, no topic without partitions. Two
 * equal sets are written alike, so equality is a walk, and what is stored is what is worked on.
 */
import type { TopicId } from '../../base/ids.ts'

interface TopicPartitions {
  readonly topicId: TopicId
  /** Ascending, each once, at least one. */
  readonly partitions: readonly number[]
}

/** Ascending by topic id, each once. */
export type Partitions = readonly TopicPartitions[]

export const noPartitions: Partitions = []

/** From anything that names topics and partitions: what a client sent, in any order and perhaps twice. */
export function toPartitions(
  entries: Iterable<{ readonly topicId: TopicId; readonly partitions: Iterable<number> }>,
): Partitions {
  const byTopic = new Map<TopicId, Set<number>>()
  for (const { topicId, partitions } of entries) {
    const there = byTopic.get(topicId) ?? new Set()
    for (const partition of partitions) there.add(partition)
    byTopic.set(topicId, there)
  }
  return fromSets(byTopic)
}

export function fromSets(byTopic: ReadonlyMap<TopicId, Iterable<number>>): Partitions {
  const sorted: TopicPartitions[] = []
  for (const topicId of [...byTopic.keys()].sort()) {
    const partitions = [...(byTopic.get(topicId) ?? [])].sort((a, b) => a - b)
    if (partitions.length > 0) sorted.push({ topicId, partitions })
  }
  return sorted
}

export function samePartitions(a: Partitions, b: Partitions): boolean {
  return a === b || (a.length === b.length && a.every((each, index) => sameTopic(each, b[index])))
}

function sameTopic(a: TopicPartitions, b: TopicPartitions | undefined): boolean {
  if (b === undefined || a.topicId !== b.topicId || a.partitions.length !== b.partitions.length) return false
  return a.partitions.every((partition, index) => partition === b.partitions[index])
}

export function intersection(a: Partitions, b: Partitions): Partitions {
  const inB = setsOf(b)
  return filtered(a, (topicId, partition) => inB.get(topicId)?.has(partition) === true)
}

export function difference(a: Partitions, b: Partitions): Partitions {
  const inB = setsOf(b)
  return filtered(a, (topicId, partition) => inB.get(topicId)?.has(partition) !== true)
}

export function union(a: Partitions, b: Partitions): Partitions {
  return a.length === 0 ? b : b.length === 0 ? a : toPartitions([...a, ...b])
}

export function isSubset(a: Partitions, b: Partitions): boolean {
  return difference(a, b).length === 0
}

export function intersects(a: Partitions, b: Partitions): boolean {
  return intersection(a, b).length > 0
}

export function filtered(all: Partitions, keep: (topicId: TopicId, partition: number) => boolean): Partitions {
  return all
    .map(({ topicId, partitions }) => ({ topicId, partitions: partitions.filter((each) => keep(topicId, each)) }))
    .filter(({ partitions }) => partitions.length > 0)
}

export function countOf(all: Partitions): number {
  return all.reduce((count, { partitions }) => count + partitions.length, 0)
}

export function setsOf(all: Partitions): Map<TopicId, Set<number>> {
  return new Map(all.map(({ topicId, partitions }) => [topicId, new Set(partitions)]))
}
