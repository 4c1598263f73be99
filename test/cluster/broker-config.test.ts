import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { brokerConfig, brokerConfigNames, brokerConfigsProblem } from '../../lib/cluster/broker-config.ts'
import { brokerConfigDefinitions } from '../../lib/cluster/broker-config-definitions.ts'
import { readBrokerConfigs } from '../../lib/cluster/broker-config-entries.ts'
import { readListeners } from '../../lib/cluster/listeners.ts'
import { topicConfigDefinitions } from '../../lib/cluster/topic-config-definitions.ts'
import { brokerConfigDocument } from './broker-config-document.ts'

describe('broker configs', () => {
  test('every default is a legal value of its own type', () => {
    expect(brokerConfigsProblem({})).toBeUndefined()
    const set = brokerConfigNames.flatMap((name) => {
      const value = brokerConfigDefinitions[name].default
      return value === null ? [] : [[name, value] as const]
    })
    expect(brokerConfigsProblem(Object.fromEntries(set))).toBeUndefined()
  })

  test('Kafka 4 has the same defaults where code depends on them', () => {
    expect(brokerConfig({})).toMatchObject({
      nodeId: -1,
      numPartitions: 1,
      autoCreateTopicsEnable: true,
      messageMaxBytes: 1_048_588,
      fetchMaxBytes: 57_671_680,
      logRetentionHours: 168,
      logRetentionMs: null,
      groupMinSessionTimeoutMs: 6_000,
      groupMaxSessionTimeoutMs: 1_800_000,
      groupInitialRebalanceDelayMs: 3_000,
      groupConsumerSessionTimeoutMs: 45_000,
      groupConsumerAssignors: ['uniform', 'range'],
      offsetsRetentionMinutes: 10_080,
      brokerRack: null,
    })
  })

  test('every topic config with a broker config of the same meaning finds it', () => {
    for (const definition of Object.values(topicConfigDefinitions)) {
      if ('serverName' in definition) expect(brokerConfigNames).toContain(definition.serverName)
    }
  })

  test('a misspelt name and a value that cannot be are told with what was probably meant', () => {
    expect(brokerConfigsProblem({ 'num.partition': '3' })).toBe(
      "There is no broker config named 'num.partition'. Did you mean num.partitions?",
    )
    expect(brokerConfigsProblem({ 'num.partitions': '0' })).toMatch(/^num.partitions must be from 1 to .*'0'\.$/)
    expect(brokerConfigsProblem({ toString: 'x' })).toMatch(/no broker config/)
  })

  test('values that contradict each other are refused as they are in Kafka', () => {
    expect(brokerConfigsProblem({ 'group.min.session.timeout.ms': '2000000' })).toMatch(/group.max.session.timeout.ms/)
    const longest = { 'group.consumer.max.heartbeat.interval.ms': '45000' }
    expect(brokerConfigsProblem({ ...longest, 'group.consumer.heartbeat.interval.ms': '45000' })).toMatch(
      /session.timeout/,
    )
    expect(brokerConfigsProblem({ 'group.consumer.session.timeout.ms': '44999' })).toMatch(/min.session.timeout/)
    expect(brokerConfigsProblem({ 'group.consumer.session.timeout.ms': '60001' })).toMatch(/max.session.timeout/)
    expect(brokerConfigsProblem({ 'group.consumer.heartbeat.interval.ms': '4999' })).toMatch(/min.heartbeat/)
    expect(brokerConfigsProblem({ 'group.consumer.heartbeat.interval.ms': '15001' })).toMatch(/max.heartbeat/)
    expect(brokerConfigsProblem({ 'broker.heartbeat.interval.ms': '4501' })).toMatch(/half of broker.session/)
  })
})

describe('what an operator sets', () => {
  const file = (text: string) => ({ name: 'server.properties', text })

  test('entries win over the file, the file over what the command sets by itself', () => {
    const base = { 'num.partitions': '1', 'broker.rack': 'a', 'log.retention.ms': '1000' }
    const entries = ['num.partitions=3', 'num.partitions = 4', 'broker.rack=']
    expect(readBrokerConfigs({ base, file: file('num.partitions=2\nlog.retention.ms=5'), entries })).toEqual({
      configs: { 'num.partitions': ' 4', 'broker.rack': '', 'log.retention.ms': '5' },
    })
  })

  test('the server.properties that Kafka brings is taken as it is', () => {
    const text = [
      'process.roles=broker,controller',
      'node.id=1',
      'controller.quorum.bootstrap.servers=localhost:9093',
      'listeners=PLAINTEXT://:9092,CONTROLLER://:9093',
      'inter.broker.listener.name=PLAINTEXT',
      'advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093',
      'controller.listener.names=CONTROLLER',
      'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL',
      'num.network.threads=3',
      'num.io.threads=8',
      'socket.send.buffer.bytes=102400',
      'socket.receive.buffer.bytes=102400',
      'socket.request.max.bytes=104857600',
      'log.dirs=/tmp/kraft-combined-logs',
      'num.partitions=1',
      'num.recovery.threads.per.data.dir=1',
      'offsets.topic.replication.factor=1',
      'share.coordinator.state.topic.replication.factor=1',
      'share.coordinator.state.topic.min.isr=1',
      'transaction.state.log.replication.factor=1',
      'transaction.state.log.min.isr=1',
      'group.initial.rebalance.delay.ms=0',
      'log.retention.hours=168',
      'log.segment.bytes=1073741824',
      'log.retention.check.interval.ms=300000',
    ]
    expect(readBrokerConfigs({ file: file(text.join('\n')) })).toHaveProperty('configs')
  })

  test('a refusal names the place', () => {
    expect(readBrokerConfigs({ file: file('# x\nnum.partitions=many') })).toEqual({
      problem: expect.stringMatching(/^server.properties, line 2: num.partitions must be a whole number/),
    })
    expect(readBrokerConfigs({ entries: ['num.partitions'] })).toEqual({
      problem: "'num.partitions' is not name=value, such as num.partitions=3.",
    })
  })
})

describe('listeners', () => {
  test('are a name, a host and a port', () => {
    expect(readListeners(['plaintext://:9092', 'SASL_SSL://kafka.example.org:0', 'A://[::1]:1'])).toEqual({
      listeners: [
        { name: 'PLAINTEXT', host: '', port: 9092 },
        { name: 'SASL_SSL', host: 'kafka.example.org', port: 0 },
        { name: 'A', host: '::1', port: 1 },
      ],
    })
  })

  test.each(['localhost:9092', 'PLAINTEXT://a:99999', 'PLAINTEXT://a', 'http://a:1/b', ''])('%s is none', (entry) => {
    expect(readListeners([entry])).toHaveProperty('problem')
  })
})

test('docs/broker-configs.md says what the definitions say', () => {
  const path = resolve(import.meta.dirname, '../../docs/broker-configs.md')
  // A change of a definition is carried over by: UPDATE_DOCS=1 npx vitest run --project unit test/cluster
  if (process.env.UPDATE_DOCS === '1') writeFileSync(path, brokerConfigDocument())
  expect(readFileSync(path, 'utf8')).toBe(brokerConfigDocument())
})
