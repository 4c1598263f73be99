/** What every unit of the janitor's work is given. */
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import type { TopicId } from '../base/ids.ts'
import type { Topics } from '../cluster/topics.ts'
import type { GroupOffsets } from '../groups/offsets.ts'
import type { PointerBytes } from '../log/bytes.ts'
import type { LossListener } from '../log/loss.ts'
import type { MetaStore } from '../store/meta-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { Spending } from './budget.ts'
import type { ReportBuilder } from './report.ts'

export interface JanitorOptions {
  /** Between the beginnings of two rounds, ms: how late retention may be. */
  readonly roundPauseMs: number
  /**
   * What that pause doubles to while rounds find nothing to do, ms: how late retention and deletion may be where nothing was
   * written or deleted for a while. Default: it does not grow.
   */
  readonly quietPauseMsMax: number
  /** The same where this process has deleted topics since the last round began here, ms. Default: it is no shorter. */
  readonly deletionPauseMs: number
  /** Between the beginnings of two rounds that sweep, ms. */
  readonly sweepPauseMs: number
  /** Bytes that no index names are left alone for so long, ms; about cost only, the floor makes it safe at any age. */
  readonly sweepAgeMs: number
  /** `producer.id.expiration.ms`. */
  readonly producerExpirationMs: number
  /** `offsets.retention.minutes`, in ms. */
  readonly offsetsRetentionMs: number
  /** From a topic's deletion until its heads go and it is forgotten, ms. */
  readonly forgetTopicMs: number
  readonly consolidateBytesMin: number
  readonly consolidateAgeMs: number
}

export interface Work {
  readonly meta: MetaStore
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly entropy: Entropy
  readonly bytes: PointerBytes
  readonly topics: Pick<Topics, 'list' | 'byId' | 'deleted'>
  readonly offsets: Pick<GroupOffsets, 'expire'>
  readonly topicExists: (id: TopicId) => Promise<boolean>
  readonly onLoss: LossListener | undefined
  readonly spending: Spending
  readonly report: ReportBuilder
  readonly options: JanitorOptions
  /** This round sweeps. */
  readonly sweeping: boolean
}

/** One unit: from `at` on ('' at first), and where the next one begins; `undefined` at the phase's end. */
export type Unit = (work: Work, at: string) => Promise<string | undefined>
