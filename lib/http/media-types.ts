/**
 * Which format a request has, and which one its answer shall have. The formats of records are the REST Proxy's; plain
 * `application/json` means JSON here, where the REST Proxy reads it as binary: whoever writes it with curl means that.
 */
import { errorCode, quoted, RestError } from './rest-error.ts'
import type { HttpContext } from './routes.ts'

/** How keys and values stand in JSON: as JSON values, or as base64. */
export type RecordFormat = 'json' | 'binary'

/** The REST Proxy's content types, and plain JSON. */
export const mediaType = {
  json: 'application/json',
  /** A frame of the Kafka protocol. */
  bytes: 'application/octet-stream',
  text: 'text/plain',
  v2: 'application/vnd.kafka.v2+json',
  v2Json: 'application/vnd.kafka.json.v2+json',
  v2Binary: 'application/vnd.kafka.binary.v2+json',
} as const

/** Of a produce request. `application/vnd.kafka.v2+json` without a format is binary, as in the REST Proxy. */
export const produceFormats: Readonly<Record<string, RecordFormat>> = {
  [mediaType.v2Json]: 'json',
  [mediaType.v2Binary]: 'binary',
  [mediaType.v2]: 'binary',
  [mediaType.json]: 'json',
}

/** The content type without its parameters; it must be one of `known`. */
export function contentTypeOf(context: HttpContext, known: readonly string[]): string {
  const header = context.req.header('content-type')
  const given = header?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (!known.includes(given)) {
    const what =
      header === undefined ? 'The request has no Content-Type' : `Content-Type ${quoted(header)} is not read here`
    throw new RestError(errorCode.unsupportedMediaType, `${what}. Send ${known.join(' or ')}.`)
  }
  const encoding = context.req.header('content-encoding')
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    const message = `Content-Encoding ${quoted(encoding)} is not read here. Send the body as it is.`
    throw new RestError(errorCode.unsupportedMediaType, message)
  }
  return given
}

/** The first of `offered` that the request's Accept likes best (RFC 9110, 12.5.1). */
export function acceptedOf<Offered extends string>(
  context: HttpContext,
  offered: readonly [Offered, ...Offered[]],
): Offered {
  const header = context.req.header('accept')
  if (header === undefined || header.trim() === '') return offered[0]
  const ranges = header.split(',').map(parseRange)
  let best: { type: Offered; quality: number } | undefined
  for (const type of offered) {
    // The most specific range that fits a type decides its quality.
    const fitting = ranges.filter((range) => fits(range.type, type))
    const quality = fitting.reduce((a, b) => (b.type.length > a.type.length ? b : a), { type: '', quality: 0 }).quality
    if (quality > 0 && (best === undefined || quality > best.quality)) best = { type, quality }
  }
  if (best === undefined) {
    const message = `Nothing that Accept ${quoted(header)} asks for can be given. Ask for ${offered.join(' or ')}.`
    throw new RestError(errorCode.notAcceptable, message)
  }
  return best.type
}

function parseRange(text: string): { type: string; quality: number } {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const given = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
  const quality = given === undefined ? 1 : Number(given)
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 }
}

const fits = (range: string, type: string) =>
  range === '*/*' || range === type || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)))
