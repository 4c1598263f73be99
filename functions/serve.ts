/** Some groups of routes as a function. Each serves its own and `GET /healthz`, and can reach nothing else. */
import { lambdaResponseBytesMax } from '../lib/base/limits.ts'
import { createGroupsApp } from '../lib/http/app.ts'
import { healthRoutes } from '../lib/http/health-routes.ts'
import { lambdaHandler } from '../lib/http/lambda.ts'
import type { RouteGroup } from '../lib/http/routes.ts'
import type { HttpServices } from '../lib/http/services.ts'
import { clock, entropy, groupMembers, groups, log, report, topics } from './environment.ts'
import { basePath, defaultPartitions } from './settings.ts'
import { connected, meta, objects } from './stores.ts'

const limits = { mayWorkAfterAnswer: false, answerBytesMax: lambdaResponseBytesMax, defaultPartitions }
const members = groupMembers.administration
const services = { topics, groups, members, log, meta, objects, clock, entropy, report, ...limits }

export const serve = (...routes: readonly RouteGroup[]) => serveWith({}, ...routes)

/** With what some routes need besides. */
export const serveWith = (more: Partial<HttpServices>, ...routes: readonly RouteGroup[]) =>
  lambdaHandler(createGroupsApp({ ...services, ...more }, [healthRoutes, ...routes]), {
    basePath,
    report,
    settle: () => Promise.all([connected, log.settle({ dropAlone: true })]),
  })
