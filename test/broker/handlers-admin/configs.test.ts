/** DescribeConfigs, AlterConfigs, IncrementalAlterConfigs, ListConfigResources: Kafka's names, types, sources and codes. */
import { describe, expect, test } from 'vitest'
import { errorCodes } from '../../../lib/wire/error-codes.ts'
import type { RequestInput } from '../../../lib/wire/schema.ts'
import { describeConfigsApi } from '../../../lib/wire/schemas/32-describe-configs.ts'
import { alterConfigsApi } from '../../../lib/wire/schemas/33-alter-configs.ts'
import { incrementalAlterConfigsApi } from '../../../lib/wire/schemas/44-incremental-alter-configs.ts'
import { listConfigResourcesApi } from '../../../lib/wire/schemas/74-list-config-resources.ts'
import { BrokerWorld, servedVersions } from '../world.ts'

const topic = (resourceName: string) => ({ resourceType: 2, resourceName })
const broker = (resourceName: string) => ({ resourceType: 4, resourceName })

const refusal = (code: keyof typeof errorCodes, errorMessage: string | RegExp | null) => ({
  errorCode: errorCodes[code],
  errorMessage: errorMessage instanceof RegExp ? expect.stringMatching(errorMessage) : errorMessage,
})

type AskedResource = RequestInput<typeof describeConfigsApi>['resources'][number]

async function describeOne(
  world: BrokerWorld,
  resource: Omit<AskedResource, 'configurationKeys'> & { readonly configurationKeys?: readonly string[] | null },
  more: Partial<RequestInput<typeof describeConfigsApi>> = {},
  version = 4,
) {
  const resources = [{ configurationKeys: null, ...resource }]
  const { results } = await world.call(describeConfigsApi, version, { resources, ...more })
  if (results[0] === undefined) throw new Error('no result')
  return results[0]
}

describe('DescribeConfigs', () => {
  test.each(servedVersions(describeConfigsApi))('version %d tells all configs of a topic', async (version) => {
    const world = new BrokerWorld({ configs: { 'log.retention.bytes': '77' } })
    await world.createTopic('orders', 1, { 'retention.ms': '5000' })
    const { errorCode, configs } = await describeOne(world, topic('orders'), {}, version)
    expect(errorCode).toBe(0)
    expect(configs.length).toBeGreaterThan(30)
    expect(configs.find(({ name }) => name === 'retention.ms')).toMatchObject({
      ...{ value: '5000', configSource: 1, readOnly: false, isSensitive: false, synonyms: [] },
      documentation: version >= 3 ? null : '',
      configType: version >= 3 ? 5 : 0,
    })
    expect(configs.find(({ name }) => name === 'retention.bytes')).toMatchObject({ value: '77', configSource: 4 })
    expect(configs.find(({ name }) => name === 'cleanup.policy')).toMatchObject({ value: 'delete', configSource: 5 })
  })

  test('names that are asked for are answered, and no others; an empty list asks for all', async () => {
    const world = new BrokerWorld()
    await world.createTopic('orders')
    const named = async (configurationKeys: readonly string[]) =>
      (await describeOne(world, { ...topic('orders'), configurationKeys })).configs.map(({ name }) => name)
    expect(await named(['segment.ms', 'nothing', 'retention.ms'])).toEqual(['retention.ms', 'segment.ms'])
    expect((await named([])).length).toBeGreaterThan(30)
  })

  test('synonyms and documentation are told where they are asked for', async () => {
    const world = new BrokerWorld({ configs: { 'message.max.bytes': '100' } })
    await world.createTopic('orders', 1, { 'max.message.bytes': '50' })
    const resource = { ...topic('orders'), configurationKeys: ['max.message.bytes'] }
    const { configs } = await describeOne(world, resource, { includeSynonyms: true, includeDocumentation: true })
    expect(configs).toMatchObject([
      {
        value: '50',
        documentation: expect.stringContaining('batch'),
        synonyms: [
          { name: 'max.message.bytes', value: '50', source: 1 },
          { name: 'message.max.bytes', value: '100', source: 4 },
          { name: 'message.max.bytes', value: '1048588', source: 5 },
        ],
      },
    ])
  })

  test("the broker's configs are told by its own id, with types and with what can change", async () => {
    const world = new BrokerWorld({ configs: { 'num.partitions': '3' } })
    const { configs } = await describeOne(world, broker('1'))
    const found = (name: string) => configs.find((each) => each.name === name)
    expect(found('num.partitions')).toMatchObject({ value: '3', configSource: 4, readOnly: true, configType: 3 })
    expect(found('message.max.bytes')).toMatchObject({ value: '1048588', configSource: 5, readOnly: false })
    expect(found('auto.create.topics.enable')).toMatchObject({ value: 'true', readOnly: true, configType: 1 })
    expect(found('offsets.retention.minutes')).toMatchObject({ value: '10080', readOnly: true, configType: 3 })
    expect(found('node.id')).toMatchObject({ value: '1', configSource: 4, readOnly: true })
    expect(found('broker.rack')).toMatchObject({ value: null, configSource: 5, configType: 2 })
  })

  test.each<[string, { resourceType: number; resourceName: string }, ReturnType<typeof refusal>]>([
    ['a topic that is not there', topic('nowhere'), refusal('UNKNOWN_TOPIC_OR_PARTITION', null)],
    ['an illegal topic', topic('a b'), refusal('INVALID_TOPIC_EXCEPTION', /ASCII/)],
    [
      'another broker',
      broker('7'),
      refusal('INVALID_REQUEST', 'Unexpected broker id, expected 1 or empty string, but received 7'),
    ],
    ['a broker by a word', broker('one'), refusal('INVALID_REQUEST', 'Broker id must be an integer, but it is: one')],
    [
      'the loggers of another broker',
      { resourceType: 8, resourceName: '7' },
      refusal('INVALID_REQUEST', 'Unexpected broker id, expected 1, but received 7'),
    ],
    ['no group', { resourceType: 32, resourceName: '' }, refusal('INVALID_REQUEST', 'Group name must not be empty')],
    ['what is no resource', { resourceType: 3, resourceName: 'x' }, refusal('INVALID_REQUEST', /Unexpected resource/)],
  ])('%s is refused as Kafka refuses it', async (_, resource, expected) => {
    expect(await describeOne(new BrokerWorld(), resource)).toMatchObject({ ...expected, ...resource, configs: [] })
  })

  test('loggers and subscriptions there are none', async () => {
    const world = new BrokerWorld()
    expect(await describeOne(world, { resourceType: 8, resourceName: '1' })).toMatchObject({
      errorCode: 0,
      configs: [],
    })
    expect(await describeOne(world, { resourceType: 16, resourceName: 'x' })).toMatchObject({
      errorCode: 0,
      configs: [],
    })
  })
})

describe('IncrementalAlterConfigs', () => {
  const set = (name: string, value: string | null) => ({ name, configOperation: 0, value })
  const remove = (name: string) => ({ name, configOperation: 1, value: null })
  const append = (name: string, value: string) => ({ name, configOperation: 2, value })
  const subtract = (name: string, value: string) => ({ name, configOperation: 3, value })
  type Asked = RequestInput<typeof incrementalAlterConfigsApi>['resources'][number]

  const alter = async (world: BrokerWorld, resources: readonly Asked[], validateOnly = false, version = 1) =>
    (await world.call(incrementalAlterConfigsApi, version, { resources, validateOnly })).responses
  const setOf = async (world: BrokerWorld) => (await world.services.topics.get('orders', { fresh: true }))?.configs

  test.each(servedVersions(incrementalAlterConfigsApi))(
    'version %d sets, deletes, appends and subtracts, and leaves the rest',
    async (version) => {
      const world = new BrokerWorld()
      await world.createTopic('orders', 1, { 'retention.ms': '5', 'segment.ms': '6', 'cleanup.policy': 'compact' })
      const configs = [set('max.message.bytes', '9'), remove('retention.ms'), append('cleanup.policy', 'delete')]
      expect(await alter(world, [{ ...topic('orders'), configs }], false, version)).toMatchObject([
        { ...topic('orders'), errorCode: 0, errorMessage: null },
      ])
      const altered = { 'segment.ms': '6', 'max.message.bytes': '9', 'cleanup.policy': 'compact,delete' }
      expect(await setOf(world)).toEqual(altered)
      await alter(world, [{ ...topic('orders'), configs: [subtract('cleanup.policy', 'compact')] }])
      expect(await setOf(world)).toEqual({ ...altered, 'cleanup.policy': 'delete' })
    },
  )

  test('with validateOnly everything is judged and nothing is changed', async () => {
    const world = new BrokerWorld()
    await world.createTopic('orders')
    const asked = (value: string) => [{ ...topic('orders'), configs: [set('retention.ms', value)] }]
    expect(await alter(world, asked('5'), true)).toMatchObject([{ errorCode: 0 }])
    expect(await alter(world, asked('x'), true)).toMatchObject([{ errorCode: errorCodes.INVALID_CONFIG }])
    expect(await setOf(world)).toEqual({})
  })

  test('a resource is altered as a whole or not at all, and one does not hold up another', async () => {
    const world = new BrokerWorld()
    await world.createTopic('orders')
    await world.createTopic('good')
    const responses = await alter(world, [
      { ...topic('orders'), configs: [set('retention.ms', '5'), set('segment.ms', 'x')] },
      { ...topic('good'), configs: [set('retention.ms', '5')] },
    ])
    expect(responses.map(({ errorCode }) => errorCode)).toEqual([errorCodes.INVALID_CONFIG, 0])
    expect(await setOf(world)).toEqual({})
  })

  test.each<[string, Asked, ReturnType<typeof refusal>]>([
    [
      'a config twice',
      { ...topic('orders'), configs: [set('retention.ms', '5'), remove('retention.ms')] },
      refusal('INVALID_REQUEST', 'Error due to duplicate config keys'),
    ],
    [
      'no value',
      { ...topic('orders'), configs: [set('retention.ms', null), set('segment.ms', null)] },
      refusal('INVALID_REQUEST', 'Null value not supported for : retention.ms, segment.ms'),
    ],
    [
      'an operation that is none',
      { ...topic('orders'), configs: [{ name: 'retention.ms', configOperation: 9, value: '1' }] },
      refusal('INVALID_REQUEST', 'Unknown operations type 9'),
    ],
    [
      'appending to what is no list',
      { ...topic('orders'), configs: [append('retention.ms', '5')] },
      refusal('INVALID_CONFIG', /retention.ms is of type long/),
    ],
    ['an unknown config', { ...topic('orders'), configs: [set('x', '5')] }, refusal('INVALID_CONFIG', /'x'/)],
    [
      'a topic that is not there',
      { ...topic('nowhere'), configs: [set('retention.ms', '5')] },
      refusal('UNKNOWN_TOPIC_OR_PARTITION', /nowhere/),
    ],
    ['no topic', { ...topic(''), configs: [] }, refusal('INVALID_REQUEST', 'Default topic resources are not allowed.')],
    ['an illegal topic', { ...topic('a b'), configs: [] }, refusal('INVALID_TOPIC_EXCEPTION', /ASCII/)],
    [
      'another broker',
      { ...broker('7'), configs: [set('max.connections', '5')] },
      refusal('INVALID_REQUEST', 'Unexpected broker id, expected 1, but received 7'),
    ],
    [
      'a config that needs a restart',
      { ...broker('1'), configs: [set('num.partitions', '5')] },
      refusal('INVALID_REQUEST', /Cannot update these configs dynamically: num.partitions/),
    ],
    [
      "appending to a broker's number",
      { ...broker(''), configs: [append('max.connections', '5')] },
      refusal('INVALID_CONFIG', /max.connections is of type int/),
    ],
    [
      'a logger',
      { resourceType: 8, resourceName: '1', configs: [set('kafka.log', 'DEBUG')] },
      refusal('INVALID_CONFIG', 'Logger kafka.log does not exist!'),
    ],
    [
      'a subscription to metrics',
      { resourceType: 16, resourceName: 'readers', configs: [] },
      refusal('INVALID_REQUEST', 'Unknown resource type 16'),
    ],
  ])('%s is refused as Kafka refuses it', async (_, resource, expected) => {
    const world = new BrokerWorld()
    await world.createTopic('orders')
    expect(await alter(world, [resource])).toMatchObject([expected])
    expect(await setOf(world)).toEqual({})
  })

  test('a resource that comes twice is refused both times', async () => {
    const world = new BrokerWorld()
    await world.createTopic('orders')
    const twice = [
      { ...topic('orders'), configs: [set('retention.ms', '5')] },
      { ...topic('orders'), configs: [set('segment.ms', '5')] },
    ]
    const expected = refusal('INVALID_REQUEST', 'Each resource must appear at most once.')
    expect(await alter(world, twice)).toMatchObject([expected, expected])
    expect(await setOf(world)).toEqual({})
  })

  test('throttles are taken and cleared, as tools do around a reassignment', async () => {
    const world = new BrokerWorld()
    const configs = [set('leader.replication.throttled.rate', '1000'), remove('follower.replication.throttled.rate')]
    expect(await alter(world, [{ ...broker('1'), configs }])).toMatchObject([{ errorCode: 0 }])
  })

  test('what is set for all brokers, and for this one, holds and is told with its source', async () => {
    const world = new BrokerWorld()
    await world.createTopic('orders')
    await alter(world, [
      { ...broker(''), configs: [set('message.max.bytes', '2000'), set('log.retention.ms', '60000')] },
      { ...broker('1'), configs: [set('message.max.bytes', '3000')] },
    ])
    expect(world.services.settings.messageMaxBytes).toBe(3_000)
    expect((await world.services.topics.get('orders', { fresh: true }))?.config).toMatchObject({
      maxMessageBytes: 3_000,
      retentionMs: 60_000,
    })
    const configurationKeys = ['max.message.bytes', 'retention.ms']
    expect((await describeOne(world, { ...topic('orders'), configurationKeys })).configs).toMatchObject([
      { name: 'max.message.bytes', value: '3000', configSource: 2 },
      { name: 'retention.ms', value: '60000', configSource: 3 },
    ])
    expect((await describeOne(world, broker(''))).configs).toMatchObject([
      { name: 'log.retention.ms', value: '60000', configSource: 3 },
      { name: 'message.max.bytes', value: '2000', configSource: 3 },
    ])
  })
})

describe('AlterConfigs', () => {
  type Asked = RequestInput<typeof alterConfigsApi>['resources'][number]
  const alter = async (world: BrokerWorld, resources: readonly Asked[], validateOnly = false, version = 2) =>
    (await world.call(alterConfigsApi, version, { resources, validateOnly })).responses

  test.each(servedVersions(alterConfigsApi))('version %d sets exactly what is named', async (version) => {
    const world = new BrokerWorld()
    await world.createTopic('orders', 1, { 'retention.ms': '5', 'segment.ms': '6' })
    const configs = [{ name: 'segment.ms', value: '7' }]
    expect(await alter(world, [{ ...topic('orders'), configs }], false, version)).toMatchObject([{ errorCode: 0 }])
    expect((await world.services.topics.get('orders', { fresh: true }))?.configs).toEqual({ 'segment.ms': '7' })
  })

  test("a broker's dynamic configs are replaced as well", async () => {
    const world = new BrokerWorld()
    await alter(world, [{ ...broker('1'), configs: [{ name: 'max.connections', value: '5' }] }])
    await alter(world, [{ ...broker('1'), configs: [{ name: 'max.connections.per.ip', value: '6' }] }])
    expect(world.services.settings).toMatchObject({ maxConnections: 2_147_483_647, maxConnectionsPerIp: 6 })
  })

  test('refusals are those of Kafka', async () => {
    const world = new BrokerWorld()
    await world.createTopic('orders')
    const refused = async (resource: Asked) => (await alter(world, [resource]))[0]
    expect(await refused({ ...topic('orders'), configs: [{ name: 'retention.ms', value: null }] })).toMatchObject(
      refusal('INVALID_REQUEST', 'Null value not supported for : retention.ms'),
    )
    expect(await refused({ ...topic('orders'), configs: [{ name: 'x', value: '1' }] })).toMatchObject(
      refusal('INVALID_CONFIG', /'x'/),
    )
    expect(await refused({ ...broker('one'), configs: [] })).toMatchObject(
      refusal('INVALID_REQUEST', 'Node id must be an integer, but it is: one'),
    )
  })
})

describe('ListConfigResources', () => {
  const list = (world: BrokerWorld, version: number, resourceTypes: readonly number[]) =>
    world.call(listConfigResourcesApi, version, version === 0 ? {} : { resourceTypes })

  test('version 0 knows subscriptions only, of which there are none', async () => {
    expect(await list(new BrokerWorld(), 0, [])).toMatchObject({ errorCode: 0, configResources: [] })
  })

  test('topics and brokers are named, all where nothing is asked for', async () => {
    const world = new BrokerWorld()
    await world.createTopic('orders')
    const all = (await list(world, 1, [])).configResources.map(({ resourceType, resourceName }) => [
      resourceType,
      resourceName,
    ])
    expect(all).toEqual([
      [2, 'orders'],
      [4, '1'],
      [8, '1'],
    ])
    expect((await list(world, 1, [4])).configResources).toHaveLength(1)
  })

  test('a type that is none is not supported', async () => {
    expect((await list(new BrokerWorld(), 1, [2, 5])).errorCode).toBe(errorCodes.UNSUPPORTED_VERSION)
  })
})
