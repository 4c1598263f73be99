/**
 * Branded identifiers and numbers. Offsets are 64 bit on the wire and safe integers inside: at a million records a
 * second 2^53 lasts 285 years, and `offset()` refuses what would lose a digit.
 */
import { assert } from './assert.ts'

declare const brand: unique symbol
type Branded<T, Name extends string> = T & { readonly [brand]: Name }

/** 0 to 2^53 - 1. */
export type Offset = Branded<number, 'Offset'>
/** A partition's leader epoch: 0 and up; -1 in a head says that its topic is deleted. */
export type Epoch = Branded<number, 'Epoch'>
/** Kafka's 64-bit producer id, kept below 2^53. */
export type ProducerId = Branded<number, 'ProducerId'>
/** Kafka's topic UUID: 16 bytes as base64url without padding, 22 characters. Never used twice. */
export type TopicId = Branded<string, 'TopicId'>

/** A safe integer from 0 on; anything else is a bug and fails. */
export function offset(value: number | bigint): Offset {
  const number = Number(value)
  assert(Number.isSafeInteger(number) && number >= 0, `not an offset: ${value}`)
  return number as Offset
}

/** An integer from -1 to 2^31 - 1, as on the wire; anything else is a bug and fails. */
export function epoch(value: number): Epoch {
  assert(Number.isInteger(value) && value >= -1 && value < 2 ** 31, `not an epoch: ${value}`)
  return value as Epoch
}

/** A safe integer from 0 on; anything else is a bug and fails. */
export function producerId(value: number | bigint): ProducerId {
  const number = Number(value)
  assert(Number.isSafeInteger(number) && number >= 0, `not a producer id: ${value}`)
  return number as ProducerId
}

/** 22 characters of base64url; anything else is a bug and fails. */
export function topicId(value: string): TopicId {
  assert(/^[A-Za-z0-9_-]{22}$/.test(value), `not a topic id: ${value}`)
  return value as TopicId
}

/** One partition of one topic, by the topic's id: a new topic of an old name is another partition. */
export interface PartitionId {
  readonly topicId: TopicId
  /** 0 to 9,999. */
  readonly partition: number
}
