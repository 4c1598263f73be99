/** Partitions by the REST Proxy's v3 routes: all of a topic's, page by page, one, and where one begins and ends. */
import { partitionsPerPageMax } from '../base/limits.ts'
import type { Topic } from '../cluster/topic-item.ts'
import { onPartition, partitionOf, topicOf } from './parameters.ts'
import { readUnavailable } from './records-read.ts'
import { errorCode, quoted, RestError, unknownTopic } from './rest-error.ts'
import type { RouteGroup } from './routes.ts'
import { type ClusterPlace, clusterPlaces, pageOf, related, resource, resourceList } from './v3.ts'

const partitionsPath = '/v3/clusters/:cluster/topics/:topic/partitions'

export const partitionAdminRoutes: RouteGroup = (services) => {
  const placeOf = clusterPlaces(services)
  return [
    {
      method: 'GET',
      path: partitionsPath,
      handler: async (context) => {
        const place = await placeOf(context)
        const topic = await topicOf(context, services, true)
        const { size, token } = pageOf(context, partitionsPerPageMax)
        const first = token === undefined ? 0 : tokenNumber(token)
        const end = Math.min(first + size, topic.partitions)
        const data = Array.from({ length: Math.max(0, end - first) }, (_, at) =>
          partitionData(place, topic, first + at),
        )
        const url = `${place.url}/topics/${topic.name}/partitions`
        return resourceList(url, 'KafkaPartitionList', data, end < topic.partitions ? String(end) : undefined)
      },
    },
    {
      method: 'GET',
      path: `${partitionsPath}/:partition`,
      handler: async (context) => {
        const place = await placeOf(context)
        const { topic, id } = await partitionOf(context, services)
        return Response.json(partitionData(place, topic, id.partition))
      },
    },
    {
      method: 'GET',
      path: `${partitionsPath}/:partition/offset`,
      handler: async (context) => {
        const place = await placeOf(context)
        return onPartition(context, services, async ({ topic, id }) => {
          const ends = await services.log.describe(id)
          if (ends.outcome === 'unavailable') throw readUnavailable(ends.cause, services)
          if (ends.outcome === 'unknown-partition') throw unknownTopic(topic.name)
          const path = `topics/${topic.name}/partitions/${id.partition}/offset`
          const name = `topic=${topic.name}/partition=${id.partition}/offset`
          const data = {
            topic_name: topic.name,
            partition_id: id.partition,
            earliest_offset: ends.logStartOffset,
            latest_offset: ends.highWatermark,
          }
          return Response.json(resource(place, 'KafkaPartitionWithOffsets', path, name, data))
        })
      },
    },
  ]
}

function tokenNumber(token: string): number {
  if (/^\d{1,9}$/.test(token)) return Number(token)
  throw new RestError(errorCode.badRequest, `page_token ${quoted(token)} is none that was given out.`)
}

function partitionData(place: ClusterPlace, topic: Topic, partition: number): object {
  const path = `topics/${topic.name}/partitions/${partition}`
  return resource(place, 'KafkaPartition', path, `topic=${topic.name}/partition=${partition}`, {
    topic_name: topic.name,
    partition_id: partition,
    leader: related(place, `${path}/replicas/0`),
    replicas: related(place, `${path}/replicas`),
    reassignment: related(place, `${path}/reassignment`),
  })
}
