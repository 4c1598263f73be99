/** Configs of groups through DescribeConfigs, (Incremental)AlterConfigs and ListConfigResources, as Kafka 4.2 answers them. */
import { expect, onTestFinished, test } from 'vitest'
import { groupConfigCacheMsMax } from '../../../lib/base/limits.ts'
import { errorCodes } from '../../../lib/wire/error-codes.ts'
import { describeConfigsApi } from '../../../lib/wire/schemas/32-describe-configs.ts'
import { alterConfigsApi } from '../../../lib/wire/schemas/33-alter-configs.ts'
import { deleteGroupsApi } from '../../../lib/wire/schemas/42-delete-groups.ts'
import { incrementalAlterConfigsApi } from '../../../lib/wire/schemas/44-incremental-alter-configs.ts'
import { consumerGroupHeartbeatApi } from '../../../lib/wire/schemas/68-consumer-group-heartbeat.ts'
import { listConfigResourcesApi } from '../../../lib/wire/schemas/74-list-config-resources.ts'
import { memoryStores } from '../../log/world.ts'
import { ImpatientClock } from '../../world/impatient-clock.ts'
import { seeded } from '../../world/seeded.ts'
import { BrokerWorld } from '../world.ts'

const group = 32
const session = 'consumer.session.timeout.ms'
const heartbeat = 'consumer.heartbeat.interval.ms'
const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const

type Alteration = readonly [name: string, operation: keyof typeof operations, value: string | null]

async function alter(
  world: BrokerWorld,
  resourceName: string,
  alterations: readonly Alteration[],
  validateOnly = false,
) {
  const configs = alterations.map(([name, operation, value]) => {
    return { name, configOperation: operations[operation], value }
  })
  const resources = [{ resourceType: group, resourceName, configs }]
  const { responses } = await world.call(incrementalAlterConfigsApi, 1, { resources, validateOnly })
  return responses[0]
}

async function replace(world: BrokerWorld, resourceName: string, set: Readonly<Record<string, string | null>>) {
  const configs = Object.entries(set).map(([name, value]) => ({ name, value }))
  const { responses } = await world.call(alterConfigsApi, 2, {
    resources: [{ resourceType: group, resourceName, configs }],
  })
  return responses[0]
}

async function describeGroup(
  world: BrokerWorld,
  resourceName: string,
  configurationKeys: readonly string[] | null = null,
) {
  const resources = [{ resourceType: group, resourceName, configurationKeys }]
  const { results } = await world.call(describeConfigsApi, 4, { resources, includeSynonyms: true })
  return results[0]
}

const listed = async (world: BrokerWorld) =>
  (await world.call(listConfigResourcesApi, 1, { resourceTypes: [group] })).configResources

const altered = { errorCode: 0, errorMessage: null }
const set = (name: string, value: string, source = 8) => ({
  ...{ name, value, configSource: source, synonyms: [{ name, value, source }] },
  ...{ readOnly: false, isSensitive: false, configType: 3, documentation: null },
})

test('a group has what the broker gives it, shown as a default', async () => {
  const world = new BrokerWorld({ configs: { 'group.consumer.heartbeat.interval.ms': '7000' } })
  expect(await describeGroup(world, 'readers')).toEqual({
    ...{ errorCode: 0, errorMessage: '', resourceType: group, resourceName: 'readers' },
    configs: [set(heartbeat, '7000', 5), set(session, '45000', 5)],
  })
})

test('what is set on a group is shown as its own, until it is deleted', async () => {
  const world = new BrokerWorld()
  expect(await alter(world, 'readers', [[session, 'set', ' 50000 ']])).toMatchObject(altered)
  expect((await describeGroup(world, 'readers'))?.configs).toEqual([set(heartbeat, '5000', 5), set(session, '50000')])
  expect((await describeGroup(world, 'readers', [session]))?.configs).toEqual([set(session, '50000')])
  expect((await describeGroup(world, 'others', [session]))?.configs).toEqual([set(session, '45000', 5)])
  expect(await alter(world, 'readers', [[session, 'delete', null]])).toMatchObject(altered)
  expect((await describeGroup(world, 'readers', [session]))?.configs).toEqual([set(session, '45000', 5)])
})

test('AlterConfigs sets exactly what is named', async () => {
  const world = new BrokerWorld()
  await alter(world, 'readers', [[session, 'set', '50000']])
  expect(await replace(world, 'readers', { [heartbeat]: '6000' })).toMatchObject(altered)
  expect((await describeGroup(world, 'readers'))?.configs).toEqual([set(heartbeat, '6000'), set(session, '45000', 5)])
  expect(await replace(world, 'readers', {})).toMatchObject(altered)
  expect(await listed(world)).toEqual([])
  expect(await replace(world, 'readers', { [heartbeat]: null })).toMatchObject({
    ...{ errorCode: errorCodes.INVALID_REQUEST, errorMessage: `Null value not supported for : ${heartbeat}` },
  })
})

test('with validateOnly everything is judged and nothing is changed', async () => {
  const world = new BrokerWorld()
  expect(await alter(world, 'readers', [[session, 'set', '50000']], true)).toMatchObject(altered)
  expect(await alter(world, 'readers', [[session, 'set', '5']], true)).toMatchObject({
    errorCode: errorCodes.INVALID_CONFIG,
  })
  expect(await listed(world)).toEqual([])
})

test('groups on which something is set are listed, whether or not there are such groups', async () => {
  const world = new BrokerWorld()
  for (const name of ['readers', 'Ångström', 'a#b']) await alter(world, name, [[session, 'set', '50000']])
  await alter(world, 'nothing', [])
  await alter(world, 'deleted', [[session, 'set', '50000']])
  await alter(world, 'deleted', [[session, 'delete', null]])
  expect((await listed(world)).map(({ resourceName }) => resourceName)).toEqual(['a#b', 'readers', 'Ångström'])
  await world.createTopic('orders')
  const all = (await world.call(listConfigResourcesApi, 1, { resourceTypes: [] })).configResources
  expect(all).toContainEqual({ resourceName: 'readers', resourceType: group })
  expect((await world.call(listConfigResourcesApi, 0, {})).configResources).toEqual([])
})

test.each<[string, string, readonly Alteration[], keyof typeof errorCodes, string]>([
  [
    'too short a session',
    'g',
    [[session, 'set', '5']],
    'INVALID_CONFIG',
    `${session} must be greater than or equal to group.consumer.min.session.timeout.ms`,
  ],
  [
    'no number',
    'g',
    [[session, 'set', 'abc']],
    'INVALID_CONFIG',
    `Invalid value abc for configuration ${session}: Not a number of type INT`,
  ],
  ['an unknown config', 'g', [['nope', 'set', '1']], 'INVALID_CONFIG', 'Unknown group config name: nope'],
  [
    'half of what is asked',
    'g',
    [
      [heartbeat, 'set', '6000'],
      ['nope', 'set', '1'],
    ],
    'INVALID_CONFIG',
    'Unknown group config name: nope',
  ],
  [
    'appending',
    'g',
    [[session, 'append', '1']],
    'INVALID_CONFIG',
    `APPEND works on lists; ${session} is of type int: use SET.`,
  ],
  ['no value', 'g', [[session, 'set', null]], 'INVALID_REQUEST', `Null value not supported for : ${session}`],
  [
    'a config twice',
    'g',
    [
      [session, 'set', '50000'],
      [session, 'delete', null],
    ],
    'INVALID_REQUEST',
    'Error due to duplicate config keys',
  ],
  ['no group', '', [[session, 'set', '50000']], 'INVALID_REQUEST', 'Default group resources are not allowed.'],
  [
    'a group with too long an id',
    'x'.repeat(1_001),
    [[session, 'set', '50000']],
    'INVALID_GROUP_ID',
    'The id of a group has at most 1000 bytes; this one has 1001.',
  ],
])('%s is refused', async (_, name, alterations, code, errorMessage) => {
  const world = new BrokerWorld()
  expect(await alter(world, name, alterations)).toMatchObject({ errorCode: errorCodes[code], errorMessage })
  expect(await listed(world)).toEqual([])
})

test('what no group can be named is described with defaults', async () => {
  expect((await describeGroup(new BrokerWorld(), 'x'.repeat(1_001)))?.configs).toHaveLength(2)
})

test("the configs of a group are its members', from their next heartbeat on, and outlive the group", async () => {
  const world = new BrokerWorld()
  onTestFinished(() => world.services.groups.close())
  await world.createTopic('orders')
  const join = {
    ...{ groupId: 'readers', memberId: 'm', memberEpoch: 0, rebalanceTimeoutMs: 30_000 },
    ...{ subscribedTopicNames: ['orders'], topicPartitions: [] },
  }
  const beat = { ...join, memberEpoch: 1, rebalanceTimeoutMs: -1, subscribedTopicNames: null, topicPartitions: null }
  const sessionMs = async () => {
    const view = await world.services.groups.administration.view('readers')
    return view?.state?.kind === 'consumer' ? view.state.members[0]?.sessionTimeoutMs : undefined
  }
  expect(await world.call(consumerGroupHeartbeatApi, 1, join)).toMatchObject({
    errorCode: 0,
    heartbeatIntervalMs: 5_000,
  })
  await alter(world, 'readers', [
    [session, 'set', '50000'],
    [heartbeat, 'set', '6000'],
  ])
  expect(await world.call(consumerGroupHeartbeatApi, 1, beat)).toMatchObject({
    errorCode: 0,
    heartbeatIntervalMs: 6_000,
  })
  expect(await sessionMs()).toBe(50_000)
  expect(await world.call(consumerGroupHeartbeatApi, 1, { ...join, groupId: 'others' })).toMatchObject({
    heartbeatIntervalMs: 5_000,
  })
  await world.call(consumerGroupHeartbeatApi, 1, { ...beat, memberEpoch: -1 })
  expect((await world.call(deleteGroupsApi, 2, { groupsNames: ['readers'] })).results[0]?.errorCode).toBe(0)
  expect((await listed(world)).map(({ resourceName }) => resourceName)).toEqual(['readers'])
})

test('what is set through another broker reaches members within seconds', async () => {
  const stores = memoryStores()
  const clock = new ImpatientClock()
  const [here, there] = [new BrokerWorld({ stores, clock }), new BrokerWorld({ stores, clock, entropy: seeded(2) })]
  onTestFinished(() => here.services.groups.close())
  await here.createTopic('orders')
  const join = {
    ...{ groupId: 'readers', memberId: 'm', memberEpoch: 0, rebalanceTimeoutMs: 30_000 },
    ...{ subscribedTopicNames: ['orders'], topicPartitions: [] },
  }
  const intervalMs = async () => (await here.call(consumerGroupHeartbeatApi, 1, join)).heartbeatIntervalMs
  expect(await intervalMs()).toBe(5_000)
  await alter(there, 'readers', [[heartbeat, 'set', '6000']])
  clock.jump(groupConfigCacheMsMax)
  expect(await intervalMs()).toBe(6_000)
})
