import { beforeEach, describe, expect, test } from 'vitest'
import { topicCacheMsMax } from '../../lib/base/limits.ts'
import { topicDefaultsOf } from '../../lib/cluster/broker-config-layers.ts'
import { BrokerSettings } from '../../lib/cluster/broker-settings.ts'
import { describeAllBrokers, describeBroker, describeTopic } from '../../lib/cluster/config-description.ts'
import { Topics } from '../../lib/cluster/topics.ts'
import { ImpatientClock } from '../world/impatient-clock.ts'
import { metaStores } from '../world/meta-stores.ts'
import { seeded } from '../world/seeded.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'

describe('defaults of topics', () => {
  test('the finest unit that is set decides, in milliseconds', () => {
    expect(topicDefaultsOf({ 'log.retention.hours': '24' })).toEqual({ 'retention.ms': '86400000' })
    expect(topicDefaultsOf({ 'log.retention.hours': '24', 'log.retention.minutes': '2' })).toEqual({
      'retention.ms': '120000',
    })
    expect(topicDefaultsOf({ 'log.retention.minutes': '2', 'log.retention.ms': '3' })).toEqual({ 'retention.ms': '3' })
    expect(topicDefaultsOf({ 'log.retention.hours': '-1' })).toEqual({ 'retention.ms': '-1' })
    expect(topicDefaultsOf({ 'num.partitions': '3' })).toEqual({})
  })
})

describe.each(metaStores)('broker settings on $name', ({ open }) => {
  let meta: UnreliableMeta
  let clock: ImpatientClock
  const broker = (brokerId: number, configs = {}) => new BrokerSettings({ meta, clock, brokerId, configs })

  beforeEach(() => {
    meta = new UnreliableMeta(open())
    clock = new ImpatientClock()
  })

  const set = (name: string, value: string) => [{ name, operation: 'SET' as const, value }]

  test('a config that is set for all brokers holds in every process within seconds', async () => {
    const [one, two] = [broker(1), broker(2, { 'message.max.bytes': '500' })]
    const { config } = two
    await two.freshen()
    expect(await one.alter('all', set('message.max.bytes', '1000'))).toEqual({ outcome: 'altered' })
    expect(one.config.messageMaxBytes).toBe(1_000)
    await two.freshen()
    expect(config.messageMaxBytes).toBe(500)
    clock.jump(topicCacheMsMax)
    await two.freshen()
    expect(config.messageMaxBytes).toBe(1_000)
    expect(two.current()).toEqual({ 'max.message.bytes': '1000' })
  })

  test('what is set for one broker wins there and nowhere else, until it is deleted', async () => {
    const [one, two] = [broker(1), broker(2)]
    await one.alter('all', set('max.connections', '10'))
    await one.alter(1, set('max.connections', '5'))
    await two.freshen({ strong: true })
    expect([one.config.maxConnections, two.config.maxConnections]).toEqual([5, 10])
    await one.alter(1, [{ name: 'max.connections', operation: 'DELETE' }])
    expect(one.config.maxConnections).toBe(10)
    await one.replace('all', {})
    expect(one.config.maxConnections).toBe(2_147_483_647)
  })

  test('what cannot change while a broker runs is refused, as is what is not known or not legal', async () => {
    const settings = broker(1)
    const alter = async (name: string, value: string) => settings.alter('all', set(name, value))
    expect(await alter('num.partitions', '3')).toEqual({
      outcome: 'refused',
      message: 'Cannot update these configs dynamically: num.partitions.',
    })
    expect(await alter('max.conections', '3')).toMatchObject({ message: expect.stringMatching(/max.connections\?/) })
    expect(await alter('max.connections', '-3')).toMatchObject({ outcome: 'refused' })
    expect(await alter('log.cleaner.max.compaction.lag.ms', '5')).toEqual({ outcome: 'altered' })
    expect(await alter('log.cleaner.min.compaction.lag.ms', '6')).toMatchObject({ outcome: 'refused' })
    expect(meta.calls.filter((call) => call === 'update')).toHaveLength(1)
  })

  test('validating writes nothing', async () => {
    const settings = broker(1)
    expect(await settings.alter('all', set('max.connections', '3'), { validateOnly: true })).toEqual({
      outcome: 'altered',
    })
    expect(meta.calls).toEqual(['get'])
  })

  test.each(['for the first time', 'again'])('two brokers that alter at once, %s, both succeed', async (when) => {
    const [one, two] = [broker(1), broker(2)]
    if (when === 'again') await one.alter('all', set('log.segment.bytes', '2000000'))
    await Promise.all([
      one.alter('all', set('max.connections', '3')),
      two.alter('all', set('max.connections.per.ip', '2')),
    ])
    await one.freshen({ strong: true })
    expect(one.config).toMatchObject({ maxConnections: 3, maxConnectionsPerIp: 2 })
    expect(one.config.logSegmentBytes).toBe(when === 'again' ? 2_000_000 : 1_073_741_824)
  })

  test('a burst of readers reads once, and nobody reads again for a while', async () => {
    const settings = broker(1)
    await Promise.all([settings.freshen(), settings.freshen(), settings.freshen()])
    await settings.freshen()
    expect(meta.calls).toEqual(['getMany'])
  })

  test('a topic that sets nothing has what its broker has, also after it changes', async () => {
    const settings = broker(1, { 'log.retention.hours': '1' })
    const topics = new Topics({ meta, clock, entropy: seeded(1), defaults: settings })
    await topics.create({ name: 'orders', partitions: 1, configs: { 'max.message.bytes': '7' } })
    expect((await topics.get('orders'))?.config).toMatchObject({ retentionMs: 3_600_000, maxMessageBytes: 7 })
    await settings.alter('all', set('log.retention.ms', '5000'))
    clock.jump(topicCacheMsMax)
    expect((await topics.get('orders'))?.config).toMatchObject({ retentionMs: 5_000, maxMessageBytes: 7 })
  })

  test('a topic with a config that contradicts a default of its broker is refused', async () => {
    const settings = broker(1, { 'log.cleaner.max.compaction.lag.ms': '5' })
    const topics = new Topics({ meta, clock, entropy: seeded(1), defaults: settings })
    const configs = { 'min.compaction.lag.ms': '6' }
    expect(await topics.create({ name: 'orders', partitions: 1, configs })).toMatchObject({ outcome: 'invalid-config' })
  })

  test('values, sources and synonyms are told as Kafka tells them', async () => {
    const settings = broker(1, { 'message.max.bytes': '100', 'log.retention.hours': '1', 'broker.rack': 'a' })
    await settings.alter('all', set('message.max.bytes', '200'))
    await settings.alter(1, set('message.max.bytes', '300'))
    const found = (entries: ReturnType<typeof describeBroker>, name: string) =>
      entries.find((each) => each.name === name)
    const topic = describeTopic({ 'max.message.bytes': '400' }, settings.layers)
    const synonyms = [
      { name: 'message.max.bytes', value: '300', source: 'broker' },
      { name: 'message.max.bytes', value: '200', source: 'all-brokers' },
      { name: 'message.max.bytes', value: '100', source: 'started' },
      { name: 'message.max.bytes', value: '1048588', source: 'default' },
    ]
    expect(found(topic, 'max.message.bytes')).toMatchObject({
      value: '400',
      source: 'topic',
      synonyms: [{ name: 'max.message.bytes', value: '400', source: 'topic' }, ...synonyms],
    })
    expect(found(describeTopic({}, settings.layers), 'max.message.bytes')).toMatchObject({
      value: '300',
      source: 'broker',
    })
    // Kafka names no synonym where only a coarser unit is set.
    expect(found(topic, 'retention.ms')).toMatchObject({ value: '3600000', source: 'default', synonyms: [] })
    const own = describeBroker(settings.layers)
    expect(found(own, 'message.max.bytes')).toMatchObject({ value: '300', readOnly: false, synonyms })
    expect(found(own, 'broker.rack')).toMatchObject({ value: 'a', source: 'started', readOnly: true })
    expect(found(own, 'log.retention.ms')).toMatchObject({ value: null, source: 'default', synonyms: [] })
    expect(describeAllBrokers(settings.layers)).toMatchObject([
      { name: 'message.max.bytes', value: '200', source: 'all-brokers', synonyms: [synonyms[1]] },
    ])
  })
})
