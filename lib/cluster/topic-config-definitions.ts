/**
 * Every topic config of Apache Kafka 4.2: its name, type, default, legal values, the broker config that it overrides
 * (`ServerTopicConfigSynonyms`) and what it does here. Facts follow Kafka's `LogConfig` and `TopicConfig`; those that
 * steer files on a broker's disk are kept and shown, as tools expect, and say that nothing happens.
 */
import { maxMessageBytesDefault, maxMessageBytesMax } from '../base/limits.ts'
import type { ConfigRule, ConfigType } from './config-values.ts'

export interface TopicConfigDefinition {
  readonly type: ConfigType
  /** As Kafka shows it. */
  readonly default: string
  readonly rule?: ConfigRule
  /** The broker config of the same meaning, where Kafka has one. */
  readonly serverName?: string
  readonly documentation: string
}

const longMax = '9223372036854775807'
const atLeast = (min: number): ConfigRule => ({ kind: 'range', min })
const oneDayMs = 24 * 60 * 60 * 1_000
const noFiles = 'Kept for tools; there are no log files on a broker here, so it changes nothing.'
const noTiers = 'Kept for tools; all data lies in object storage from the start, so it changes nothing.'

export const topicConfigDefinitions = {
  'cleanup.policy': {
    type: 'list',
    default: 'delete',
    rule: { kind: 'some-of', values: ['compact', 'delete'] },
    serverName: 'log.cleanup.policy',
    documentation:
      'What becomes of old records: "delete" drops them by age and size, "compact" keeps the newest of each key, both do both, an empty list keeps everything.',
  },
  'compression.gzip.level': {
    type: 'int',
    default: '-1',
    rule: { kind: 'range-or', min: 1, max: 9, or: -1 },
    serverName: 'compression.gzip.level',
    documentation: 'The effort of gzip when compression.type is gzip: 1 is fastest, 9 smallest, -1 the default.',
  },
  'compression.lz4.level': {
    type: 'int',
    default: '9',
    rule: { kind: 'range', min: 1, max: 17 },
    serverName: 'compression.lz4.level',
    documentation: 'The effort of lz4 when compression.type is lz4: 1 is fastest, 17 smallest.',
  },
  'compression.type': {
    type: 'string',
    default: 'producer',
    rule: { kind: 'one-of', values: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'] },
    serverName: 'compression.type',
    documentation: 'How batches are stored: by one codec, uncompressed, or as the producer sent them ("producer").',
  },
  'compression.zstd.level': {
    type: 'int',
    default: '3',
    rule: { kind: 'range', min: -131_072, max: 22 },
    serverName: 'compression.zstd.level',
    documentation: 'The effort of zstd when compression.type is zstd: less is faster, 22 smallest.',
  },
  'delete.retention.ms': {
    type: 'long',
    default: String(oneDayMs),
    rule: atLeast(0),
    serverName: 'log.cleaner.delete.retention.ms',
    documentation:
      'How long the tombstone of a deleted key stays in a compacted topic, so that a reader from the beginning sees it.',
  },
  'file.delete.delay.ms': {
    type: 'long',
    default: '60000',
    rule: atLeast(0),
    serverName: 'log.segment.delete.delay.ms',
    documentation: `How long a file that nothing names is kept before it is deleted. ${noFiles}`,
  },
  'flush.messages': {
    type: 'long',
    default: longMax,
    rule: atLeast(1),
    serverName: 'log.flush.interval.messages',
    documentation: 'Records between two forced writes to disk. Every acknowledged record is durable here already.',
  },
  'flush.ms': {
    type: 'long',
    default: longMax,
    rule: atLeast(0),
    serverName: 'log.flush.interval.ms',
    documentation: 'Time between two forced writes to disk. Every acknowledged record is durable here already.',
  },
  'follower.replication.throttled.replicas': {
    type: 'list',
    default: '',
    rule: { kind: 'replicas' },
    documentation: 'Replicas whose copying is slowed on the follower, as partition:broker pairs or "*" for all.',
  },
  'index.interval.bytes': {
    type: 'int',
    default: '4096',
    rule: atLeast(0),
    serverName: 'log.index.interval.bytes',
    documentation: `Bytes of log between two entries of the offset index. ${noFiles}`,
  },
  'leader.replication.throttled.replicas': {
    type: 'list',
    default: '',
    rule: { kind: 'replicas' },
    documentation: 'Replicas whose copying is slowed on the leader, as partition:broker pairs or "*" for all.',
  },
  'local.retention.bytes': {
    type: 'long',
    default: '-2',
    rule: atLeast(-2),
    serverName: 'log.local.retention.bytes',
    documentation: `Bytes of a partition kept on the broker beside remote storage; -2 follows retention.bytes. ${noTiers}`,
  },
  'local.retention.ms': {
    type: 'long',
    default: '-2',
    rule: atLeast(-2),
    serverName: 'log.local.retention.ms',
    documentation: `Time that data stays on the broker beside remote storage; -2 follows retention.ms. ${noTiers}`,
  },
  'max.compaction.lag.ms': {
    type: 'long',
    default: longMax,
    rule: atLeast(1),
    serverName: 'log.cleaner.max.compaction.lag.ms',
    documentation: 'The longest time that a record of a compacted topic may escape compaction.',
  },
  'max.message.bytes': {
    type: 'int',
    default: String(maxMessageBytesDefault),
    rule: { kind: 'range', min: 0, max: maxMessageBytesMax },
    serverName: 'message.max.bytes',
    documentation: 'The largest record batch that is taken, in bytes as sent, compressed when it is.',
  },
  'message.timestamp.after.max.ms': {
    type: 'long',
    default: '3600000',
    rule: atLeast(0),
    serverName: 'log.message.timestamp.after.max.ms',
    documentation:
      "How far a record's CreateTime may lie after the time of arrival; records beyond it are refused. Without meaning for LogAppendTime.",
  },
  'message.timestamp.before.max.ms': {
    type: 'long',
    default: longMax,
    rule: atLeast(0),
    serverName: 'log.message.timestamp.before.max.ms',
    documentation:
      "How far a record's CreateTime may lie before the time of arrival; records beyond it are refused. Without meaning for LogAppendTime.",
  },
  'message.timestamp.type': {
    type: 'string',
    default: 'CreateTime',
    rule: { kind: 'one-of', values: ['CreateTime', 'LogAppendTime'] },
    serverName: 'log.message.timestamp.type',
    documentation: "Whose time a record bears: the producer's (CreateTime) or that of its arrival (LogAppendTime).",
  },
  'min.cleanable.dirty.ratio': {
    type: 'double',
    default: '0.5',
    rule: { kind: 'range', min: 0, max: 1 },
    serverName: 'log.cleaner.min.cleanable.ratio',
    documentation: 'The share of uncompacted bytes from which a compacted topic is compacted again.',
  },
  'min.compaction.lag.ms': {
    type: 'long',
    default: '0',
    rule: atLeast(0),
    serverName: 'log.cleaner.min.compaction.lag.ms',
    documentation: 'The shortest time that a record of a compacted topic stays as it was written.',
  },
  'min.insync.replicas': {
    type: 'int',
    default: '1',
    rule: atLeast(1),
    serverName: 'min.insync.replicas',
    documentation: 'How many copies must hold a record before a producer with acks=all is told so.',
  },
  preallocate: {
    type: 'boolean',
    default: 'false',
    serverName: 'log.preallocate',
    documentation: `Whether a new log file is made at its full size. ${noFiles}`,
  },
  'remote.log.copy.disable': {
    type: 'boolean',
    default: 'false',
    documentation: `Whether tiered data becomes read-only. ${noTiers}`,
  },
  'remote.log.delete.on.disable': {
    type: 'boolean',
    default: 'false',
    documentation: `Whether tiered data is deleted when tiering is turned off. ${noTiers}`,
  },
  'remote.storage.enable': {
    type: 'boolean',
    default: 'false',
    documentation: 'Tiered storage. It cannot be turned on: all data lies in object storage from the start.',
  },
  'retention.bytes': {
    type: 'long',
    default: '-1',
    serverName: 'log.retention.bytes',
    documentation: 'The size of a partition above which its oldest records are dropped; -1 sets no limit.',
  },
  'retention.ms': {
    type: 'long',
    default: String(7 * oneDayMs),
    rule: atLeast(-1),
    serverName: 'log.retention.ms',
    documentation: 'The age from which records are dropped; -1 sets no limit.',
  },
  'segment.bytes': {
    type: 'int',
    default: '1073741824',
    rule: atLeast(1_048_576),
    serverName: 'log.segment.bytes',
    documentation: 'The largest object that consolidation writes for a partition; retention drops whole ones.',
  },
  'segment.index.bytes': {
    type: 'int',
    default: '10485760',
    rule: atLeast(4),
    serverName: 'log.index.size.max.bytes',
    documentation: `The size of the index file of a segment. ${noFiles}`,
  },
  'segment.jitter.ms': {
    type: 'long',
    default: '0',
    rule: atLeast(0),
    serverName: 'log.roll.jitter.ms',
    documentation: 'A random time taken off segment.ms, so that not all partitions begin a segment at once.',
  },
  'segment.ms': {
    type: 'long',
    default: String(7 * oneDayMs),
    rule: atLeast(1),
    serverName: 'log.roll.ms',
    documentation: 'The longest time that one segment spans, so that retention can drop what is older.',
  },
  'unclean.leader.election.enable': {
    type: 'boolean',
    default: 'false',
    serverName: 'unclean.leader.election.enable',
    documentation: 'Whether a replica that lacks records may lead. No leader holds records of its own here.',
  },
} as const satisfies Record<string, TopicConfigDefinition>

export type TopicConfigName = keyof typeof topicConfigDefinitions

/** All names in alphabetic order. */
export const topicConfigNames = Object.keys(topicConfigDefinitions).sort() as readonly TopicConfigName[]

/** The definition of a config, or `undefined` when Kafka has none of that name. */
export function topicConfigDefinition(name: string): TopicConfigDefinition | undefined {
  return Object.hasOwn(topicConfigDefinitions, name) ? topicConfigDefinitions[name as TopicConfigName] : undefined
}
