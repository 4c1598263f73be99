/** Reads records and the offsets of partitions. It needs to read, and writes nothing. */
import { recordsRoutes } from '../lib/http/records-routes.ts'
import { bucket } from './bucket.ts'
import { serve } from './serve.ts'

export const handler = serve('fetch', bucket, recordsRoutes)
