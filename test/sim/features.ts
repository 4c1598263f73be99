/**
 * What a world has besides processes that append and read: drawn from the seed, so that most worlds have one thing or none, and
 * cost nothing for the rest. Drawn from randomness of its own: a feature more changes no world that does not have it.
 */
import type { Entropy } from '../../lib/base/entropy.ts'
import type { Size } from './sim-options.ts'

/** How a client speaks: to the log itself, in Kafka's frames (topics by name, or by id), or over HTTP. */
export type Speech = 'log' | 'frames by name' | 'frames by id' | 'http'

/** Who is in the world's group: one kind of members, or both, moving between the two protocols (KIP-848). */
export type GroupKind = 'classic' | 'consumer' | 'mixed'

export interface Retention {
  /** -1: for ever. */
  readonly ms: number
  /** -1: any number. */
  readonly bytes: number
}

export interface Features {
  /** Of the topic that stays; `undefined`: nothing expires. */
  readonly retention: Retention | undefined
  /** A client has one of these. */
  readonly speeches: readonly Speech[]
  /** A topic comes and goes while others produce to it and consume. */
  readonly hasFleetingTopic: boolean
  /** Kinds of members come and go, some of them under instance ids. */
  readonly hasStaticMembers: boolean
  readonly group: GroupKind
}

/** In small worlds, of which there are thousands, what costs most is half as frequent. */
export function drawFeatures({ fraction }: Entropy, size: Size): Features {
  const rarely = () => fraction() * (size === 'small' ? 2 : 1)
  const any = <T>(...choices: readonly T[]): T => choices[Math.floor(fraction() * choices.length)] as T
  const expires = rarely() < 0.12
  const ms = any(-1, 200, 1_000, 3_000)
  const bytes = any(-1, 0, 200, 1_000)
  const frames: Speech = any('frames by name', 'frames by id')
  const speech = rarely()
  return {
    retention: expires ? { ms, bytes: ms === -1 && bytes === -1 ? 200 : bytes } : undefined,
    speeches: speech < 0.08 ? [frames] : speech < 0.16 ? ['log', frames] : speech < 0.2 ? ['http', 'log'] : ['log'],
    hasFleetingTopic: rarely() < 0.1,
    hasStaticMembers: fraction() < 0.4,
    group: any('classic', 'consumer', 'mixed'),
  }
}
