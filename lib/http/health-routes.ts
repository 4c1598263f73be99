/** `GET /healthz`: whether this process answers, and both stores with it: one read of each. */
import { healthTimeoutMs } from '../base/limits.ts'
import { clusterIdKey } from '../cluster/cluster-id.ts'
import { errorCode, RestError } from './rest-error.ts'
import type { RouteGroup } from './routes.ts'
import type { HttpServices } from './services.ts'

/** No object has this key, and there may be no cluster id yet: a store that says so is alive. */
const absentObjectKey = 'healthz'

export const healthRoutes: RouteGroup = (services) => [
  {
    method: 'GET',
    path: '/healthz',
    handler: async () => {
      await Promise.all([
        inTime('metadata', services.meta.get(clusterIdKey), services),
        inTime('object', services.objects.get(absentObjectKey), services),
      ])
      return Response.json({ status: 'ok' })
    },
  },
]

async function inTime(store: string, read: Promise<unknown>, { clock, report }: HttpServices): Promise<void> {
  const answered = new AbortController()
  const late = clock.sleep(healthTimeoutMs, answered.signal).then(() => 'late')
  try {
    if ((await Promise.race([read, late])) === 'late') throw new Error(`no answer in ${healthTimeoutMs} ms`)
  } catch (fault) {
    report?.(fault)
    throw new RestError(errorCode.storeUnavailable, `The ${store} store does not answer.`, { 'retry-after': '1' })
  } finally {
    answered.abort()
  }
}
