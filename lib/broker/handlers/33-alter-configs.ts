/**
 * AlterConfigs (33), versions 0 to 2: the older way, which sets exactly the configs that are named and puts all others back
 * to their defaults. Topics, groups, this broker, and all brokers (the broker with the empty name).
 */
import type { RequestOf } from '../../wire/schema.ts'
import { alterConfigsApi } from '../../wire/schemas/33-alter-configs.ts'
import { alterResources, nullProblem } from '../alter-configs.ts'
import { adminErrorCode } from '../api-error.ts'
import { handler } from '../handler.ts'

type AskedResource = RequestOf<typeof alterConfigsApi>['resources'][number]

export const alterConfigs = handler<typeof alterConfigsApi>({
  api: alterConfigsApi,
  minVersion: 0,
  maxVersion: 2,
  async handle(services, { resources, validateOnly }) {
    const { topics, brokerSettings, groups } = services
    const responses = await alterResources<AskedResource>(services, resources, {
      problem: ({ configs }) => nullProblem(configs),
      topic: (resource) => topics.replaceConfigs(resource.resourceName, configsOf(resource), { validateOnly }),
      broker: (scope, resource) => brokerSettings.replace(scope, configsOf(resource), { validateOnly }),
      group: (resource) => groups.configs.replace(resource.resourceName, configsOf(resource), { validateOnly }),
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

const configsOf = ({ configs }: AskedResource) =>
  Object.fromEntries(configs.map(({ name, value }) => [name, value ?? '']))
