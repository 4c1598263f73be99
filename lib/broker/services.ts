/** What handlers need, as values: the cluster's parts, nothing of the process or the transport they run in. */
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import type { BrokerConfig } from '../cluster/broker-config.ts'
import type { BrokerSettings } from '../cluster/broker-settings.ts'
import type { Brokers } from '../cluster/brokers.ts'
import type { Topics } from '../cluster/topics.ts'
import type { Groups } from '../groups/groups.ts'
import type { GroupOffsets } from '../groups/offsets.ts'
import type { Leaders } from '../log/leader-types.ts'
import type { Log } from '../log/log.ts'
import type { MetaStore } from '../store/meta-store.ts'
import type { ProducerIds } from '../transactions/producer-ids.ts'

export interface BrokerServices {
  readonly topics: Topics
  readonly log: Log
  readonly offsets: GroupOffsets
  readonly groups: Groups
  readonly brokers: Brokers
  readonly leaders: Leaders
  readonly producerIds: ProducerIds
  /** As `clusterId` in `lib/cluster/cluster-id.ts` answers it. */
  readonly clusterId: string
  readonly meta: MetaStore
  readonly clock: Clock
  readonly entropy: Entropy
  /** Dynamic configs change while the broker runs: read a field each time it is needed. */
  readonly settings: BrokerConfig
  /** Where `settings` (its `config`) and the defaults of topics come from, to be described and altered. */
  readonly brokerSettings: BrokerSettings
  /** Faults that no client is told of, for the operator. */
  readonly report: (fault: unknown) => void
}
