/** Where a process listens for Kafka clients, and what they are told. */
import { describe, expect, test } from 'vitest'
import { brokerConfig } from '../../lib/cluster/broker-config.ts'
import { type KafkaListenerOptions, kafkaListener } from '../../lib/local/kafka-listener.ts'

const listener = (options: KafkaListenerOptions, configs: Readonly<Record<string, string>> = {}) =>
  kafkaListener(options, brokerConfig(configs), {
    listenersSet: configs.listeners !== undefined,
    hostname: 'machine.example',
  })

test('without a word it is 127.0.0.1:9092, and clients are told so', () => {
  expect(listener({})).toEqual({ host: '127.0.0.1', port: 9092, advertised: { host: '127.0.0.1', port: 9092 } })
})

test('listeners says it in a file, and the options of the command win over it', () => {
  const configs = { listeners: 'PLAINTEXT://10.0.0.7:19092' }
  expect(listener({}, configs)).toMatchObject({ host: '10.0.0.7', port: 19092, advertised: { host: '10.0.0.7' } })
  expect(listener({ kafkaPort: 0, host: '127.0.0.1' }, configs)).toMatchObject({ host: '127.0.0.1', port: 0 })
})

test('clients are told advertised.listeners, and --advertised wins over it', () => {
  const configs = { 'advertised.listeners': 'PLAINTEXT://kafka.example:443' }
  expect(listener({}, configs).advertised).toEqual({ host: 'kafka.example', port: 443 })
  expect(listener({ advertised: '[::1]:9093' }, configs).advertised).toEqual({ host: '::1', port: 9093 })
})

test('who listens everywhere tells clients the name of the machine', () => {
  for (const host of ['0.0.0.0', '::']) expect(listener({ host }).advertised.host).toBe('machine.example')
  expect(listener({}, { listeners: 'PLAINTEXT://:9092' })).toMatchObject({
    host: '::',
    advertised: { host: 'machine.example' },
  })
})

test('a file of a combined KRaft server has its controller’s listener as well', () => {
  const listeners = 'PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093'
  expect(listener({}, { listeners })).toMatchObject({ port: 9092 })
})

describe('a sentence says what is wrong with', () => {
  test.each([
    ['two listeners', {}, { listeners: 'PLAINTEXT://:1,SSL://:2' }, 'one is listened on'],
    ['what is no listener', {}, { listeners: 'nonsense' }, "'nonsense' is not a listener"],
    ['an advertised address without a port', { advertised: 'kafka.example' }, {}, '--advertised'],
    ['an advertised address that nobody can connect to', { advertised: '0.0.0.0:9092' }, {}, 'no host’s address'],
  ])('%s', (_, options, configs, words) => {
    expect(() => listener(options, configs)).toThrow(
      expect.objectContaining({ reason: 'settings-illegal', message: expect.stringContaining(words) }),
    )
  })
})
