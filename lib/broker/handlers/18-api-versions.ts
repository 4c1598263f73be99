/**
 * ApiVersions (18), versions 0 to 4. Derived from the handlers: what has none is not advertised. A newer version than 4 is
 * answered before it gets here (`broker.ts`, KIP-511). The features are those that clients look at: `group.version` says
 * that the consumer protocol of KIP-848 is on, and is there where its heartbeat is served.
 */
import { type ApiVersionRange, advertisedVersions } from '../../wire/api-versions.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import type { ResponseInput } from '../../wire/schema.ts'
import { apiVersionsApi } from '../../wire/schemas/18-api-versions.ts'
import { consumerGroupHeartbeatApi } from '../../wire/schemas/68-consumer-group-heartbeat.ts'
import { type AnyHandler, handler } from '../handler.ts'

type ApiVersionsResponse = ResponseInput<typeof apiVersionsApi>

/** `ApiVersionsRequest.SOFTWARE_NAME_VERSION_PATTERN` (KIP-511). */
const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/
const softwareVersionMin = 3
/** A feature may begin at 0 from this version on; older clients refuse to read one that does (KIP-1022). */
const featureFromZeroVersionMin = 4

/** `served`: the table of all handlers, this one among them; asked for when a request comes. */
export const apiVersions = (served: () => readonly AnyHandler[]) => {
  let apiKeys: readonly ApiVersionRange[] | undefined
  return handler<typeof apiVersionsApi>({
    api: apiVersionsApi,
    minVersion: 0,
    maxVersion: 4,
    handle(_services, { clientSoftwareName, clientSoftwareVersion }, { version }) {
      const isNamed = softwareName.test(clientSoftwareName) && softwareName.test(clientSoftwareVersion)
      if (version >= softwareVersionMin && !isNamed) return failed(errorCodes.INVALID_REQUEST)
      apiKeys ??= advertisedVersions(served())
      return { errorCode: errorCodes.NONE, apiKeys, ...features(apiKeys, version) }
    },
    failed: (_request, errorCode) => failed(errorCode),
  })
}

const failed = (errorCode: number): ApiVersionsResponse => ({ errorCode, apiKeys: [] })

const group = { name: 'group.version', level: 1 }

function features(apiKeys: readonly ApiVersionRange[], version: number) {
  if (!apiKeys.some(({ apiKey }) => apiKey === consumerGroupHeartbeatApi.key)) return {}
  const supported = { name: group.name, minVersion: 0, maxVersion: group.level }
  return {
    supportedFeatures: version >= featureFromZeroVersionMin ? [supported] : [],
    finalizedFeaturesEpoch: 0,
    finalizedFeatures: [{ name: group.name, minVersionLevel: group.level, maxVersionLevel: group.level }],
  }
}
