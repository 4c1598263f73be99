/**
 * Topics by the REST Proxy's v3 routes. Topics are deleted for every reader at once; their data goes later. What Kafka
 * refuses is 40002 with a sentence.
 */

import type { TopicId } from '../base/ids.ts'
import { inParallel } from '../base/in-parallel.ts'
import { httpDescribesAtOnceMax, topicListMax } from '../base/limits.ts'
import type { Topic } from '../cluster/topic-item.ts'
import { fencePartition } from '../log/delete-topic.ts'
import { contentTypeOf, mediaType } from './media-types.ts'
import { topicOf } from './parameters.ts'
import { jsonObjectOf } from './request-body.ts'
import { errorCode, RestError, unknownTopic } from './rest-error.ts'
import type { RouteGroup } from './routes.ts'
import type { HttpServices } from './services.ts'
import { createRequest, partitionsCount, throwRefusal } from './topic-admin-request.ts'
import { type ClusterPlace, clusterPlaces, pageOf, related, resource, resourceList } from './v3.ts'

const cluster = '/v3/clusters/:cluster'

export const topicAdminRoutes: RouteGroup = (services) => {
  const placeOf = clusterPlaces(services)
  return [
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
        const topic = await topicOf(context, services, true)
        const deleted = await services.topics.delete(topic.name)
        if (deleted.outcome === 'unknown-topic') throw unknownTopic(topic.name)
        await fence(deleted.id, topic.partitions, services)
        return new Response(null, { status: 204 })
      },
    },
  ]
}

/**
 * Other processes remember the topic for a while; from here on their appends are refused, not stored where nobody reads.
 * The janitor fences too: what fails here is done by it.
 */
async function fence(topicId: TopicId, partitions: number, services: HttpServices): Promise<void> {
  const ids = Array.from({ length: partitions }, (_, partition) => ({ topicId, partition }))
  try {
    await inParallel(ids, httpDescribesAtOnceMax, (id) => fencePartition(services, id))
  } catch (fault) {
    services.report?.(fault)
  }
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
