/**
 * IncrementalAlterConfigs (44), versions 0 and 1 (KIP-339): sets, deletes, appends to and subtracts from single configs of
 * topics, of groups, of this broker, and of all brokers (the broker with the empty name). What is not named stays as it is.
 */
import { assert } from '../../base/assert.ts'
import type { ConfigAlteration } from '../../cluster/config-alteration.ts'
import type { RequestOf } from '../../wire/schema.ts'
import { incrementalAlterConfigsApi } from '../../wire/schemas/44-incremental-alter-configs.ts'
import { alterResources, nullProblem } from '../alter-configs.ts'
import { type ApiError, adminErrorCode, apiError } from '../api-error.ts'
import { alterOperations } from '../config-wire.ts'
import { handler } from '../handler.ts'

type AskedResource = RequestOf<typeof incrementalAlterConfigsApi>['resources'][number]

export const incrementalAlterConfigs = handler<typeof incrementalAlterConfigsApi>({
  api: incrementalAlterConfigsApi,
  minVersion: 0,
  maxVersion: 1,
  async handle(services, { resources, validateOnly }) {
    const { topics, brokerSettings, groups } = services
    const responses = await alterResources<AskedResource>(services, resources, {
      problem,
      topic: (resource) => topics.alterConfigs(resource.resourceName, alterationsOf(resource), { validateOnly }),
      broker: (scope, resource) => brokerSettings.alter(scope, alterationsOf(resource), { validateOnly }),
      group: (resource) => groups.configs.alter(resource.resourceName, alterationsOf(resource), { validateOnly }),
    })
    return { throttleTimeMs: 0, responses }
  },
  failed: ({ resources }, errorCode) => ({
    throttleTimeMs: 0,
    responses: resources.map(({ resourceType, resourceName }) => ({
      resourceType,
      resourceName,
      errorCode: adminErrorCode(errorCode),
      errorMessage: null,
    })),
  }),
})

function problem({ configs }: AskedResource): ApiError | undefined {
  const unknown = configs.find(({ configOperation }) => alterOperations[configOperation] === undefined)
  if (unknown !== undefined) {
    return apiError('INVALID_REQUEST', `Unknown operations type ${unknown.configOperation}`)
  }
  return nullProblem(configs.filter(({ configOperation }) => alterOperations[configOperation] !== 'DELETE'))
}

function alterationsOf({ configs }: AskedResource): ConfigAlteration[] {
  return configs.map(({ name, configOperation, value }) => {
    const operation = alterOperations[configOperation]
    assert(operation !== undefined, 'operations are checked before anything is altered')
    return operation === 'DELETE' ? { name, operation } : { name, operation, value: value ?? '' }
  })
}
