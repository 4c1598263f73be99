/**
 * Broker configs of a Kafka `server.properties` that mean nothing here, and are taken so that such a file starts Gregor.
 * They are shown by DescribeConfigs, as tools expect, and say that nothing happens.
 */
import type { BrokerConfigDefinition } from './broker-config-definition.ts'
import type { ConfigType } from './config-values.ts'

const kept = <Type extends ConfigType, Default extends string | null>(
  type: Type,
  value: Default,
  why: string,
  update: 'read-only' | 'cluster-wide' = 'read-only',
) => ({ type, default: value, update, documentation: `Kept for tools; ${why}, so it changes nothing.` }) as const

const threads = 'one thread does what they did'
const quorum = 'there are no controllers and no quorum'
const files = 'there are no log files on a broker here'
const copies = 'nothing is copied between brokers'
const longMax = '9223372036854775807'
const items = 'offsets and transactions are items of the store, not a topic'

export const keptBrokerConfigDefinitions = {
  'background.threads': kept('int', '10', threads, 'cluster-wide'),
  'num.io.threads': kept('int', '8', threads, 'cluster-wide'),
  'num.network.threads': kept('int', '3', threads, 'cluster-wide'),
  'num.replica.fetchers': kept('int', '1', copies, 'cluster-wide'),
  // What `kafka-reassign-partitions` clears when it is done.
  'leader.replication.throttled.rate': kept('long', longMax, copies, 'cluster-wide'),
  'follower.replication.throttled.rate': kept('long', longMax, copies, 'cluster-wide'),
  'replica.alter.log.dirs.io.max.bytes.per.second': kept('long', longMax, copies, 'cluster-wide'),
  'num.recovery.threads.per.data.dir': kept('int', '1', files, 'cluster-wide'),
  'socket.send.buffer.bytes': kept('int', '102400', 'the system sizes its buffers'),
  'socket.receive.buffer.bytes': kept('int', '102400', 'the system sizes its buffers'),
  'queued.max.requests': kept('int', '500', 'backpressure goes by bytes'),
  'log.dir': kept('string', '/tmp/kafka-logs', files),
  'log.dirs': kept('list', null, files),
  'log.retention.check.interval.ms': kept('long', '300000', 'the janitor has its own rounds'),
  'log.cleaner.enable': kept('boolean', 'true', 'the janitor cleans'),
  'process.roles': kept('list', '', quorum),
  'controller.listener.names': kept('list', null, quorum),
  'controller.quorum.bootstrap.servers': kept('list', '', quorum),
  'controller.quorum.voters': kept('list', '', quorum),
  'inter.broker.listener.name': kept('string', null, 'brokers meet in the store'),
  'listener.security.protocol.map': kept(
    'string',
    'PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL',
    'listeners are plain TCP',
  ),
  'offsets.topic.num.partitions': kept('int', '50', items),
  'offsets.topic.replication.factor': kept('int', '3', items),
  'transaction.state.log.num.partitions': kept('int', '50', items),
  'transaction.state.log.replication.factor': kept('int', '3', items),
  'transaction.state.log.min.isr': kept('int', '2', items),
  'share.coordinator.state.topic.replication.factor': kept('int', '3', items),
  'share.coordinator.state.topic.min.isr': kept('int', '2', items),
  'auto.leader.rebalance.enable': kept('boolean', 'true', 'leadership follows leases'),
} as const satisfies Record<string, BrokerConfigDefinition>
