/** Some groups of routes as a function. Each serves its own and `GET /healthz`, and can reach nothing else. */
import { lambdaResponseBytesMax } from '../lib/base/limits.ts'
import { createGroupsApp } from '../lib/http/app.ts'
import { healthRoutes } from '../lib/http/health-routes.ts'
import { lambdaHandler } from '../lib/http/lambda.ts'
import type { RouteGroup } from '../lib/http/routes.ts'
import type { HttpServices } from '../lib/http/services.ts'
import { clock, entropy, groups, log, report, topics } from './environment.ts'
import { basePath, defaultPartitions } from './settings.ts'
import { connected, meta, objects } from './stores.ts'
import { watch } from './watching.ts'

const limits = { mayWorkAfterAnswer: false, answerBytesMax: lambdaResponseBytesMax, defaultPartitions }
const services = { topics, groups, log, meta, objects, clock, entropy, report, ...limits }

/** `name`: by which logs, metrics and traces call the function. */
export const serve = (name: string, ...routes: readonly RouteGroup[]) => serveWith({}, name, ...routes)

/** With what some routes need besides. */
export const serveWith = (more: Partial<HttpServices>, name: string, ...routes: readonly RouteGroup[]) =>
  lambdaHandler(createGroupsApp({ ...services, ...more }, [healthRoutes, ...routes]), {
    basePath,
    report,
    around: watch(name, log.counts),
    settle: () => Promise.all([connected, log.settle({ dropAlone: true })]),
  })
