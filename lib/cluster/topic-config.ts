/**
 * A topic's config: what was set on it, checked, read into values, and shown with its defaults. A topic stores only what
 * was set, as the text that was given, so a default that changes later changes for every topic that never set it.
 */
import { assert } from '../base/assert.ts'
import { quotedLengthMax, topicConfigEntriesMax, topicConfigValueLengthMax } from '../base/limits.ts'
import { closestName } from './closest-name.ts'
import { type ConfigType, type ConfigValue, readConfigValue } from './config-values.ts'
import {
  type TopicConfigDefinition,
  type TopicConfigName,
  topicConfigDefinition,
  topicConfigDefinitions,
  topicConfigNames,
} from './topic-config-definitions.ts'

/** What was set on a topic: name to text. */
export type TopicConfigs = Readonly<Record<string, string>>

/**
 * The configs that something here acts on, as values. Numbers beyond 2^53 - 1 (Kafka's 2^63 - 1 means "never") are cut
 * there: 285,000 years in milliseconds, 8 PiB in bytes. -1 keeps Kafka's meaning, "no limit".
 */
export interface TopicConfig {
  readonly cleanup: { readonly compact: boolean; readonly delete: boolean }
  readonly compressionType: 'producer' | 'uncompressed' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly compressionGzipLevel: number
  readonly compressionLz4Level: number
  readonly compressionZstdLevel: number
  readonly deleteRetentionMs: number
  readonly maxCompactionLagMs: number
  readonly maxMessageBytes: number
  readonly messageTimestampAfterMaxMs: number
  readonly messageTimestampBeforeMaxMs: number
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime'
  readonly minCleanableDirtyRatio: number
  readonly minCompactionLagMs: number
  readonly minInsyncReplicas: number
  /** Bytes a partition, or -1. */
  readonly retentionBytes: number
  /** Milliseconds, or -1. */
  readonly retentionMs: number
  readonly segmentBytes: number
  readonly segmentMs: number
}

/** One config as a person sees it, and as DescribeConfigs answers it. */
export interface TopicConfigEntry {
  readonly name: TopicConfigName
  /** The text that was set, else the default. */
  readonly value: string
  readonly isDefault: boolean
  /** What holds where nothing is set: the broker's default. */
  readonly defaultValue: string
  readonly type: ConfigType
  readonly serverName?: string
  readonly documentation: string
}

/**
 * A sentence that names the config and says what is wrong, or `undefined` when all of them are legal together, and with
 * the broker's `defaults` where they set nothing.
 */
export function topicConfigsProblem(configs: TopicConfigs, defaults: TopicConfigs = {}): string | undefined {
  const names = Object.keys(configs)
  if (names.length > topicConfigEntriesMax) return `A topic has at most ${topicConfigEntriesMax} configs.`
  for (const name of names) {
    const problem = topicConfigProblem(name, configs[name] ?? '')
    if (problem !== undefined) return problem
  }
  const all = { ...defaults, ...configs }
  const minLag = longOf(all, 'min.compaction.lag.ms')
  const maxLag = longOf(all, 'max.compaction.lag.ms')
  if (minLag > maxLag) {
    return `min.compaction.lag.ms (${minLag}) must not be greater than max.compaction.lag.ms (${maxLag}).`
  }
  if (configValue(configs, 'remote.storage.enable') === true) {
    return 'remote.storage.enable cannot be turned on: all data lies in object storage from the start.'
  }
  return undefined
}

/** A sentence that says what is wrong with one config, or `undefined`. */
function topicConfigProblem(name: string, text: string): string | undefined {
  const definition = topicConfigDefinition(name)
  if (definition === undefined) return unknownConfig(name)
  if (text.length > topicConfigValueLengthMax) {
    return `The value of ${name} has ${text.length} characters; at most ${topicConfigValueLengthMax} are allowed.`
  }
  const reading = readConfigValue(text, definition.type, definition.rule)
  return 'value' in reading ? undefined : `${name} must be ${reading.mustBe}; it is '${shortened(text)}'.`
}

/** The sentence for a config that Kafka does not have, with the one that was probably meant. */
export function unknownConfig(name: string): string {
  const near = closestName(name, topicConfigNames)
  const hint = near === undefined ? '' : ` Did you mean ${near}?`
  return `There is no topic config named '${shortened(name)}'.${hint}`
}

/**
 * The values that a topic's configs stand for, with the broker's `defaults` where nothing is set. Both must have passed
 * `topicConfigsProblem`.
 */
export function topicConfig(set: TopicConfigs, defaults: TopicConfigs = {}): TopicConfig {
  const configs = { ...defaults, ...set }
  const number = (name: TopicConfigName) => {
    const value = configValue(configs, name)
    const number = Number(value)
    return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, number))
  }
  const policies = configValue(configs, 'cleanup.policy') as readonly string[]
  return {
    cleanup: { compact: policies.includes('compact'), delete: policies.includes('delete') },
    compressionType: configValue(configs, 'compression.type') as TopicConfig['compressionType'],
    compressionGzipLevel: number('compression.gzip.level'),
    compressionLz4Level: number('compression.lz4.level'),
    compressionZstdLevel: number('compression.zstd.level'),
    deleteRetentionMs: number('delete.retention.ms'),
    maxCompactionLagMs: number('max.compaction.lag.ms'),
    maxMessageBytes: number('max.message.bytes'),
    messageTimestampAfterMaxMs: number('message.timestamp.after.max.ms'),
    messageTimestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
    messageTimestampType: configValue(configs, 'message.timestamp.type') as TopicConfig['messageTimestampType'],
    minCleanableDirtyRatio: number('min.cleanable.dirty.ratio'),
    minCompactionLagMs: number('min.compaction.lag.ms'),
    minInsyncReplicas: number('min.insync.replicas'),
    retentionBytes: number('retention.bytes'),
    retentionMs: number('retention.ms'),
    segmentBytes: number('segment.bytes'),
    segmentMs: number('segment.ms'),
  }
}

/** Every topic config with its value, in alphabetic order: what was set, else the broker's default, else Kafka's. */
export function describeTopicConfigs(configs: TopicConfigs, defaults: TopicConfigs = {}): TopicConfigEntry[] {
  return topicConfigNames.map((name) => {
    const definition: TopicConfigDefinition = topicConfigDefinitions[name]
    const defaultValue = defaults[name] ?? definition.default
    return {
      name,
      value: configs[name] ?? defaultValue,
      isDefault: configs[name] === undefined,
      defaultValue,
      type: definition.type,
      ...(definition.serverName === undefined ? {} : { serverName: definition.serverName }),
      documentation: definition.documentation,
    }
  })
}

function configValue(configs: TopicConfigs, name: TopicConfigName): ConfigValue {
  const definition: TopicConfigDefinition = topicConfigDefinitions[name]
  const reading = readConfigValue(configs[name] ?? definition.default, definition.type, definition.rule)
  assert('value' in reading, `an illegal value of ${name} was stored`)
  return reading.value
}

function longOf(configs: TopicConfigs, name: TopicConfigName): bigint {
  return BigInt(configValue(configs, name) as bigint)
}

function shortened(text: string): string {
  return text.length <= quotedLengthMax ? text : `${text.slice(0, quotedLengthMax)}...`
}
