/**
 * The parts that every process of Gregor has, whatever its stores: topics, offsets, the log, and what the Kafka protocol's
 * handlers need besides. Who the brokers are differs, and is given.
 */
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import type { BrokerServices } from '../broker/services.ts'
import type { BrokerConfigs } from '../cluster/broker-config.ts'
import { BrokerSettings } from '../cluster/broker-settings.ts'
import type { Brokers } from '../cluster/brokers.ts'
import { clusterId } from '../cluster/cluster-id.ts'
import { Topics } from '../cluster/topics.ts'
import { groupSettingsOf } from '../groups/group-settings.ts'
import { Groups } from '../groups/groups.ts'
import { GroupOffsets } from '../groups/offsets.ts'
import { HeadHints } from '../log/head-hints.ts'
import type { Leaders } from '../log/leader-types.ts'
import { Log, type LogOptions } from '../log/log.ts'
import type { MetaStore } from '../store/meta-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { ProducerIds } from '../transactions/producer-ids.ts'

export interface Stores {
  readonly meta: MetaStore
  readonly objects: ObjectStore
  close(): void
}

export interface World {
  readonly clock: Clock
  readonly entropy: Entropy
  /** Faults that no client is told of. */
  readonly report: (fault: unknown) => void
}

export interface ClusterParts extends World {
  readonly stores: Stores
  readonly settings: BrokerSettings
  readonly topics: Topics
  readonly offsets: GroupOffsets
  readonly hints: HeadHints
  readonly log: Log
}

export function clusterParts(
  stores: Stores,
  world: World,
  own: { readonly brokerId: number; readonly configs: BrokerConfigs; readonly log: Partial<LogOptions> },
): ClusterParts {
  const { meta, objects } = stores
  const { clock, report } = world
  const settings = new BrokerSettings({ meta, clock, brokerId: own.brokerId, configs: own.configs })
  const topics = new Topics({ meta, ...world, defaults: settings })
  const hints = new HeadHints({ clock })
  const log = new Log(
    { meta, objects, ...world, hints, brokerId: own.brokerId, onLoss: report, onBug: report },
    own.log,
  )
  return { ...world, stores, settings, topics, offsets: new GroupOffsets({ meta, clock, topics }), hints, log }
}

/** What handlers need. Throws the store's faults where the cluster's id cannot be read or made. */
export async function brokerServices(
  parts: ClusterParts,
  { brokers, leaders }: { readonly brokers: Brokers; readonly leaders: Leaders },
): Promise<BrokerServices> {
  const { topics, log, offsets, clock, entropy, report, settings } = parts
  const { meta } = parts.stores
  const groupSettings = () => groupSettingsOf(settings.config)
  return {
    topics,
    log,
    offsets,
    groups: new Groups({ meta, clock, entropy, topics, brokers, settings: groupSettings, offsets, report }),
    brokers,
    leaders,
    producerIds: new ProducerIds({ meta, clock }),
    clusterId: await clusterId({ meta, clock, entropy }),
    meta,
    clock,
    entropy,
    settings: settings.config,
    brokerSettings: settings,
    report,
  }
}
