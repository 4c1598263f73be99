/**
 * Broker configs that are the defaults of topic configs, `message.max.bytes` excepted. Type, rule and documentation are
 * those of the topic config; a time may be given in larger units under another name, of which the finer one wins.
 */
import { atLeast, type BrokerConfigDefinition, type UpdateMode } from './broker-config-definition.ts'
import { type TopicConfigName, topicConfigDefinitions } from './topic-config-definitions.ts'

const ofTopics = <Name extends TopicConfigName>(name: Name) => {
  const { serverName: _, ...definition } = { serverName: '', ...topicConfigDefinitions[name] }
  return { ...definition, update: 'cluster-wide' as const satisfies UpdateMode } as Omit<
    (typeof topicConfigDefinitions)[Name],
    'serverName'
  > & { readonly update: 'cluster-wide' }
}

/** Not set unless somebody sets it: a coarser name has the default. */
const finerThan = <Name extends TopicConfigName>(coarser: string, name: Name) =>
  ({
    ...ofTopics(name),
    default: null,
    documentation: `${topicConfigDefinitions[name].documentation} If it is not set, ${coarser} holds.`,
  }) as const

export const logConfigDefinitions = {
  'log.cleanup.policy': ofTopics('cleanup.policy'),
  'compression.type': ofTopics('compression.type'),
  'compression.gzip.level': ofTopics('compression.gzip.level'),
  'compression.lz4.level': ofTopics('compression.lz4.level'),
  'compression.zstd.level': ofTopics('compression.zstd.level'),
  'log.cleaner.delete.retention.ms': ofTopics('delete.retention.ms'),
  'log.cleaner.max.compaction.lag.ms': ofTopics('max.compaction.lag.ms'),
  'log.cleaner.min.compaction.lag.ms': ofTopics('min.compaction.lag.ms'),
  'log.cleaner.min.cleanable.ratio': ofTopics('min.cleanable.dirty.ratio'),
  'log.message.timestamp.type': ofTopics('message.timestamp.type'),
  'log.message.timestamp.before.max.ms': ofTopics('message.timestamp.before.max.ms'),
  'log.message.timestamp.after.max.ms': ofTopics('message.timestamp.after.max.ms'),
  'min.insync.replicas': ofTopics('min.insync.replicas'),
  'unclean.leader.election.enable': ofTopics('unclean.leader.election.enable'),
  'log.retention.bytes': ofTopics('retention.bytes'),
  'log.retention.ms': finerThan('log.retention.minutes', 'retention.ms'),
  'log.retention.minutes': {
    type: 'int',
    default: null,
    rule: atLeast(-1),
    update: 'read-only',
    documentation: 'log.retention.ms in minutes. If it is not set, log.retention.hours holds.',
  },
  'log.retention.hours': {
    type: 'int',
    default: '168',
    rule: atLeast(-1),
    update: 'read-only',
    documentation: 'log.retention.ms in hours.',
  },
  'log.segment.bytes': ofTopics('segment.bytes'),
  'log.roll.ms': finerThan('log.roll.hours', 'segment.ms'),
  'log.roll.hours': {
    type: 'int',
    default: '168',
    rule: atLeast(1),
    update: 'read-only',
    documentation: 'log.roll.ms in hours.',
  },
  'log.roll.jitter.ms': finerThan('log.roll.jitter.hours', 'segment.jitter.ms'),
  'log.roll.jitter.hours': {
    type: 'int',
    default: '0',
    rule: atLeast(0),
    update: 'read-only',
    documentation: 'log.roll.jitter.ms in hours.',
  },
  'log.segment.delete.delay.ms': ofTopics('file.delete.delay.ms'),
  'log.flush.interval.messages': ofTopics('flush.messages'),
  'log.flush.interval.ms': finerThan('log.flush.scheduler.interval.ms', 'flush.ms'),
  'log.flush.scheduler.interval.ms': {
    ...ofTopics('flush.ms'),
    update: 'read-only',
  },
  'log.index.interval.bytes': ofTopics('index.interval.bytes'),
  'log.index.size.max.bytes': ofTopics('segment.index.bytes'),
  'log.preallocate': ofTopics('preallocate'),
  'log.local.retention.bytes': ofTopics('local.retention.bytes'),
  'log.local.retention.ms': ofTopics('local.retention.ms'),
} as const satisfies Record<string, BrokerConfigDefinition>
