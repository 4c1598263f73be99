/**
 * Where a broker config comes from: Kafka's four layers, the upper of which wins (`DynamicBrokerConfig`), as pure
 * functions. Topic configs find their defaults here; a time that may be given in several units is decided by the finest
 * unit that any layer sets (`AbstractKafkaConfig.logRetentionTimeMillis`).
 */
import type { BrokerConfigs } from './broker-config.ts'
import type { TopicConfigs } from './topic-config.ts'
import { type TopicConfigDefinition, topicConfigDefinitions, topicConfigNames } from './topic-config-definitions.ts'

export interface ConfigLayers {
  /** DYNAMIC_BROKER_CONFIG: of this broker. */
  readonly broker: BrokerConfigs
  /** DYNAMIC_DEFAULT_BROKER_CONFIG: of all brokers. */
  readonly all: BrokerConfigs
  /** STATIC_BROKER_CONFIG: what the broker was started with. */
  readonly started: BrokerConfigs
}

export function mergedLayers({ broker, all, started }: ConfigLayers): BrokerConfigs {
  return { ...started, ...all, ...broker }
}

const minuteMs = 60_000n
const hourMs = 60n * minuteMs

/** Names of one meaning, the finest first, with what a unit of each is in the first one's. */
const families: readonly (readonly (readonly [string, bigint])[])[] = [
  [
    ['log.retention.ms', 1n],
    ['log.retention.minutes', minuteMs],
    ['log.retention.hours', hourMs],
  ],
  [
    ['log.roll.ms', 1n],
    ['log.roll.hours', hourMs],
  ],
  [
    ['log.roll.jitter.ms', 1n],
    ['log.roll.jitter.hours', hourMs],
  ],
  [
    ['log.flush.interval.ms', 1n],
    ['log.flush.scheduler.interval.ms', 1n],
  ],
]

const familyOf = (name: string) =>
  families.find((family) => family.some(([member]) => member === name)) ?? [[name, 1n] as const]

/** The config and those that stand in for it, in the order in which they win (`brokerConfigSynonyms`). */
export function brokerConfigSynonyms(name: string): readonly string[] {
  return familyOf(name).map(([member]) => member)
}

/** What topics are given where they set nothing, by the names of topic configs: only what some layer sets. */
export function topicDefaultsOf(merged: BrokerConfigs): TopicConfigs {
  const defaults: Record<string, string> = {}
  for (const name of topicConfigNames) {
    const { serverName }: TopicConfigDefinition = topicConfigDefinitions[name]
    if (serverName === undefined) continue
    const family = familyOf(serverName)
    const set = family.find(([member]) => merged[member] !== undefined)
    if (set === undefined) continue
    const [member, unit] = set
    const text = merged[member] ?? ''
    defaults[name] = unit === 1n ? text : inUnits(text, unit)
  }
  return defaults
}

/** Below 0 means "no limit" in every unit. */
function inUnits(text: string, unit: bigint): string {
  const value = BigInt(text.trim().replace(/^\+/, ''))
  return String(value < 0n ? -1n : value * unit)
}
