/**
 * What ApiVersions answers, derived from what is served: an API without a handler is not advertised, and no list of
 * versions is kept by hand. KIP-511: a client that asks in a version that the server does not know is answered in version
 * 0, with error 35 and the range of ApiVersions itself, and asks again.
 */
import { assert } from '../base/assert.ts'
import { errorCodes } from './error-codes.ts'
import { encodeResponse } from './messages.ts'
import type { Api } from './schema.ts'
import { apiVersionsApi } from './schemas/18-api-versions.ts'
import { covers } from './versions.ts'

/** What a handler says about itself. Versions are inclusive. */
export interface ServedApi {
  readonly api: Api
  readonly minVersion: number
  readonly maxVersion: number
  /**
   * Below `minVersion` where a lower one must be advertised: librdkafka 2.0 compresses nothing unless Produce begins at 0
   * (KAFKA-18659).
   */
  readonly advertisedMinVersion?: number
}

export interface ApiVersionRange {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

/** `apiKeys` of the answer, ascending by key. Fails where a handler serves what its table does not describe. */
export function advertisedVersions(served: Iterable<ServedApi>): ApiVersionRange[] {
  const ranges = new Map<number, ApiVersionRange>()
  for (const { api, minVersion, maxVersion, advertisedMinVersion = minVersion } of served) {
    assert(!ranges.has(api.key), `${api.name} has two handlers`)
    assert(minVersion <= maxVersion && advertisedMinVersion <= minVersion, `${api.name} serves no versions`)
    assert(
      covers(api.versions, minVersion) && covers(api.versions, maxVersion),
      `${api.name} serves versions without a table: ${minVersion}-${maxVersion}`,
    )
    ranges.set(api.key, { apiKey: api.key, minVersion: advertisedMinVersion, maxVersion })
  }
  return [...ranges.values()].sort((one, other) => one.apiKey - other.apiKey)
}

/** The frame, with its length, for an ApiVersions request of a version that is not served. */
export function unsupportedApiVersions(correlationId: number, own: ApiVersionRange): Uint8Array[] {
  assert(own.apiKey === apiVersionsApi.key, 'only the range of ApiVersions itself is answered')
  return encodeResponse(apiVersionsApi, 0, correlationId, {
    errorCode: errorCodes.UNSUPPORTED_VERSION,
    apiKeys: [own],
  })
}
