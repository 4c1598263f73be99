/**
 * ListConfigResources (74), versions 0 and 1 (KIP-1142): what DescribeConfigs can be asked about. Version 0 knew
 * subscriptions to clients' metrics only, of which there are none. Of groups those are named on which something is set.
 */
import { errorCodes } from '../../wire/error-codes.ts'
import type { ResponseInput } from '../../wire/schema.ts'
import { listConfigResourcesApi } from '../../wire/schemas/74-list-config-resources.ts'
import { adminErrorCode } from '../api-error.ts'
import { resourceTypes } from '../config-wire.ts'
import { handler, type RequestContext } from '../handler.ts'
import { reachableBrokers } from '../leadership.ts'
import { allTopics } from '../partition-metadata.ts'
import type { BrokerServices } from '../services.ts'

type Resources = ResponseInput<typeof listConfigResourcesApi>['configResources']

export const listConfigResources = handler<typeof listConfigResourcesApi>({
  api: listConfigResourcesApi,
  minVersion: 0,
  maxVersion: 1,
  async handle(services, { resourceTypes: asked }, context) {
    if (context.version === 0) return answered(errorCodes.NONE, [])
    const all: readonly number[] = Object.values(resourceTypes)
    if (!asked.every((type) => all.includes(type))) return answered(errorCodes.UNSUPPORTED_VERSION, [])
    const found: Resources[] = []
    for (const type of new Set(asked.length === 0 ? all : asked)) found.push(await resourcesOf(services, context, type))
    return answered(errorCodes.NONE, found.flat())
  },
  failed: (_, errorCode) => answered(adminErrorCode(errorCode), []),
})

const answered = (errorCode: number, configResources: Resources) => ({ throttleTimeMs: 0, errorCode, configResources })

async function resourcesOf(services: BrokerServices, context: RequestContext, type: number): Promise<Resources> {
  const named = (names: readonly string[]) => names.map((resourceName) => ({ resourceName, resourceType: type }))
  switch (type) {
    case resourceTypes.topic:
      return named((await allTopics(services)).map(({ name }) => name))
    case resourceTypes.broker:
    case resourceTypes.brokerLogger:
      return named(reachableBrokers(services, context).map(({ id }) => String(id)))
    case resourceTypes.group:
      return named(await services.groups.configs.list())
    default:
      return []
  }
}
