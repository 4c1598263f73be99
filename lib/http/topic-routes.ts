/**
 * Topics as the REST Proxy's v2 shows them: names, one topic with its configs and partitions. Whatever process answers is
 * broker 0 to it, leader and only replica: the copies are the object store's affair. And ours: deleting records.
 */

import { offset } from '../base/ids.ts'
import { httpListPagesMax } from '../base/limits.ts'
import { describeTopicConfigs } from '../cluster/topic-config.ts'
import { acceptedOf, mediaType } from './media-types.ts'
import { integerQuery, onPartition, partitionOf, topicOf } from './parameters.ts'
import { offsetOutOfRange, readUnavailable } from './records-read.ts'
import { errorCode, RestError, unknownTopic } from './rest-error.ts'
import type { HttpContext, RouteGroup } from './routes.ts'

export const topicRoutes: RouteGroup = (services) => [
  {
    method: 'GET',
    path: '/topics',
    handler: async (context) => {
      const names: string[] = []
      let after: string | undefined
      for (let page = 0; page < httpListPagesMax; page += 1) {
        const { topics, next } = await services.topics.list(after === undefined ? {} : { after })
        names.push(...topics.map((topic) => topic.name))
        if (next === undefined) break
        after = next
      }
      return v2(context, names)
    },
  },
  {
    method: 'GET',
    path: '/topics/:topic',
    handler: async (context) => {
      const topic = await topicOf(context, services, true)
      const configs = Object.fromEntries(describeTopicConfigs(topic.configs).map(({ name, value }) => [name, value]))
      return v2(context, { name: topic.name, configs, partitions: partitions(topic.partitions) })
    },
  },
  {
    method: 'GET',
    path: '/topics/:topic/partitions',
    handler: async (context) => v2(context, partitions((await topicOf(context, services, true)).partitions)),
  },
  {
    method: 'GET',
    path: '/topics/:topic/partitions/:partition',
    handler: async (context) => v2(context, partition((await partitionOf(context, services)).id.partition)),
  },
  {
    method: 'DELETE',
    path: '/topics/:topic/partitions/:partition/records',
    query: ['before'],
    handler: async (context) => {
      const before = integerQuery(context, 'before', { min: -1, negative: true })
      if (before === undefined) {
        throw new RestError(errorCode.badRequest, 'Say before which offset: ?before=OFFSET, or -1 for all records.')
      }
      const low = await onPartition(context, services, async (place) => {
        const { topic, id } = place
        if (before < -1) {
          const now = await services.log.describe(id)
          if (now.outcome === 'described') throw offsetOutOfRange(place, before, now.logStartOffset, now.highWatermark)
        }
        const deleted = await services.log.deleteRecords(id, before < 0 ? 'high-watermark' : offset(before))
        if (deleted.outcome === 'deleted') return deleted.logStartOffset
        if (deleted.outcome === 'unknown-partition') throw unknownTopic(topic.name)
        if (deleted.outcome === 'unavailable') throw readUnavailable(deleted.cause, services)
        throw offsetOutOfRange(place, before, deleted.logStartOffset, deleted.highWatermark)
      })
      return v2(context, { low_watermark: low })
    },
  },
]

const v2 = (context: HttpContext, body: unknown) =>
  Response.json(body, { headers: { 'content-type': acceptedOf(context, [mediaType.v2, mediaType.json]) } })

const partition = (number: number) => ({
  partition: number,
  leader: 0,
  replicas: [{ broker: 0, leader: true, in_sync: true }],
})

const partitions = (count: number) => Array.from({ length: count }, (_, number) => partition(number))
