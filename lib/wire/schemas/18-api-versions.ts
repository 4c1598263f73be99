/**
 * ApiVersions (18). What the server speaks. The first request of most clients, answered whatever its version (KIP-511).
 * Version 3 names the client's software and carries features as tagged fields; 4 lets a feature begin at 0. Its
 * responses never have a flexible header.
 */
import { api, arrayOf, bool, field, int16, int32, safeInt64, string, struct } from '../schema.ts'

const apiVersion = struct({
  apiKey: field('0+', int16),
  minVersion: field('0+', int16),
  maxVersion: field('0+', int16),
})

const supportedFeatureKey = struct({
  name: field('3+', string),
  minVersion: field('3+', int16),
  maxVersion: field('3+', int16),
})

const finalizedFeatureKey = struct({
  name: field('3+', string),
  maxVersionLevel: field('3+', int16),
  minVersionLevel: field('3+', int16),
})

export const apiVersionsApi = api({
  key: 18,
  name: 'ApiVersions',
  versions: '0-4',
  flexible: '3+',
  request: {
    clientSoftwareName: field('3+', string, { ignorable: true }),
    clientSoftwareVersion: field('3+', string, { ignorable: true }),
  },
  response: {
    errorCode: field('0+', int16),
    apiKeys: field('0+', arrayOf(apiVersion)),
    throttleTimeMs: field('1+', int32, { ignorable: true }),
    supportedFeatures: field('3+', arrayOf(supportedFeatureKey), { ignorable: true, tag: 0 }),
    finalizedFeaturesEpoch: field('3+', safeInt64, { default: -1, ignorable: true, tag: 1 }),
    finalizedFeatures: field('3+', arrayOf(finalizedFeatureKey), { ignorable: true, tag: 2 }),
    zkMigrationReady: field('3+', bool, { default: false, ignorable: true, tag: 3 }),
  },
})
