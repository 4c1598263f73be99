/**
 * An app as a Lambda handler. It never throws: API Gateway would show the message of a throw to the world. Nothing is left
 * running when it answers, since the process freezes then and may never wake: `settle` is awaited first.
 */
import { lambdaResponseBytesMax } from '../base/limits.ts'
import { errorResponse } from './app.ts'
import { jsonInJsonBytes } from './json-in-json.ts'
import { correlationHeader, type LambdaCall, lambdaCall } from './lambda-call.ts'
import { type EventFormat, lambdaRequest } from './lambda-event.ts'
import { errorCode, RestError } from './rest-error.ts'
import type { HttpApp } from './routes.ts'

export interface LambdaHandlerOptions {
  /** Of a custom domain's mapping, such as `/gregor`. */
  readonly basePath?: string
  /** Finishes what the request began. */
  readonly settle?: () => Promise<unknown>
  readonly report?: (fault: unknown) => void
  /** Watches a call: `run` answers the status. What it throws itself is reported, and changes no answer. */
  readonly around?: (call: LambdaCall, run: () => Promise<number>) => Promise<unknown>
}

export interface LambdaResult {
  readonly statusCode: number
  readonly headers?: Record<string, string>
  readonly multiValueHeaders?: Record<string, string[]>
  readonly cookies?: string[]
  readonly body: string
  readonly isBase64Encoded: boolean
}

/** When an event cannot be read, the answer goes in the form that all of them understand. */
const plainFormat: EventFormat = { multiValueHeaders: false, decodesBase64: false }

export function lambdaHandler(
  app: HttpApp,
  options: LambdaHandlerOptions = {},
): (event: unknown, context?: unknown) => Promise<LambdaResult> {
  const { around = (_, run) => run(), report } = options
  return async (event, context) => {
    let answer: LambdaResult | undefined
    const call = lambdaCall(event, context)
    try {
      await around(call, async () => {
        answer = correlated(await answered(app, event, options), call)
        return answer.statusCode
      })
    } catch (fault) {
      // Whoever watches has failed: the caller is answered what was done.
      report?.(fault)
    }
    return answer ?? correlated(await refusal(internalError(), plainFormat), call)
  }
}

async function answered(app: HttpApp, event: unknown, options: LambdaHandlerOptions): Promise<LambdaResult> {
  let format = plainFormat
  try {
    const parsed = lambdaRequest(event, options.basePath)
    format = parsed.format
    const response = await app.fetch(parsed.request, { basePath: parsed.basePath })
    return await fitting(response, format)
  } catch (fault) {
    if (fault instanceof RestError) return refusal(fault, format)
    options.report?.(fault)
    return refusal(internalError(), format)
  } finally {
    await options.settle?.().catch((fault: unknown) => options.report?.(fault))
  }
}

const internalError = () => new RestError(errorCode.kafkaError, 'Something went wrong inside the cluster.')

async function refusal(error: RestError, format: EventFormat): Promise<LambdaResult> {
  const answer = errorResponse(error)
  return result(answer, format, await answer.text(), false)
}

function correlated(answer: LambdaResult, { correlationId }: LambdaCall): LambdaResult {
  if (correlationId === undefined) return answer
  const { headers, multiValueHeaders } = answer
  if (multiValueHeaders === undefined) return { ...answer, headers: { ...headers, [correlationHeader]: correlationId } }
  return { ...answer, multiValueHeaders: { ...multiValueHeaders, [correlationHeader]: [correlationId] } }
}

/** The answer, if Lambda takes one of its size; else a sentence. */
async function fitting(response: Response, format: EventFormat): Promise<LambdaResult> {
  const type = response.headers.get('content-type') ?? 'text/plain'
  const isText = /^text\/|[/+]json\b|[/+]xml\b/.test(type)
  const text = isText ? await response.text() : Buffer.from(await response.arrayBuffer()).toString('base64')
  const answer = result(response, format, text, !isText)
  const isJson = /[/+]json\b/.test(type)
  // As a JSON string each quote costs two bytes: base64 may be less.
  if ((isJson ? jsonInJsonBytes(text) : bodyBytes(answer)) <= lambdaResponseBytesMax) return answer
  if (isText && format.decodesBase64) {
    const base64 = result(response, format, Buffer.from(text).toString('base64'), true)
    if (bodyBytes(base64) <= lambdaResponseBytesMax) return base64
  }
  const message = `The answer has ${Buffer.byteLength(text, isText ? 'utf8' : 'base64')} bytes, more than a Lambda function may answer (6 MB). Ask for less, such as with max_bytes, or read by the Kafka protocol.`
  return refusal(new RestError(errorCode.tooLarge, message), format)
}

const bodyBytes = (answer: LambdaResult) => Buffer.byteLength(JSON.stringify(answer.body))

function result(response: Response, format: EventFormat, body: string, isBase64Encoded: boolean): LambdaResult {
  const cookies = response.headers.getSetCookie()
  const single: Record<string, string> = {}
  response.headers.forEach((value, name) => {
    if (name !== 'set-cookie') single[name] = value
  })
  const base = { statusCode: response.status, body, isBase64Encoded }
  if (!format.multiValueHeaders) return { ...base, headers: single, ...(cookies.length > 0 ? { cookies } : {}) }
  const multi = Object.fromEntries(Object.entries(single).map(([name, value]) => [name, [value]]))
  return { ...base, multiValueHeaders: cookies.length > 0 ? { ...multi, 'set-cookie': cookies } : multi }
}
