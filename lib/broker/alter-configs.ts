/**
 * What AlterConfigs and IncrementalAlterConfigs have in common: which resources can be altered, and what is wrong with a
 * request before anything is (`ConfigAdminManager.preprocess`). Each resource is altered for itself, all of its configs or
 * none.
 */
import { inParallel } from '../base/in-parallel.ts'
import { partitionsAtOnceMax } from '../base/limits.ts'
import type { AlterBrokerAnswer } from '../cluster/broker-settings.ts'
import type { BrokerScope } from '../cluster/dynamic-config-item.ts'
import type { AlterTopicAnswer } from '../cluster/topic-answers.ts'
import { topicNameProblem } from '../cluster/topic-names.ts'
import type { AlterGroupAnswer } from '../groups/group-configs.ts'
import { groupIdProblem } from '../groups/group-ids.ts'
import { type ApiError, answeredAnyway, apiError, noError, onceOnly } from './api-error.ts'
import { ownBrokerProblem } from './broker-name.ts'
import { resourceTypes } from './config-wire.ts'
import type { BrokerServices } from './services.ts'
import { topicError } from './topic-errors.ts'

export interface AskedResource {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly { readonly name: string; readonly value: string | null }[]
}

/** How one of the two APIs alters a resource that may be altered. */
export interface Alteration<Resource extends AskedResource> {
  /** What else is wrong with the request for a resource, or `undefined`. */
  problem(resource: Resource): ApiError | undefined
  topic(resource: Resource): Promise<AlterTopicAnswer>
  broker(scope: BrokerScope, resource: Resource): Promise<AlterBrokerAnswer>
  group(resource: Resource): Promise<AlterGroupAnswer>
}

export interface AlteredResource extends ApiError {
  readonly resourceType: number
  readonly resourceName: string
}

/** The answers in the order of the request. */
export function alterResources<Resource extends AskedResource>(
  services: BrokerServices,
  resources: readonly Resource[],
  alteration: Alteration<Resource>,
): Promise<AlteredResource[]> {
  const keyOf = ({ resourceType, resourceName }: Resource) => `${resourceType} ${resourceName}`
  const { repeated } = onceOnly(resources, keyOf)
  return inParallel(resources, partitionsAtOnceMax, async (resource) => {
    const { resourceType, resourceName } = resource
    const error = repeated.has(keyOf(resource))
      ? apiError('INVALID_REQUEST', 'Each resource must appear at most once.')
      : (malformed(resource, alteration) ??
        (await answeredAnyway(
          services,
          () => alter(services, resource, alteration),
          (failed) => failed,
        )))
    return { resourceType, resourceName, ...error }
  })
}

function malformed<Resource extends AskedResource>(
  resource: Resource,
  alteration: Alteration<Resource>,
): ApiError | undefined {
  if (onceOnly(resource.configs, ({ name }) => name).repeated.size > 0) {
    return apiError('INVALID_REQUEST', 'Error due to duplicate config keys')
  }
  return alteration.problem(resource)
}

/** The refusal of configs without a value. */
export function nullProblem(configs: readonly { readonly name: string; readonly value: string | null }[]) {
  const names = configs.filter(({ value }) => value === null).map(({ name }) => name)
  return names.length === 0
    ? undefined
    : apiError('INVALID_REQUEST', `Null value not supported for : ${names.join(', ')}`)
}

async function alter<Resource extends AskedResource>(
  services: BrokerServices,
  resource: Resource,
  alteration: Alteration<Resource>,
): Promise<ApiError> {
  const { resourceType, resourceName: name } = resource
  switch (resourceType) {
    case resourceTypes.topic: {
      if (name === '') return apiError('INVALID_REQUEST', 'Default topic resources are not allowed.')
      const problem = topicNameProblem(name)
      if (problem !== undefined) return apiError('INVALID_TOPIC_EXCEPTION', problem)
      const answer = await alteration.topic(resource)
      return answer.outcome === 'altered' ? noError : topicError(answer)
    }
    case resourceTypes.broker: {
      const problem = name === '' ? undefined : ownBrokerProblem(services, name, 'Node id')
      if (problem !== undefined) return apiError('INVALID_REQUEST', problem)
      return alterationError(await alteration.broker(name === '' ? 'all' : services.brokers.self, resource))
    }
    case resourceTypes.brokerLogger: {
      const problem = ownBrokerProblem(services, name, 'Node id')
      if (problem !== undefined) return apiError('INVALID_REQUEST', problem)
      const [logger] = resource.configs
      return logger === undefined ? noError : apiError('INVALID_CONFIG', `Logger ${logger.name} does not exist!`)
    }
    case resourceTypes.group: {
      if (name === '') return apiError('INVALID_REQUEST', 'Default group resources are not allowed.')
      const problem = groupIdProblem(name)
      if (problem !== undefined) return apiError('INVALID_GROUP_ID', problem)
      return alterationError(await alteration.group(resource))
    }
    default:
      return apiError('INVALID_REQUEST', `Unknown resource type ${resourceType}`)
  }
}

function alterationError(answer: AlterBrokerAnswer | AlterGroupAnswer): ApiError {
  switch (answer.outcome) {
    case 'altered':
      return noError
    case 'refused':
      return apiError('INVALID_REQUEST', answer.message)
    case 'invalid-config':
      return apiError('INVALID_CONFIG', answer.message)
    case 'contended':
      return apiError('REQUEST_TIMED_OUT', answer.message)
  }
}
