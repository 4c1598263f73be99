/**
 * UpdateFeatures (57). Levels of features of the whole cluster (KIP-584). Version 1 may only validate; 2 answers
 * without a result for each feature.
 */
import { api, arrayOf, bool, field, int8, int16, int32, nullable, string, struct } from '../schema.ts'

const featureUpdateKey = struct({
  feature: field('0+', string),
  maxVersionLevel: field('0+', int16),
  allowDowngrade: field('0', bool),
  upgradeType: field('1+', int8, { default: 1 }),
})

const updatableFeatureResult = struct({
  feature: field('0+', string),
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string)),
})

export const updateFeaturesApi = api({
  key: 57,
  name: 'UpdateFeatures',
  versions: '0-2',
  flexible: '0+',
  request: {
    timeoutMs: field('0+', int32, { default: 60000 }),
    featureUpdates: field('0+', arrayOf(featureUpdateKey)),
    validateOnly: field('1+', bool, { default: false }),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('0+', int16),
    errorMessage: field('0+', nullable(string)),
    results: field('0-1', arrayOf(updatableFeatureResult), { ignorable: true }),
  },
})
