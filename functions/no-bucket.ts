/**
 * For the functions that touch no object: they may not (`cdk/permissions.ts`), and without S3's client and its connection
 * they start 20 ms earlier.
 */
import { StoreUnavailable } from '../lib/store/errors.ts'
import type { Bucket } from './bucket.ts'

const refuse = async (): Promise<never> => {
  throw new StoreUnavailable('what needs objects', new Error('this function may not touch any'))
}

export const noBucket: Bucket = {
  objects: { put: refuse, get: refuse, list: refuse, delete: refuse, compose: refuse },
  connected: Promise.resolve(),
}
