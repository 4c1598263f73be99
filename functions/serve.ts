/** Some groups of routes as a function. Each serves its own and `GET /healthz`, and can reach nothing else. */
import { lambdaResponseBytesMax } from '../lib/base/limits.ts'
import { createGroupsApp } from '../lib/http/app.ts'
import { healthRoutes } from '../lib/http/health-routes.ts'
import { lambdaHandler } from '../lib/http/lambda.ts'
import type { RouteGroup } from '../lib/http/routes.ts'
import type { HttpServices } from '../lib/http/services.ts'
import type { CountedLog } from '../lib/log/counted-log.ts'
import type { Bucket } from './bucket.ts'
import { clock, entropy, groups, logOn, report, topics } from './environment.ts'
import { basePath, defaultPartitions } from './settings.ts'
import { connected, meta } from './stores.ts'
import { watch } from './watching.ts'

const limits = { mayWorkAfterAnswer: false, answerBytesMax: lambdaResponseBytesMax, defaultPartitions }
const services = { topics, groups, meta, clock, entropy, report, ...limits }

/** `name`: by which logs, metrics and traces call the function. */
export const serve = (name: string, bucket: Bucket, ...routes: readonly RouteGroup[]) =>
  serveWith({}, name, bucket, ...routes)

/** With what some routes need besides, and a log that others have, too. */
export function serveWith(
  more: Partial<HttpServices> & { readonly log?: CountedLog },
  name: string,
  bucket: Bucket,
  ...routes: readonly RouteGroup[]
) {
  const log = more.log ?? logOn(bucket.objects)
  const app = createGroupsApp({ ...services, objects: bucket.objects, ...more, log }, [healthRoutes, ...routes])
  return lambdaHandler(app, {
    basePath,
    report,
    around: watch(name, log.counts),
    settle: () => Promise.all([connected, bucket.connected, log.settle({ dropAlone: true })]),
  })
}
