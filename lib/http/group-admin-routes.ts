/**
 * Consumer groups by the REST Proxy's v3 routes: which there are, who is in them, and how far behind they are. A group that
 * has only committed offsets is EMPTY and simple, as Kafka has it.
 */
import { inParallel } from '../base/in-parallel.ts'
import { groupListMax, httpDescribesAtOnceMax } from '../base/limits.ts'
import type { GroupView } from '../groups/group-description.ts'
import { unknownGroup } from './group-offset-routes.ts'
import { partitionOf, pathParameter } from './parameters.ts'
import { readUnavailable } from './records-read.ts'
import { errorCode, RestError } from './rest-error.ts'
import type { RouteGroup } from './routes.ts'
import { type HttpServices, membersOf } from './services.ts'
import { type ClusterPlace, clusterPlaces, pageOf, related, resource, resourceList } from './v3.ts'

const groupsPath = '/v3/clusters/:cluster/consumer-groups'

type Member = NonNullable<GroupView['state']>['members'][number]

interface Lag {
  readonly topic: string
  readonly partition: number
  readonly currentOffset: number
  readonly logEndOffset: number
}

export const groupAdminRoutes: RouteGroup = (services) => {
  const placeOf = clusterPlaces(services)
  return [
    {
      method: 'GET',
      path: groupsPath,
      handler: async (context) => {
        const place = await placeOf(context)
        const { size, token } = pageOf(context, groupListMax)
        const page = await services.groups.list({ limit: size, ...(token === undefined ? {} : { after: token }) })
        const data = (await membersOf(services).views(page.groups)).map((view) => groupData(place, view))
        return resourceList(`${place.url}/consumer-groups`, 'KafkaConsumerGroupList', data, page.next)
      },
    },
    {
      method: 'GET',
      path: `${groupsPath}/:group`,
      handler: async (context) => {
        const place = await placeOf(context)
        const group = pathParameter(context, 'group')
        return Response.json(groupData(place, await viewOf(group, services)))
      },
    },
    {
      method: 'GET',
      path: `${groupsPath}/:group/consumers`,
      handler: async (context) => {
        const place = await placeOf(context)
        const group = pathParameter(context, 'group')
        const { state } = await viewOf(group, services)
        const data = (state?.members ?? []).map((member) => consumerData(place, group, member))
        return resourceList(`${place.url}/${groupPath(group)}/consumers`, 'KafkaConsumerList', data)
      },
    },
    {
      method: 'GET',
      path: `${groupsPath}/:group/lags`,
      handler: async (context) => {
        const place = await placeOf(context)
        const group = pathParameter(context, 'group')
        const lags = await lagsOf(group, services)
        const url = `${place.url}/${groupPath(group)}/lags`
        return resourceList(
          url,
          'KafkaConsumerLagList',
          lags.map((lag) => lagData(place, group, lag)),
        )
      },
    },
    {
      method: 'GET',
      path: `${groupsPath}/:group/lags/:topic/partitions/:partition`,
      handler: async (context) => {
        const place = await placeOf(context)
        const group = pathParameter(context, 'group')
        const { topic, id } = await partitionOf(context, services)
        const [fetched] = await services.groups.fetch(group, [{ topic, partitions: [id.partition] }])
        if (fetched?.committed === undefined) {
          const message = `The group has committed nothing for ${topic.name}/${id.partition}.`
          throw new RestError(errorCode.notFound, message)
        }
        const [lag] = await withEnds([{ topic, partition: id.partition, offset: fetched.committed.offset }], services)
        return Response.json(lagData(place, group, lag as Lag))
      },
    },
    {
      method: 'GET',
      path: `${groupsPath}/:group/lag-summary`,
      handler: async (context) => {
        const place = await placeOf(context)
        const group = pathParameter(context, 'group')
        return Response.json(summaryData(place, group, await lagsOf(group, services)))
      },
    },
  ]
}

/** Throws 40405 for a group that is not there. */
async function viewOf(group: string, services: HttpServices): Promise<GroupView> {
  const view = await membersOf(services).view(group)
  if (view === undefined) throw unknownGroup(group)
  return view
}

/** Throws 40405 for a group that is not there. */
async function lagsOf(group: string, services: HttpServices): Promise<Lag[]> {
  const fetched = await services.groups.fetch(group)
  if (fetched.length === 0 && (await services.groups.get(group)) === undefined) throw unknownGroup(group)
  return withEnds(
    fetched.flatMap(({ topic, partition, committed }) =>
      committed === undefined ? [] : [{ topic, partition, offset: committed.offset }],
    ),
    services,
  )
}

async function withEnds(
  committed: readonly {
    topic: { id: Parameters<HttpServices['log']['describe']>[0]['topicId']; name: string }
    partition: number
    offset: number
  }[],
  services: HttpServices,
): Promise<Lag[]> {
  const lags = await inParallel(committed, httpDescribesAtOnceMax, async ({ topic, partition, offset }) => {
    const ends = await services.log.describe({ topicId: topic.id, partition })
    if (ends.outcome === 'unavailable') throw readUnavailable(ends.cause, services)
    // Deleted this moment: there is nothing to lag behind.
    if (ends.outcome === 'unknown-partition') return []
    return [{ topic: topic.name, partition, currentOffset: offset, logEndOffset: ends.highWatermark }]
  })
  return lags.flat()
}

/** An offset past the end, of a log that was cut, is no negative lag. */
const lagIn = (lag: Lag) => Math.max(0, lag.logEndOffset - lag.currentOffset)
const groupPath = (group: string) => `consumer-groups/${encodeURIComponent(group)}`

function groupData(place: ClusterPlace, { group, kind, stateName, state }: GroupView): object {
  const path = groupPath(group)
  const isMixed = state?.kind === 'consumer' && state.members.some((member) => member.classic !== null)
  return resource(place, 'KafkaConsumerGroup', path, `consumer-group=${encodeURIComponent(group)}`, {
    consumer_group_id: group,
    // Nobody ever joined: whoever reads assigns itself its partitions.
    is_simple: state === undefined,
    partition_assignor: state?.kind === 'classic' ? (state.protocolName ?? '') : '',
    state: stateName.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase(),
    type: kind.toUpperCase(),
    is_mixed_consumer_group: isMixed,
    coordinator: related(place, 'brokers/0'),
    consumers: related(place, `${path}/consumers`),
    lag_summary: related(place, `${path}/lag-summary`),
  })
}

function consumerData(place: ClusterPlace, group: string, member: Member): object {
  const path = `${groupPath(group)}/consumers/${encodeURIComponent(member.id)}`
  const name = `consumer-group=${encodeURIComponent(group)}/consumer=${encodeURIComponent(member.id)}`
  return resource(place, 'KafkaConsumer', path, name, {
    consumer_group_id: group,
    consumer_id: member.id,
    instance_id: member.instanceId,
    client_id: member.clientId,
    assignments: related(place, `${path}/assignments`),
  })
}

function lagData(place: ClusterPlace, group: string, lag: Lag): object {
  const path = `${groupPath(group)}/lags/${lag.topic}/partitions/${lag.partition}`
  const name = `consumer-group=${encodeURIComponent(group)}/lag=${lag.topic}/partition=${lag.partition}`
  return resource(place, 'KafkaConsumerLag', path, name, {
    consumer_group_id: group,
    topic_name: lag.topic,
    partition_id: lag.partition,
    current_offset: lag.currentOffset,
    log_end_offset: lag.logEndOffset,
    lag: lagIn(lag),
    consumer_id: '',
    instance_id: null,
    client_id: '',
  })
}

function summaryData(place: ClusterPlace, group: string, lags: readonly Lag[]): object {
  const path = groupPath(group)
  const none: Lag = { topic: '', partition: 0, currentOffset: 0, logEndOffset: 0 }
  const worst = lags.reduce((a, b) => (lagIn(b) > lagIn(a) ? b : a), lags[0] ?? none)
  return resource(
    place,
    'KafkaConsumerGroupLagSummary',
    `${path}/lag-summary`,
    `consumer-group=${encodeURIComponent(group)}/lag-summary`,
    {
      consumer_group_id: group,
      max_lag_consumer_id: '',
      max_lag_instance_id: null,
      max_lag_client_id: '',
      max_lag_topic_name: worst.topic,
      max_lag_partition_id: worst.partition,
      max_lag: lagIn(worst),
      total_lag: lags.reduce((sum, lag) => sum + lagIn(lag), 0),
      max_lag_consumer: related(place, `${path}/consumers`),
      max_lag_partition: related(place, `topics/${worst.topic}/partitions/${worst.partition}`),
    },
  )
}
