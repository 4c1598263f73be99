/**
 * What the routes need, as values: the cluster's parts and ports, nothing of the process they run in. The same routes run
 * in a Lambda function, in one local process, and in tests on memory stores.
 */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import type { Broker } from '../broker/broker.ts'
import type { Topics } from '../cluster/topics.ts'
import type { GroupAdministration } from '../groups/group-administration.ts'
import type { GroupOffsets } from '../groups/offsets.ts'
import type { Log } from '../log/log.ts'
import type { MetaStore } from '../store/meta-store.ts'
import type { ObjectStore } from '../store/object-store.ts'

export interface HttpServices {
  readonly topics: Topics
  readonly groups: GroupOffsets
  /** Who is in the groups, and what may be done to them while somebody is; only the routes of groups ask. */
  readonly members?: GroupAdministration
  readonly log: Log
  readonly meta: MetaStore
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly entropy: Entropy
  /** Answers the frames of `POST /kafka`; without it that route is not there. */
  readonly broker?: Pick<Broker, 'handle'>
  /** Aborted when this process stops: what waits for something to come answers what it has. */
  readonly stopping?: AbortSignal
  /** Partitions of a topic that is created without a number; default 1, as Kafka's `num.partitions`. */
  readonly defaultPartitions?: number
  /**
   * Whether work may go on after an answer (`acks=0`). False in a Lambda function, which freezes then: there it is
   * done before the answer. Default true.
   */
  readonly mayWorkAfterAnswer?: boolean
  /**
   * What a list of records may be as a JSON string, in bytes: the form in which a Lambda function answers, where each quote
   * costs two. Default: only `recordsResponseBytesMax` counts.
   */
  readonly answerBytesMax?: number
  /** What Prometheus is told at `GET /metrics`, which is not there without it. */
  readonly metrics?: () => Promise<{ readonly contentType: string; readonly text: string }>
  /** Faults that nobody asked about, for the operator: bugs, damaged data. A client never sees them. */
  readonly report?: (fault: unknown) => void
}

/** For the routes of groups: whoever serves them gives it. */
export function membersOf({ members }: HttpServices): GroupAdministration {
  assert(members !== undefined, 'the routes of groups are served without what knows their members')
  return members
}
