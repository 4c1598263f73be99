import { beforeEach, expect, test } from 'vitest'
import { decodeResponse, encodeRequest } from '../../lib/wire/messages.ts'
import { overTcp } from '../broker/world.ts'
import { type Call, WireMember } from '../groups/wire-member.ts'
import { type TestCluster, testCluster } from './cluster.ts'

let cluster: TestCluster
let groups: string
beforeEach(async () => {
  cluster = testCluster()
  await cluster.createTopic('t', 3)
  await cluster.createTopic('u', 1)
  const { body } = await cluster.send('GET', '/v3/clusters')
  groups = `/v3/clusters/${body.data[0].cluster_id}/consumer-groups`
})
const commit = (offsets: unknown, group = 'g') =>
  cluster.send('POST', `/groups/${group}/offsets`, { json: { offsets } })
const committed = async (query = '') => (await cluster.send('GET', `/groups/g/offsets${query}`)).body.offsets

test('what a group commits is what it is answered, by topic and partition', async () => {
  const offsets = [
    { topic: 't', partition: 0, offset: 5, metadata: 'hello' },
    { topic: 't', partition: 2, offset: 7, metadata: '', leader_epoch: 3 },
    { topic: 'u', partition: 0, offset: 0, metadata: '' },
  ]
  expect((await commit(offsets)).status).toBe(200)
  expect(await committed()).toEqual(expect.arrayContaining(offsets))
  expect(await committed('?topic=u')).toEqual([offsets[2]])
  expect(await committed('?topic=t&partition=2&partition=1')).toEqual([offsets[1]])
})

test('the last commit wins, and other partitions stay as they were', async () => {
  await commit([
    { topic: 't', partition: 0, offset: 5 },
    { topic: 't', partition: 1, offset: 1 },
  ])
  await commit([{ topic: 't', partition: 0, offset: 3 }])
  expect((await committed('?topic=t')).map((entry: { offset: number }) => entry.offset)).toEqual([3, 1])
})

test('a group that has committed nothing has no offsets', async () => {
  expect(await committed()).toEqual([])
  expect((await cluster.send('GET', `${groups}/g`)).body.error_code).toBe(40405)
  expect((await cluster.send('GET', `${groups}/g/lags`)).body.error_code).toBe(40405)
})

test('a commit that names an unknown topic or partition is refused as a whole', async () => {
  const good = { topic: 't', partition: 0, offset: 5 }
  expect((await commit([good, { topic: 'none', partition: 0, offset: 1 }])).body.error_code).toBe(40401)
  expect((await commit([good, { topic: 't', partition: 3, offset: 1 }])).body.error_code).toBe(40402)
  expect(await committed()).toEqual([])
})

test.each([
  [undefined],
  [[]],
  [[1]],
  [[{ topic: 't', partition: 0 }]],
  [[{ topic: 't', partition: 0, offset: -1 }]],
  [[{ topic: 't', partition: 0, offset: 1.5 }]],
  [[{ topic: 't', partition: 0, offset: 2 ** 53 }]],
  [[{ topic: 't', partition: '0', offset: 1 }]],
  [[{ topic: 't', partition: -1, offset: 1 }]],
  [[{ topic: 7, partition: 0, offset: 1 }]],
  [[{ topic: 't', partition: 0, offset: 1, metadata: 'x'.repeat(4_097) }]],
  [[{ topic: 't', partition: 0, offset: 1, metadata: 1 }]],
])('a commit of another shape is refused: %j', async (offsets) => {
  expect(await commit(offsets)).toMatchObject({ status: 422, body: { error_code: 422 } })
})

test('ids of groups may be any text, within their limit', async () => {
  const name = 'a b/ü?#%'
  const path = encodeURIComponent(name)
  expect((await commit([{ topic: 't', partition: 0, offset: 1 }], path)).status).toBe(200)
  expect((await cluster.send('GET', `/groups/${path}/offsets`)).body.offsets).toHaveLength(1)
  expect((await cluster.send('GET', groups)).body.data[0].consumer_group_id).toBe(name)
  expect((await cluster.send('GET', `${groups}/${path}`)).body.consumer_group_id).toBe(name)
  expect((await commit([{ topic: 't', partition: 0, offset: 1 }], 'x'.repeat(2_000))).status).toBe(422)
})

test('the lag of a group is what it has still to read', async () => {
  await cluster.send('POST', '/topics/t', {
    json: { records: Array.from({ length: 10 }, () => ({ value: 1, partition: 1 })) },
  })
  await commit([
    { topic: 't', partition: 0, offset: 0 },
    { topic: 't', partition: 1, offset: 4 },
  ])
  const lags = (await cluster.send('GET', `${groups}/g/lags`)).body.data
  expect(lags.map((lag: { lag: number }) => lag.lag)).toEqual([0, 6])
  expect(lags[1]).toMatchObject({ topic_name: 't', partition_id: 1, current_offset: 4, log_end_offset: 10 })
  expect((await cluster.send('GET', `${groups}/g/lags/t/partitions/1`)).body.lag).toBe(6)
  expect((await cluster.send('GET', `${groups}/g/lags/t/partitions/2`)).body.error_code).toBe(404)
  expect((await cluster.send('GET', `${groups}/g/lag-summary`)).body).toMatchObject({
    total_lag: 6,
    max_lag: 6,
    max_lag_partition_id: 1,
  })
})

test('a group is forgotten with its offsets, or some of its offsets are', async () => {
  await commit([
    { topic: 't', partition: 0, offset: 5 },
    { topic: 't', partition: 1, offset: 6 },
    { topic: 'u', partition: 0, offset: 1 },
  ])
  expect((await cluster.send('DELETE', '/groups/g/offsets?topic=t&partition=0')).status).toBe(204)
  expect(await committed()).toHaveLength(2)
  expect((await cluster.send('DELETE', '/groups/g')).status).toBe(204)
  expect(await committed()).toEqual([])
  expect((await cluster.send('DELETE', '/groups/g')).body.error_code).toBe(40405)
})

test('partitions without their topic are not understood', async () => {
  expect((await cluster.send('GET', '/groups/g/offsets?partition=0')).body.error_code).toBe(400)
  expect((await cluster.send('GET', '/groups/g/offsets?topic=none')).body.error_code).toBe(40401)
  expect((await cluster.send('GET', '/groups/g/offsets?topic=t&partition=3')).body.error_code).toBe(40402)
})

test('a group that consumers are in shows them, and its offsets are theirs', async () => {
  await commit([{ topic: 't', partition: 0, offset: 5 }])
  await commit([{ topic: 'u', partition: 0, offset: 6 }])
  expect((await cluster.send('GET', `${groups}/g`)).body).toMatchObject({ state: 'EMPTY', is_simple: true })
  expect((await cluster.send('GET', `${groups}/g/consumers`)).body.data).toEqual([])
  const call: Call = async (api, version, request) => {
    const sender = { correlationId: 1, clientId: 'billing' }
    const frame = Buffer.concat(encodeRequest(api, version, sender, request)).subarray(4)
    const served = await cluster.services.broker?.handle(frame, overTcp())
    if (served === undefined || served.response === 'no-response') throw new Error('not answered')
    return decodeResponse(api, version, Buffer.concat(served.response).subarray(4)).response
  }
  const member = new WireMember(call, { groupId: 'g', topic: 't', partitions: 3 })
  await member.settle()
  expect((await cluster.send('GET', groups)).body.data).toMatchObject([{ consumer_group_id: 'g', state: 'STABLE' }])
  expect((await cluster.send('GET', `${groups}/g`)).body).toMatchObject({
    ...{ state: 'STABLE', is_simple: false, type: 'CLASSIC', partition_assignor: 'range' },
  })
  expect((await cluster.send('GET', `${groups}/g/consumers`)).body).toMatchObject({
    kind: 'KafkaConsumerList',
    data: [{ consumer_id: member.memberId, client_id: 'billing', instance_id: null }],
  })
  expect((await cluster.send('GET', `${groups}/none/consumers`)).body.error_code).toBe(40405)
  for (const refused of [
    await commit([{ topic: 't', partition: 0, offset: 1 }]),
    await cluster.send('DELETE', '/groups/g/offsets?topic=t'),
    await cluster.send('DELETE', '/groups/g'),
  ]) {
    expect(refused).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining('stop its consumers first') },
    })
  }
  // Nobody reads `u`.
  expect((await cluster.send('DELETE', '/groups/g/offsets?topic=u')).status).toBe(204)
  expect(await committed()).toEqual([{ topic: 't', partition: 0, offset: 5, metadata: '' }])
})
