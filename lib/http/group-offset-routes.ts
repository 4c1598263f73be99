/**
 * The offsets of a consumer group, without a member and without a session: `POST|GET|DELETE /groups/{group}/offsets`. The
 * bodies are those of the REST Proxy's consumers (`{"offsets": [{topic, partition, offset, metadata}]}`), whose own routes
 * need an instance that lives in the server. An offset is the one to read next, as in Kafka.
 */
import type { Offset } from '../base/ids.ts'
import { offsetMetadataBytesMax, offsetsPerRequestMax } from '../base/limits.ts'
import type { Topic } from '../cluster/topic-item.ts'
import type { FetchedOffset } from '../groups/offsets.ts'
import type { OffsetCommit } from '../groups/offsets-commit.ts'
import { acceptedOf, contentTypeOf, mediaType } from './media-types.ts'
import { pathParameter } from './parameters.ts'
import { isObject, jsonObjectOf } from './request-body.ts'
import { errorCode, quoted, RestError, unknownPartition, unknownTopic } from './rest-error.ts'
import type { HttpContext, RouteGroup } from './routes.ts'
import { type HttpServices, membersOf } from './services.ts'

export const groupOffsetRoutes: RouteGroup = (services) => [
  {
    method: 'POST',
    path: '/groups/:group/offsets',
    query: [],
    handler: async (context) => {
      contentTypeOf(context, [mediaType.json, mediaType.v2])
      const wanted = requestedCommits(await jsonObjectOf(context))
      const topics = await topicsOf(wanted, services)
      const commits = wanted.map(
        ({ topic, ...commit }): OffsetCommit => ({ topic: topics.get(topic) as Topic, ...commit }),
      )
      const group = pathParameter(context, 'group')
      const answer = await membersOf(services).commit(group, commits)
      if ('problem' in answer) throw groupInUse(group)
      if (!('partitions' in answer)) {
        throw new RestError(
          answer.outcome === 'invalid-group' ? errorCode.unprocessable : errorCode.tooLarge,
          answer.message,
        )
      }
      if (answer.partitions.some((partition) => partition.outcome === 'stale-generation')) throw groupInUse(group)
      return offsetsBody(
        context,
        commits.map(({ topic, partition, offset, leaderEpoch, metadata }) =>
          offsetJson(topic.name, partition, { offset, leaderEpoch, metadata: metadata ?? '' }),
        ),
      )
    },
  },
  {
    method: 'GET',
    path: '/groups/:group/offsets',
    query: ['topic', 'partition'],
    handler: async (context) => {
      const fetched = await fetchOffsets(context, services)
      return offsetsBody(
        context,
        // What was asked for and never committed is left out, as the REST Proxy does.
        fetched.flatMap(({ topic, partition, committed }) =>
          committed === undefined ? [] : [offsetJson(topic.name, partition, committed)],
        ),
      )
    },
  },
  {
    method: 'DELETE',
    path: '/groups/:group/offsets',
    query: ['topic', 'partition'],
    handler: async (context) => {
      const fetched = await fetchOffsets(context, services)
      const group = pathParameter(context, 'group')
      const deleted = await membersOf(services).deleteOffsets(
        group,
        fetched.filter((entry) => entry.committed !== undefined),
      )
      // Deleting what is not there is no error.
      if ('problem' in deleted && deleted.problem !== 'unknown-group') throw groupInUse(group)
      if (Array.isArray(deleted) && deleted.includes('group-subscribed-to-topic')) throw groupInUse(group)
      return new Response(null, { status: 204 })
    },
  },
  {
    method: 'DELETE',
    path: '/groups/:group',
    query: [],
    handler: async (context) => {
      const group = pathParameter(context, 'group')
      const deleted = await membersOf(services).delete(group)
      if (deleted !== 'deleted' && deleted.problem === 'unknown-group') throw unknownGroup(group)
      if (deleted !== 'deleted') throw groupInUse(group)
      return new Response(null, { status: 204 })
    },
  },
]

export const unknownGroup = (group: string) =>
  new RestError(errorCode.unknownGroup, `There is no consumer group ${quoted(group)}.`)

/** As Kafka's NON_EMPTY_GROUP and GROUP_SUBSCRIBED_TO_TOPIC: what members read from is theirs. */
const groupInUse = (group: string) => {
  const message = `The group ${quoted(group)} has members, and its offsets are theirs: stop its consumers first.`
  return new RestError(errorCode.contended, message)
}

const offsetsBody = (context: HttpContext, offsets: readonly object[]) =>
  Response.json({ offsets }, { headers: { 'content-type': acceptedOf(context, [mediaType.json, mediaType.v2]) } })

const offsetJson = (
  topic: string,
  partition: number,
  committed: { readonly offset: number; readonly leaderEpoch?: number | undefined; readonly metadata: string },
) => ({
  topic,
  partition,
  offset: committed.offset,
  metadata: committed.metadata,
  ...(committed.leaderEpoch === undefined || committed.leaderEpoch < 0 ? {} : { leader_epoch: committed.leaderEpoch }),
})

/** `?topic=` and, below it, `?partition=`, which may be given many times; without them all. */
async function fetchOffsets(context: HttpContext, services: HttpServices): Promise<FetchedOffset[]> {
  const group = pathParameter(context, 'group')
  const name = context.req.query('topic')
  const asked = context.req.queries('partition') ?? []
  if (name === undefined) {
    if (asked.length > 0) throw new RestError(errorCode.badRequest, 'Say which topic the partitions are of: ?topic=.')
    return services.groups.fetch(group)
  }
  if (asked.length > offsetsPerRequestMax) {
    throw new RestError(errorCode.badRequest, `At most ${offsetsPerRequestMax} partitions may be asked for.`)
  }
  const topic = await services.topics.get(name, { fresh: true })
  if (topic === undefined) throw unknownTopic(name)
  const partitions = asked.map((text) => {
    const partition = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (!(partition < topic.partitions)) throw unknownPartition(name, text, topic.partitions)
    return partition
  })
  const wanted = partitions.length > 0 ? partitions : Array.from({ length: topic.partitions }, (_, at) => at)
  return services.groups.fetch(group, [{ topic, partitions: wanted }])
}

interface RequestedCommit {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  readonly leaderEpoch: number
  readonly metadata: string
}

function requestedCommits(body: Record<string, unknown>): RequestedCommit[] {
  const { offsets } = body
  if (!Array.isArray(offsets) || offsets.length === 0) throw shape('offsets must be an array of at least one offset.')
  return offsets.map((entry: unknown, index) => {
    const where = `offsets[${index}]`
    if (!isObject(entry)) throw shape(`${where} must be an object.`)
    const { topic, partition, offset, metadata = '', leader_epoch = -1 } = entry
    if (typeof topic !== 'string') throw shape(`${where}.topic must be a string.`)
    if (metadata !== null && typeof metadata !== 'string') throw shape(`${where}.metadata must be a string.`)
    if (Buffer.byteLength(metadata ?? '') > offsetMetadataBytesMax) {
      throw shape(`${where}.metadata has more than ${offsetMetadataBytesMax} bytes.`)
    }
    return {
      topic,
      partition: integer(partition, `${where}.partition`, 0),
      offset: integer(offset, `${where}.offset`, 0) as Offset,
      leaderEpoch: integer(leader_epoch ?? -1, `${where}.leader_epoch`, -1, 2 ** 31 - 1),
      metadata: metadata ?? '',
    }
  })
}

/** The topics named, all of which must be there with their partitions: a commit is done for all or refused for all. */
async function topicsOf(commits: readonly RequestedCommit[], services: HttpServices): Promise<Map<string, Topic>> {
  const topics = new Map<string, Topic>()
  for (const { topic: name, partition } of commits) {
    let topic = topics.get(name) ?? (await services.topics.get(name))
    if (topic !== undefined && partition >= topic.partitions) topic = await services.topics.get(name, { fresh: true })
    if (topic === undefined) throw unknownTopic(name)
    if (partition >= topic.partitions) throw unknownPartition(name, partition, topic.partitions)
    topics.set(name, topic)
  }
  return topics
}

function integer(value: unknown, where: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw shape(`${where} must be an integer from ${min} to ${max}.`)
}

const shape = (message: string) => new RestError(errorCode.unprocessable, message)
