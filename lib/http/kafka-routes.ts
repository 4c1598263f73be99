/**
 * `POST /kafka`: the Kafka protocol over HTTPS, so that there need be no broker process at all. The body is one request frame
 * as it goes over TCP, without the four bytes of its length; the answer is the response frame in the same form.
 *
 * Who carries frames here sends those of one connection one after another, as a broker reads a connection, and closes the
 * connection where the answer is no frame: what Kafka would have closed it for (bytes that are no request) is 400, a request
 * that waits for no answer (acks=0) is 204. A Produce that is too large is answered MESSAGE_TOO_LARGE as long as it can be
 * read. The client is told of one broker, at `x-gregor-advertised` where that is given, else at this API's own address.
 */
import { isIP } from 'node:net'
import { kafkaHttpFrameBytesMax, longPollMsMax } from '../base/limits.ts'
import type { Transport } from '../broker/broker.ts'
import { ClosesConnection } from '../broker/handler.ts'
import { produceTooLarge } from '../wire/produce-too-large.ts'
import { MalformedFrame } from '../wire/wire-errors.ts'
import { contentTypeOf, mediaType } from './media-types.ts'
import { bodyOf } from './request-body.ts'
import { errorCode, quoted, RestError } from './rest-error.ts'
import type { HttpContext, RouteGroup } from './routes.ts'

/** Names the address, `host:port`, at which this client reaches what answers here: a bridge's own. */
const advertisedHeader = 'x-gregor-advertised'

/** Each piece of an encoded response begins with its length. */
const lengthBytes = 4

export const kafkaRoutes: RouteGroup = ({ broker, stopping }) =>
  broker === undefined
    ? []
    : [
        {
          method: 'POST',
          path: '/kafka',
          query: [],
          handler: async (context) => {
            contentTypeOf(context, [mediaType.bytes])
            const advertised = advertisedOf(context)
            const frame = Buffer.from(await bodyOf(context))
            const response = await orRefused(async () =>
              frame.length > kafkaHttpFrameBytesMax
                ? (produceTooLarge(frame, kafkaHttpFrameBytesMax) ?? tooLarge(frame.length))
                : (await broker.handle(frame, transportOf(context, advertised, stopping))).response,
            )
            if (response === 'no-response') return new Response(null, { status: 204 })
            return answered(response)
          },
        },
      ]

function answered(pieces: readonly Uint8Array[]): Response {
  const frame = Buffer.concat(pieces).subarray(lengthBytes)
  if (frame.length > kafkaHttpFrameBytesMax) {
    const message = `The answer has ${frame.length} bytes; ${kafkaHttpFrameBytesMax} can be carried over HTTPS. Ask for less, or connect over TCP.`
    throw new RestError(errorCode.tooLarge, message)
  }
  return new Response(frame, { headers: { 'content-type': mediaType.bytes } })
}

function tooLarge(bytes: number): never {
  const message = `The frame has ${bytes} bytes; ${kafkaHttpFrameBytesMax} can be carried over HTTPS.`
  throw new RestError(errorCode.tooLarge, message)
}

/** What Kafka closes a connection for. */
async function orRefused<T>(handle: () => Promise<T>): Promise<T> {
  try {
    return await handle()
  } catch (fault) {
    if (fault instanceof MalformedFrame) {
      throw new RestError(errorCode.badRequest, `The body is no request of the Kafka protocol: ${fault.message}.`)
    }
    if (fault instanceof ClosesConnection) {
      throw new RestError(errorCode.refusedByKafka, 'The request was refused, and waits for no answer that says why.')
    }
    throw fault
  }
}

function transportOf(
  context: HttpContext,
  advertised: NonNullable<Transport['advertised']>,
  stopping: AbortSignal | undefined,
): Transport {
  const { signal } = context.req.raw
  return {
    clientHost: `/${clientAddressOf(context)}`,
    signal: stopping === undefined ? signal : AbortSignal.any([signal, stopping]),
    waitMsMax: longPollMsMax,
    responseBytesMax: kafkaHttpFrameBytesMax,
    // The next request of the connection is another one of HTTP, which comes after this one's answer.
    admitNext: () => undefined,
    advertised,
  }
}

/** Whom API Gateway has seen: the last that it has put there. For descriptions of groups only. */
function clientAddressOf(context: HttpContext): string {
  const last = context.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() ?? ''
  return isIP(last) === 0 ? '127.0.0.1' : last
}

function advertisedOf(context: HttpContext): NonNullable<Transport['advertised']> {
  const header = context.req.header(advertisedHeader)
  if (header === undefined) {
    const { hostname, port, protocol } = new URL(context.req.url)
    return { host: unbracketed(hostname), port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) }
  }
  const [, host = '', port = ''] = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253}):(\d{1,5})$/.exec(header) ?? []
  if (host === '' || Number(port) < 1 || Number(port) > 65_535) {
    throw new RestError(errorCode.badRequest, `${advertisedHeader} is host:port; it is ${quoted(header)}.`)
  }
  return { host: unbracketed(host), port: Number(port) }
}

const unbracketed = (host: string) => host.replace(/^\[|\]$/g, '')
