/** Creates, describes, alters and deletes topics, and describes the API. It touches no object. */
import { clusterRoutes } from '../lib/http/cluster-routes.ts'
import { openapiRoutes } from '../lib/http/openapi-routes.ts'
import { partitionAdminRoutes } from '../lib/http/partition-admin-routes.ts'
import { topicAdminRoutes } from '../lib/http/topic-admin-routes.ts'
import { topicConfigRoutes } from '../lib/http/topic-config-routes.ts'
import { topicRoutes } from '../lib/http/topic-routes.ts'
import { noBucket } from './no-bucket.ts'
import { serve } from './serve.ts'

export const handler = serve(
  'topics',
  noBucket,
  topicRoutes,
  clusterRoutes,
  topicAdminRoutes,
  partitionAdminRoutes,
  topicConfigRoutes,
  openapiRoutes,
)
