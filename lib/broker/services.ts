/** What handlers need, as values: the cluster's parts, nothing of the process or the transport they run in. */
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import type { Brokers } from '../cluster/brokers.ts'
import type { Topics } from '../cluster/topics.ts'
import type { GroupOffsets } from '../groups/offsets.ts'
import type { Leaders } from '../log/leader-types.ts'
import type { Log } from '../log/log.ts'
import type { MetaStore } from '../store/meta-store.ts'

export interface BrokerServices {
  readonly topics: Topics
  readonly log: Log
  readonly offsets: GroupOffsets
  readonly brokers: Brokers
  readonly leaders: Leaders
  readonly meta: MetaStore
  readonly clock: Clock
  readonly entropy: Entropy
  /** Faults that no client is told of, for the operator. */
  readonly report: (fault: unknown) => void
}
