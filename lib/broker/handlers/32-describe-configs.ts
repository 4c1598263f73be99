/**
 * DescribeConfigs (32), versions 1 to 4: configs of topics, of this broker, of all brokers (the broker with the empty name)
 * and of groups, with where their values come from. As Kafka's `ConfigHelper`. There are no loggers with levels of their own
 * and no subscriptions to clients' metrics here, so those resources have no configs.
 */
import { inParallel } from '../../base/in-parallel.ts'
import { partitionsAtOnceMax } from '../../base/limits.ts'
import {
  type DescribedConfig,
  describeAllBrokers,
  describeBroker,
  describeGroup,
  describeTopic,
} from '../../cluster/config-description.ts'
import { topicNameProblem } from '../../cluster/topic-names.ts'
import { groupIdProblem } from '../../groups/group-ids.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import type { RequestOf, ResponseInput } from '../../wire/schema.ts'
import { describeConfigsApi } from '../../wire/schemas/32-describe-configs.ts'
import { type ApiError, adminErrorCode, answeredAnyway, apiError } from '../api-error.ts'
import { ownBrokerProblem } from '../broker-name.ts'
import { configSources, configTypes, resourceTypes } from '../config-wire.ts'
import { handler } from '../handler.ts'
import type { BrokerServices } from '../services.ts'

type DescribeConfigsRequest = RequestOf<typeof describeConfigsApi>
type AskedResource = DescribeConfigsRequest['resources'][number]
type Result = ResponseInput<typeof describeConfigsApi>['results'][number]

export const describeConfigs = handler<typeof describeConfigsApi>({
  api: describeConfigsApi,
  minVersion: 1,
  maxVersion: 4,
  async handle(services, request) {
    const results = await inParallel(request.resources, partitionsAtOnceMax, (asked) =>
      answeredAnyway(
        services,
        async () => result(request, asked, await configsOf(services, asked)),
        (error) => result(request, asked, error),
      ),
    )
    return { throttleTimeMs: 0, results }
  },
  failed: (request, errorCode) => ({
    throttleTimeMs: 0,
    results: request.resources.map((asked) =>
      result(request, asked, { errorCode: adminErrorCode(errorCode), errorMessage: null }),
    ),
  }),
})

async function configsOf(
  services: BrokerServices,
  asked: AskedResource,
): Promise<readonly DescribedConfig[] | ApiError> {
  const { topics, brokerSettings, settings, groups } = services
  const { resourceType, resourceName: name } = asked
  switch (resourceType) {
    case resourceTypes.topic: {
      const problem = topicNameProblem(name)
      if (problem !== undefined) return apiError('INVALID_TOPIC_EXCEPTION', problem)
      const topic = await topics.get(name, { fresh: true })
      if (topic === undefined) return apiError('UNKNOWN_TOPIC_OR_PARTITION', null)
      return describeTopic(topic.configs, brokerSettings.layers)
    }
    case resourceTypes.broker: {
      const expected = `expected ${services.brokers.self} or empty string`
      const problem = name === '' ? undefined : ownBrokerProblem(services, name, 'Broker id', expected)
      if (problem !== undefined) return apiError('INVALID_REQUEST', problem)
      await brokerSettings.freshen({ strong: true })
      return name === '' ? describeAllBrokers(brokerSettings.layers) : describeBroker(brokerSettings.layers)
    }
    case resourceTypes.brokerLogger: {
      const problem = name === '' ? 'Broker id must not be empty' : ownBrokerProblem(services, name, 'Broker id')
      return problem === undefined ? [] : apiError('INVALID_REQUEST', problem)
    }
    case resourceTypes.clientMetrics:
      return name === '' ? apiError('INVALID_REQUEST', 'Client metrics subscription name must not be empty') : []
    case resourceTypes.group:
      if (name === '') return apiError('INVALID_REQUEST', 'Group name must not be empty')
      // What no group can be named, nothing can be set on.
      return describeGroup(groupIdProblem(name) === undefined ? await groups.configs.get(name) : {}, settings)
    default:
      return apiError('INVALID_REQUEST', `Unexpected resource type ${resourceType} for resource ${name}`)
  }
}

function result(
  request: DescribeConfigsRequest,
  { resourceType, resourceName, configurationKeys: keys }: AskedResource,
  found: readonly DescribedConfig[] | ApiError,
): Result {
  const resource = { resourceType, resourceName }
  if ('errorCode' in found) return { ...resource, ...found, configs: [] }
  const asked = keys === null || keys.length === 0 ? undefined : new Set(keys)
  const configs = found
    .filter(({ name }) => asked === undefined || asked.has(name))
    .map(({ name, value, readOnly, source, type, documentation, synonyms }) => ({
      name,
      value,
      readOnly,
      isSensitive: false,
      configSource: configSources[source],
      configType: configTypes[type],
      documentation: request.includeDocumentation ? documentation : null,
      synonyms: request.includeSynonyms
        ? synonyms.map((synonym) => ({ ...synonym, source: configSources[synonym.source] }))
        : [],
    }))
  // Kafka says nothing by an empty text here, unlike elsewhere.
  return { ...resource, errorCode: errorCodes.NONE, errorMessage: '', configs }
}
