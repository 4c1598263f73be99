/**
 * DeleteTopics (20), versions 1 to 6; by id from 6 on. Each deletion is decided by one write, after which the topic is gone
 * for every reader; its bytes go later. What is asked twice, by name or by id or by both, is refused as in Kafka's
 * `ControllerApis`. Unlike there the answers keep the order of the request: there is nobody here who may not see a topic.
 */
import { topicId } from '../../base/ids.ts'
import { inParallel } from '../../base/in-parallel.ts'
import { partitionsAtOnceMax } from '../../base/limits.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import { type RequestOf, type ResponseInput, zeroUuid } from '../../wire/schema.ts'
import { deleteTopicsApi } from '../../wire/schemas/20-delete-topics.ts'
import {
  type ApiError,
  adminErrorCode,
  answeredAnyway,
  apiError,
  noError,
  onceOnly,
  standardErrors,
} from '../api-error.ts'
import { handler } from '../handler.ts'
import type { BrokerServices } from '../services.ts'
import { topicError } from '../topic-errors.ts'

type DeleteTopicsRequest = RequestOf<typeof deleteTopicsApi>
type DeleteTopicsResponse = ResponseInput<typeof deleteTopicsApi>
type TopicResult = DeleteTopicsResponse['responses'][number]
type AskedTopic = DeleteTopicsRequest['topics'][number]

export const deleteTopics = handler<typeof deleteTopicsApi>({
  api: deleteTopicsApi,
  minVersion: 1,
  maxVersion: 6,
  async handle(services, request, { version }) {
    if (!services.settings.deleteTopicEnable) {
      const code = version < 3 ? errorCodes.INVALID_REQUEST : errorCodes.TOPIC_DELETION_DISABLED
      return failed(request, code)
    }
    const resolved = await inParallel(asked(request), partitionsAtOnceMax, (each) =>
      answeredAnyway(
        services,
        () => resolve(services, each),
        (error) => refused(each, error),
      ),
    )
    const { once, repeated } = onceOnly(resolved, (each) => ('errorCode' in each ? each : each.topicId))
    const results = await inParallel(once, partitionsAtOnceMax, (each) =>
      'errorCode' in each
        ? Promise.resolve(each)
        : answeredAnyway(
            services,
            () => deleteTopic(services, each),
            (error) => refused(each, error),
          ),
    )
    const namesOf = (id: TopicResult | string) => resolved.find((each) => each.topicId === id)
    const twice = [...repeated].map((id): TopicResult => {
      const message = 'The provided topic name maps to an ID that was already supplied.'
      return refused({ name: namesOf(id)?.name ?? null, topicId: String(id) }, apiError('INVALID_REQUEST', message))
    })
    return { responses: [...results, ...twice, ...askedTwice(request)] }
  },
  failed: (request, errorCode) => failed(request, adminErrorCode(errorCode)),
})

/** A topic that is there, by name and id. */
interface Doomed {
  readonly name: string
  readonly topicId: string
}

const refused = ({ name, topicId: id }: AskedTopic, error: ApiError): TopicResult => ({ name, topicId: id, ...error })

function allAsked({ topics, topicNames }: DeleteTopicsRequest): readonly AskedTopic[] {
  return [...topicNames.map((name) => ({ name, topicId: zeroUuid })), ...topics]
}

const keyOf = ({ name, topicId: id }: AskedTopic) => (name === null ? `id ${id}` : `name ${name} ${id}`)
/** What names no topic is answered each time; else what comes twice is refused once. */
const namesOne = ({ name, topicId: id }: AskedTopic) => (name === null) !== (id === zeroUuid)

function asked(request: DeleteTopicsRequest): readonly AskedTopic[] {
  const all = allAsked(request)
  return [...all.filter((each) => !namesOne(each)), ...onceOnly(all.filter(namesOne), keyOf).once]
}

function askedTwice(request: DeleteTopicsRequest): TopicResult[] {
  const all = allAsked(request).filter(namesOne)
  const { repeated } = onceOnly(all, keyOf)
  return [...repeated].flatMap((key) => {
    const each = all.find((other) => keyOf(other) === key)
    if (each === undefined) return []
    const message = each.name === null ? 'Duplicate topic id.' : 'Duplicate topic name.'
    return [refused(each, apiError('INVALID_REQUEST', message))]
  })
}

async function resolve({ topics }: BrokerServices, each: AskedTopic): Promise<Doomed | TopicResult> {
  const { name, topicId: id } = each
  if (name !== null && id !== zeroUuid) {
    return refused(each, apiError('INVALID_REQUEST', 'You may not specify both topic name and topic id.'))
  }
  if (name !== null) {
    const topic = await topics.get(name, { fresh: true })
    return topic === undefined ? refused(each, standardErrors.unknownTopic) : { name, topicId: topic.id }
  }
  if (id === zeroUuid) return refused(each, apiError('INVALID_REQUEST', 'Neither topic name nor id were specified.'))
  const topic = await topics.byId(topicId(id))
  return topic === undefined ? refused(each, standardErrors.unknownTopicId) : { name: topic.name, topicId: id }
}

async function deleteTopic({ topics }: BrokerServices, doomed: Doomed): Promise<TopicResult> {
  const answer = await topics.delete(doomed.name, { id: topicId(doomed.topicId) })
  return refused(doomed, answer.outcome === 'deleted' ? noError : topicError(answer))
}

function failed(request: DeleteTopicsRequest, errorCode: number): DeleteTopicsResponse {
  return { responses: allAsked(request).map((each) => refused(each, { errorCode, errorMessage: null })) }
}
