/** What is advertised is what is served. */
import { describe, expect, test } from 'vitest'
import { advertisedVersions, type ServedApi } from '../../lib/wire/api-versions.ts'
import { produceApi } from '../../lib/wire/schemas/00-produce.ts'
import { fetchApi } from '../../lib/wire/schemas/01-fetch.ts'
import { apiVersionsApi } from '../../lib/wire/schemas/18-api-versions.ts'

const handlers = {
  apiVersions: { api: apiVersionsApi, minVersion: 0, maxVersion: 4 },
  fetch: { api: fetchApi, minVersion: 4, maxVersion: 12 },
  produce: { api: produceApi, minVersion: 3, maxVersion: 11, advertisedMinVersion: 0 },
} satisfies Record<string, ServedApi>

describe('the versions that ApiVersions answers', () => {
  test('are those of the handlers, by key, with the minimum that librdkafka wants', () => {
    expect(advertisedVersions(Object.values(handlers))).toEqual([
      { apiKey: 0, minVersion: 0, maxVersion: 11 },
      { apiKey: 1, minVersion: 4, maxVersion: 12 },
      { apiKey: 18, minVersion: 0, maxVersion: 4 },
    ])
  })

  test('are never ones that have no table, and never two of one key', () => {
    const { fetch, produce } = handlers
    expect(() => advertisedVersions([{ ...fetch, minVersion: 3 }])).toThrow(
      'Fetch serves versions without a table: 3-12',
    )
    expect(() => advertisedVersions([{ ...fetch, maxVersion: 19 }])).toThrow('Fetch serves versions without a table')
    expect(() => advertisedVersions([{ ...fetch, maxVersion: 3 }])).toThrow('Fetch serves no versions')
    expect(() => advertisedVersions([{ ...produce, advertisedMinVersion: 4 }])).toThrow('Produce serves no versions')
    expect(() => advertisedVersions([fetch, fetch])).toThrow('Fetch has two handlers')
  })
})
