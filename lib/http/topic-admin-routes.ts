/**
 * Clusters, topics and partitions by the REST Proxy's v3 routes. Topics are deleted for every reader at once; their data
 * goes later. What Kafka refuses is 40002 with a sentence.
 */

import { partitionsPerPageMax, topicListMax } from '../base/limits.ts'
import type { Topic } from '../cluster/topic-item.ts'
import { contentTypeOf, mediaType } from './media-types.ts'
import { onPartition, partitionOf, topicOf } from './parameters.ts'
import { readUnavailable } from './records-read.ts'
import { jsonObjectOf } from './request-body.ts'
import { errorCode, quoted, RestError, unknownTopic } from './rest-error.ts'
import type { RouteGroup } from './routes.ts'
import { createRequest, partitionsCount, throwRefusal } from './topic-admin-request.ts'
import { baseUrl, type ClusterPlace, clusterPlaces, pageOf, related, resource, resourceList } from './v3.ts'

const cluster = '/v3/clusters/:cluster'

export const topicAdminRoutes: RouteGroup = (services) => {
  const placeOf = clusterPlaces(services)
  return [
    {
      method: 'GET',
      path: '/v3/clusters',
      handler: async (context) => {
        const place = await placeOf(context)
        return resourceList(`${baseUrl(context)}/v3/clusters`, 'KafkaClusterList', [clusterData(place)])
      },
    },
    {
      method: 'GET',
      path: cluster,
      handler: async (context) => Response.json(clusterData(await placeOf(context))),
    },
    {
      method: 'GET',
      path: `${cluster}/topics`,
      handler: async (context) => {
        const place = await placeOf(context)
        const { size, token } = pageOf(context, topicListMax)
        const page = await services.topics.list({ limit: size, ...(token === undefined ? {} : { after: token }) })
        const data = page.topics.map((topic) => topicData(place, topic))
        return resourceList(`${place.url}/topics`, 'KafkaTopicList', data, page.next)
      },
    },
    {
      method: 'POST',
      path: `${cluster}/topics`,
      handler: async (context) => {
        contentTypeOf(context, [mediaType.json])
        const place = await placeOf(context)
        const request = createRequest(await jsonObjectOf(context), services.defaultPartitions ?? 1)
        const created = await services.topics.create(request)
        if (created.outcome !== 'created') throw new RestError(errorCode.refusedByKafka, created.message)
        const data = topicData(place, created.topic)
        return Response.json(data, { status: request.validateOnly ? 200 : 201 })
      },
    },
    {
      method: 'GET',
      path: `${cluster}/topics/:topic`,
      handler: async (context) => {
        const place = await placeOf(context)
        return Response.json(topicData(place, await topicOf(context, services, true)))
      },
    },
    {
      method: 'PATCH',
      path: `${cluster}/topics/:topic`,
      handler: async (context) => {
        contentTypeOf(context, [mediaType.json])
        const place = await placeOf(context)
        const count = partitionsCount(await jsonObjectOf(context))
        const name = context.req.param('topic') ?? ''
        const altered = await services.topics.addPartitions(name, count)
        if (altered.outcome !== 'altered') throwRefusal(name, altered)
        return Response.json(topicData(place, altered.topic))
      },
    },
    {
      method: 'DELETE',
      path: `${cluster}/topics/:topic`,
      handler: async (context) => {
        await placeOf(context)
        const name = context.req.param('topic') ?? ''
        const deleted = await services.topics.delete(name)
        if (deleted.outcome === 'unknown-topic') throw unknownTopic(name)
        return new Response(null, { status: 204 })
      },
    },
    {
      method: 'GET',
      path: `${cluster}/topics/:topic/partitions`,
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
      path: `${cluster}/topics/:topic/partitions/:partition`,
      handler: async (context) => {
        const place = await placeOf(context)
        const { topic, id } = await partitionOf(context, services)
        return Response.json(partitionData(place, topic, id.partition))
      },
    },
    {
      method: 'GET',
      path: `${cluster}/topics/:topic/partitions/:partition/offset`,
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

function clusterData(place: ClusterPlace): object {
  return resource(place, 'KafkaCluster', '', '', {
    controller: related(place, 'brokers/0'),
    acls: related(place, 'acls'),
    brokers: related(place, 'brokers'),
    broker_configs: related(place, 'broker-configs'),
    consumer_groups: related(place, 'consumer-groups'),
    topics: related(place, 'topics'),
    partition_reassignments: related(place, 'topics/-/partitions/-/reassignment'),
  })
}

function topicData(place: ClusterPlace, topic: Topic): object {
  const path = `topics/${topic.name}`
  return resource(place, 'KafkaTopic', path, `topic=${topic.name}`, {
    topic_name: topic.name,
    is_internal: false,
    // One, as every client is told: the copies are the object store's.
    replication_factor: 1,
    partitions_count: topic.partitions,
    partitions: related(place, `${path}/partitions`),
    configs: related(place, `${path}/configs`),
    partition_reassignments: related(place, `${path}/partitions/-/reassignment`),
  })
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
