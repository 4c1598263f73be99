/** Who the broker is, what it listens on, how much it takes, and what topics it makes. */
import {
  fetchMaxBytesDefault,
  frameBytesMax,
  lingerMsMax,
  maxMessageBytesMax,
  partitionsPerTopicMax,
  producerExpirationMsDefault,
  replicationFactorMax,
} from '../base/limits.ts'
import { atLeast, type BrokerConfigDefinition, intMax } from './broker-config-definition.ts'
import { topicConfigDefinitions } from './topic-config-definitions.ts'

export const serverConfigDefinitions = {
  'node.id': {
    type: 'int',
    default: '-1',
    rule: atLeast(-1),
    update: 'read-only',
    documentation:
      'The id of this broker, 1 and up; -1 takes a free one. 0 are the functions together. Without it broker.id is read.',
  },
  'broker.id': {
    type: 'int',
    default: '-1',
    rule: atLeast(-1),
    update: 'read-only',
    documentation: 'The older name of node.id, which wins where both are set.',
  },
  'broker.rack': {
    type: 'string',
    default: null,
    update: 'read-only',
    documentation: 'Where this broker stands, such as an availability zone. Clients are told.',
  },
  listeners: {
    type: 'list',
    default: 'PLAINTEXT://:9092',
    update: 'read-only',
    documentation: 'What to listen on, as NAME://host:port; an empty host is every interface.',
  },
  'advertised.listeners': {
    type: 'list',
    default: null,
    update: 'read-only',
    documentation:
      'Where clients reach this broker, as NAME://host:port, when that is not what it listens on: behind a proxy, in a container.',
  },
  'num.partitions': {
    type: 'int',
    default: '1',
    rule: { kind: 'range', min: 1, max: partitionsPerTopicMax },
    update: 'read-only',
    documentation: 'Partitions of a topic that is created without a number, or because a client asks for it.',
  },
  'default.replication.factor': {
    type: 'int',
    default: '1',
    rule: { kind: 'range', min: 1, max: replicationFactorMax },
    update: 'read-only',
    documentation:
      'Replication factor of a topic that is created without one. It is reported only: an object lies in three zones already.',
  },
  'auto.create.topics.enable': {
    type: 'boolean',
    default: 'true',
    update: 'read-only',
    documentation: 'Whether a topic that a producer or consumer asks for comes to be.',
  },
  'delete.topic.enable': {
    type: 'boolean',
    default: 'true',
    update: 'read-only',
    documentation: 'Whether topics can be deleted over the Kafka protocol.',
  },
  'message.max.bytes': {
    type: 'int',
    default: topicConfigDefinitions['max.message.bytes'].default,
    rule: { kind: 'range', min: 0, max: maxMessageBytesMax },
    update: 'cluster-wide',
    documentation: 'The largest record batch that is taken where a topic does not set max.message.bytes, in bytes.',
  },
  'fetch.max.bytes': {
    type: 'int',
    default: String(fetchMaxBytesDefault),
    rule: atLeast(1_024),
    update: 'read-only',
    documentation: 'The most bytes that one Fetch answers, whatever the client asks for.',
  },
  'max.incremental.fetch.session.cache.slots': {
    type: 'int',
    default: '1000',
    rule: atLeast(0),
    update: 'read-only',
    documentation: 'Incremental fetch sessions that are kept; 0 lets every client send full fetches.',
  },
  'producer.id.expiration.ms': {
    type: 'int',
    default: String(producerExpirationMsDefault),
    rule: atLeast(1),
    update: 'cluster-wide',
    documentation: 'How long the sequence of a producer that writes nothing more is remembered.',
  },
  'socket.request.max.bytes': {
    type: 'int',
    default: String(frameBytesMax),
    rule: { kind: 'range', min: 1, max: frameBytesMax },
    update: 'read-only',
    documentation: 'The largest request; a connection that announces a larger one is closed.',
  },
  'connections.max.idle.ms': {
    type: 'long',
    default: '600000',
    update: 'read-only',
    documentation: 'A connection on which nothing was sent for so long is closed.',
  },
  'max.connections': {
    type: 'int',
    default: intMax,
    rule: atLeast(0),
    update: 'cluster-wide',
    documentation: 'Connections that this broker keeps open at once.',
  },
  'max.connections.per.ip': {
    type: 'int',
    default: intMax,
    rule: atLeast(0),
    update: 'cluster-wide',
    documentation: 'Connections from one address that this broker keeps open at once.',
  },
  'broker.session.timeout.ms': {
    type: 'int',
    default: '9000',
    rule: atLeast(1),
    update: 'read-only',
    documentation: "How long a broker's lease holds without a heartbeat; then others lead its partitions.",
  },
  'broker.heartbeat.interval.ms': {
    type: 'int',
    default: '2000',
    rule: atLeast(1),
    update: 'read-only',
    documentation: 'How often a broker renews its lease.',
  },
  'gregor.linger.ms': {
    type: 'int',
    default: '-1',
    rule: { kind: 'range', min: -1, max: lingerMsMax },
    update: 'read-only',
    documentation:
      'How long batches of all connections are gathered for one object and one update a partition; -1 lets the store choose: on a local disk only where much of what a producer has under way is still to come, some milliseconds on S3, fewer when nothing more comes.',
  },
} as const satisfies Record<string, BrokerConfigDefinition>
