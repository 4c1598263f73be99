/**
 * What is known of a call before its event is understood, so that whatever becomes of it can be found in the logs: the
 * caller's own `x-correlation-id`, else API Gateway's id of the request, else Lambda's. Nothing in an event is trusted: an id
 * goes into a header of the answer and into logs, so it is short and of plain characters, or it is none.
 */
import { correlationIdLengthMax } from '../base/limits.ts'
import { isObject } from './request-body.ts'

export const correlationHeader = 'x-correlation-id'

export interface LambdaCall {
  readonly correlationId: string | undefined
  /** What Lambda hands a handler beside the event; not looked at but for `awsRequestId`. */
  readonly context: unknown
}

export function lambdaCall(event: unknown, context: unknown): LambdaCall {
  const requestContext = isObject(event) && isObject(event.requestContext) ? event.requestContext : {}
  const ids = [givenId(event), requestContext.requestId, isObject(context) ? context.awsRequestId : undefined]
  return { correlationId: ids.find(isPlain), context }
}

/** REST APIs keep the case of a header's name, HTTP APIs do not. */
function givenId(event: unknown): unknown {
  if (!isObject(event) || !isObject(event.headers)) return undefined
  return Object.entries(event.headers).find(([name]) => name.toLowerCase() === correlationHeader)?.[1]
}

const isPlain = (id: unknown): id is string =>
  typeof id === 'string' && id.length <= correlationIdLengthMax && /^[A-Za-z0-9._:/+=@-]+$/.test(id)
