/** Every group of routes: what the local server serves. A Lambda function serves some of them (`functions/`). */
import { createGroupsApp } from './app.ts'
import { clusterRoutes } from './cluster-routes.ts'
import { groupAdminRoutes } from './group-admin-routes.ts'
import { groupOffsetRoutes } from './group-offset-routes.ts'
import { healthRoutes } from './health-routes.ts'
import { kafkaRoutes } from './kafka-routes.ts'
import { metricsRoutes } from './metrics-routes.ts'
import { openapiRoutes } from './openapi-routes.ts'
import { partitionAdminRoutes } from './partition-admin-routes.ts'
import { produceRoutes } from './produce-routes.ts'
import { recordsRoutes } from './records-routes.ts'
import type { HttpApp, RouteGroup } from './routes.ts'
import type { HttpServices } from './services.ts'
import { topicAdminRoutes } from './topic-admin-routes.ts'
import { topicConfigRoutes } from './topic-config-routes.ts'
import { topicRoutes } from './topic-routes.ts'

const allRoutes: readonly RouteGroup[] = [
  healthRoutes,
  metricsRoutes,
  openapiRoutes,
  produceRoutes,
  recordsRoutes,
  topicRoutes,
  clusterRoutes,
  topicAdminRoutes,
  partitionAdminRoutes,
  topicConfigRoutes,
  groupOffsetRoutes,
  groupAdminRoutes,
  kafkaRoutes,
]

/** The whole API as one app: `app.fetch` is a request handler. */
export const createHttpApp = (services: HttpServices): HttpApp => createGroupsApp(services, allRoutes)
