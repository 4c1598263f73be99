/** The coordinator's settings, by what Kafka calls them. */
import {
  groupConsumerHeartbeatIntervalMsDefault,
  groupConsumerHeartbeatIntervalMsMaxDefault,
  groupConsumerSessionTimeoutMsDefault,
  groupConsumerSessionTimeoutMsMaxDefault,
  groupInitialRebalanceDelayMsDefault,
  groupMaxSizeDefault,
  groupSessionTimeoutMsMaxDefault,
  groupSessionTimeoutMsMinDefault,
} from '../base/limits.ts'
import type { BrokerConfig } from '../cluster/broker-config.ts'

export interface GroupSettings {
  /** `group.initial.rebalance.delay.ms`: how long the first members of an empty group wait for others. */
  readonly initialRebalanceDelayMs: number
  /** `group.min.session.timeout.ms` */
  readonly sessionTimeoutMsMin: number
  /** `group.max.session.timeout.ms` */
  readonly sessionTimeoutMsMax: number
  /** `group.max.size`: members of a group; Kafka's default is unbounded, here a group's state has its limit. */
  readonly membersMax: number
  readonly consumer: ConsumerGroupSettings
}

/** The server-side assignors that there are. */
export type AssignorName = 'uniform' | 'range'

/** KIP-848. */
export interface ConsumerGroupSettings {
  /** `group.consumer.assignors`: the first is taken where members name none. At least one. */
  readonly assignors: readonly AssignorName[]
  /** `group.consumer.session.timeout.ms`, or what is set on the group */
  readonly sessionTimeoutMs: number
  /** `group.consumer.heartbeat.interval.ms`, or what is set on the group */
  readonly heartbeatIntervalMs: number
  /** `group.consumer.min.session.timeout.ms` and so on: what may be set on a group, both ends included. */
  readonly sessionTimeoutMsMin: number
  readonly sessionTimeoutMsMax: number
  readonly heartbeatIntervalMsMin: number
  readonly heartbeatIntervalMsMax: number
  /** `group.consumer.max.size` */
  readonly membersMax: number
  /** `group.consumer.migration.policy` */
  readonly migration: 'bidirectional' | 'upgrade' | 'downgrade' | 'disabled'
}

export const defaultGroupSettings: GroupSettings = {
  initialRebalanceDelayMs: groupInitialRebalanceDelayMsDefault,
  sessionTimeoutMsMin: groupSessionTimeoutMsMinDefault,
  sessionTimeoutMsMax: groupSessionTimeoutMsMaxDefault,
  membersMax: groupMaxSizeDefault,
  consumer: {
    assignors: ['uniform', 'range'],
    sessionTimeoutMs: groupConsumerSessionTimeoutMsDefault,
    heartbeatIntervalMs: groupConsumerHeartbeatIntervalMsDefault,
    sessionTimeoutMsMin: groupConsumerSessionTimeoutMsDefault,
    sessionTimeoutMsMax: groupConsumerSessionTimeoutMsMaxDefault,
    heartbeatIntervalMsMin: groupConsumerHeartbeatIntervalMsDefault,
    heartbeatIntervalMsMax: groupConsumerHeartbeatIntervalMsMaxDefault,
    membersMax: groupMaxSizeDefault,
    migration: 'bidirectional',
  },
}

const migrations = ['bidirectional', 'upgrade', 'downgrade'] as const

/** As the broker's configs have them. No group is larger than its state can be stored. */
export function groupSettingsOf(config: BrokerConfig): GroupSettings {
  return {
    initialRebalanceDelayMs: config.groupInitialRebalanceDelayMs,
    sessionTimeoutMsMin: config.groupMinSessionTimeoutMs,
    sessionTimeoutMsMax: config.groupMaxSessionTimeoutMs,
    membersMax: Math.min(config.groupMaxSize, groupMaxSizeDefault),
    consumer: {
      assignors: config.groupConsumerAssignors.filter((name) => name === 'uniform' || name === 'range'),
      sessionTimeoutMs: config.groupConsumerSessionTimeoutMs,
      heartbeatIntervalMs: config.groupConsumerHeartbeatIntervalMs,
      sessionTimeoutMsMin: config.groupConsumerMinSessionTimeoutMs,
      sessionTimeoutMsMax: config.groupConsumerMaxSessionTimeoutMs,
      heartbeatIntervalMsMin: config.groupConsumerMinHeartbeatIntervalMs,
      heartbeatIntervalMsMax: config.groupConsumerMaxHeartbeatIntervalMs,
      membersMax: Math.min(config.groupConsumerMaxSize, groupMaxSizeDefault),
      migration: migrations.find((each) => each === config.groupConsumerMigrationPolicy) ?? 'disabled',
    },
  }
}
