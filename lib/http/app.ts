/**
 * The HTTP API as one hono app. Whatever happens, the answer is JSON of one shape, and says nothing of our insides: a fault
 * that is not an expected refusal is reported to the operator and answered with a sentence.
 */
import { Hono } from 'hono'
import { InvalidBatch } from '../records/invalid-batch.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import { errorCode, quoted, RestError } from './rest-error.ts'
import { addRoutes, type HttpApp, type HttpEnv, type RouteGroup } from './routes.ts'
import type { HttpServices } from './services.ts'
import { storeSentence } from './store-fault.ts'

/** An app of some groups of routes. `all-routes.ts` has all of them. */
export function createGroupsApp(services: HttpServices, groups: readonly RouteGroup[]): HttpApp {
  const app = new Hono<HttpEnv>()
  addRoutes(
    app,
    groups.flatMap((group) => group(services)),
  )
  app.notFound((context) => {
    const message = `There is nothing at ${quoted(context.req.path)}. GET /openapi.json lists what there is.`
    return errorResponse(new RestError(errorCode.notFound, message))
  })
  app.onError((fault) => {
    const known = restErrorOf(fault)
    // A store that does not answer is for the operator as well: it may be a permission that is missing.
    if (known === undefined || known.status >= 500) services.report?.(fault)
    return errorResponse(known ?? new RestError(errorCode.kafkaError, 'Something went wrong inside the cluster.'))
  })
  return app
}

export function errorResponse(error: RestError): Response {
  return new Response(JSON.stringify({ error_code: error.errorCode, message: error.message }), {
    status: error.status,
    headers: { ...error.headers, 'content-type': 'application/json' },
  })
}

/** Faults that a client may be told of; undefined: it may not. */
function restErrorOf(fault: unknown): RestError | undefined {
  if (fault instanceof RestError) return fault
  if (fault instanceof StoreUnavailable) {
    const message = `${storeSentence(fault)} Nothing was done; try again.`
    return new RestError(errorCode.storeUnavailable, message, { 'retry-after': '1' })
  }
  if (fault instanceof OutcomeUnknown) {
    const message =
      'The store did not say whether it was done: it may have been, or may yet be. Look before you try again.'
    return new RestError(errorCode.outcomeUnknown, message)
  }
  // Reading: what is stored was sound when it came in, so the damage is ours.
  if (fault instanceof InvalidBatch) {
    return new RestError(errorCode.kafkaError, 'A stored record batch cannot be read.')
  }
  return undefined
}
