/** Produces records. It needs to read topics, to write heads, pages and inline items, and to put objects. */
import { produceRoutes } from '../lib/http/produce-routes.ts'
import { bucket } from './bucket.ts'
import { serve } from './serve.ts'

export const handler = serve('produce', bucket, produceRoutes)
