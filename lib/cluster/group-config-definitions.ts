/** How group coordinators treat groups, of the classic and of the consumer protocol (KIP-848), and their offsets. */
import { offsetMetadataBytesMax } from '../base/limits.ts'
import { atLeast, type BrokerConfigDefinition, intMax } from './broker-config-definition.ts'

export const groupConfigDefinitions = {
  'group.min.session.timeout.ms': {
    type: 'int',
    default: '6000',
    update: 'read-only',
    documentation: 'The shortest session time-out that a member of a classic group may ask for.',
  },
  'group.max.session.timeout.ms': {
    type: 'int',
    default: '1800000',
    update: 'read-only',
    documentation: 'The longest session time-out that a member of a classic group may ask for.',
  },
  'group.initial.rebalance.delay.ms': {
    type: 'int',
    default: '3000',
    rule: atLeast(0),
    update: 'read-only',
    documentation:
      'How long a new classic group waits for more members before its first rebalance. As in the configuration that Kafka brings, a local cluster sets 0: whoever starts one consumer does not wait.',
  },
  'group.max.size': {
    type: 'int',
    default: intMax,
    rule: atLeast(1),
    update: 'read-only',
    documentation: 'The most members of a classic group.',
  },
  'group.coordinator.rebalance.protocols': {
    type: 'list',
    default: 'classic,consumer',
    rule: { kind: 'some-of', values: ['classic', 'consumer', 'share', 'streams'] },
    update: 'read-only',
    documentation: 'Which group protocols are served; classic always is.',
  },
  'group.consumer.session.timeout.ms': {
    type: 'int',
    default: '45000',
    rule: atLeast(1),
    update: 'read-only',
    documentation: 'How long a member of a consumer group may be silent before its partitions go to others.',
  },
  'group.consumer.min.session.timeout.ms': {
    type: 'int',
    default: '45000',
    rule: atLeast(1),
    update: 'read-only',
    documentation: 'The shortest session time-out that a consumer group may be given.',
  },
  'group.consumer.max.session.timeout.ms': {
    type: 'int',
    default: '60000',
    rule: atLeast(1),
    update: 'read-only',
    documentation: 'The longest session time-out that a consumer group may be given.',
  },
  'group.consumer.heartbeat.interval.ms': {
    type: 'int',
    default: '5000',
    rule: atLeast(1),
    update: 'read-only',
    documentation: 'How often members of a consumer group are told to send a heartbeat.',
  },
  'group.consumer.min.heartbeat.interval.ms': {
    type: 'int',
    default: '5000',
    rule: atLeast(1),
    update: 'read-only',
    documentation: 'The shortest heartbeat interval that a consumer group may be given.',
  },
  'group.consumer.max.heartbeat.interval.ms': {
    type: 'int',
    default: '15000',
    rule: atLeast(1),
    update: 'read-only',
    documentation: 'The longest heartbeat interval that a consumer group may be given.',
  },
  'group.consumer.max.size': {
    type: 'int',
    default: intMax,
    rule: atLeast(1),
    update: 'read-only',
    documentation: 'The most members of a consumer group.',
  },
  'group.consumer.assignors': {
    type: 'list',
    default: 'uniform,range',
    rule: { kind: 'some-of', values: ['uniform', 'range'] },
    update: 'read-only',
    documentation: 'The assignors of the server; the first is taken where members name none.',
  },
  'group.consumer.migration.policy': {
    type: 'string',
    default: 'bidirectional',
    rule: { kind: 'one-of', values: ['bidirectional', 'upgrade', 'downgrade', 'disabled'] },
    update: 'read-only',
    documentation:
      'Whether a group may go from the classic to the consumer protocol (upgrade), back (downgrade), or both.',
  },
  'offset.metadata.max.bytes': {
    type: 'int',
    default: String(offsetMetadataBytesMax),
    rule: { kind: 'range', min: 0, max: offsetMetadataBytesMax },
    update: 'read-only',
    documentation: 'The longest text that a member may commit beside an offset.',
  },
  'offsets.retention.minutes': {
    type: 'int',
    default: '10080',
    rule: atLeast(1),
    update: 'read-only',
    documentation: 'How long the offsets of a group without members, or of a topic it no longer reads, are kept.',
  },
  'offsets.retention.check.interval.ms': {
    type: 'long',
    default: '600000',
    rule: atLeast(1),
    update: 'read-only',
    documentation: 'How often expired offsets are looked for. Kept for tools; the janitor looks in each of its rounds.',
  },
} as const satisfies Record<string, BrokerConfigDefinition>
