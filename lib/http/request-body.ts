/** Reading a request's body, bounded: what is too large is refused before it is held, what is not JSON with a sentence. */
import { httpRequestBytesMax } from '../base/limits.ts'
import { parseExactJson } from './exact-json.ts'
import { errorCode, RestError } from './rest-error.ts'
import type { HttpContext } from './routes.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The body as a JSON object; its numbers to the last digit, unless nobody keeps any. */
export async function jsonObjectOf(
  context: HttpContext,
  parse: (text: string) => unknown = parseExactJson,
): Promise<Record<string, unknown>> {
  const text = decode(await bodyOf(context))
  let value: unknown
  try {
    value = parse(text)
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message : 'it cannot be parsed'
    throw new RestError(errorCode.badRequest, `The body is not JSON${text === '' ? ': it is empty' : `: ${reason}`}.`)
  }
  if (!isObject(value)) throw new RestError(errorCode.unprocessable, 'The body must be a JSON object.')
  return value
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The bytes of the body, at most `httpRequestBytesMax`. */
export async function bodyOf(context: HttpContext): Promise<Uint8Array> {
  const declared = context.req.header('content-length')
  if (declared !== undefined) {
    if (Number(declared) > httpRequestBytesMax) throw tooLarge()
    // The server under us ends the body at its declared length.
    return new Uint8Array(await bytesOf(context.req.arrayBuffer()))
  }
  const body = context.req.raw.body
  if (body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let bytes = 0
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await bytesOf(reader.read())
    if (done) return Buffer.concat(chunks)
    bytes += value.length
    if (bytes > httpRequestBytesMax) {
      void reader.cancel()
      throw tooLarge()
    }
    chunks.push(value)
  }
}

async function bytesOf<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch {
    throw new RestError(errorCode.badRequest, 'The body ended before its end: the connection was cut.')
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new RestError(errorCode.badRequest, 'The body is not JSON: it is not UTF-8.')
  }
}

const tooLarge = () =>
  new RestError(
    errorCode.tooLarge,
    `The body is larger than ${httpRequestBytesMax} bytes. Send the records in several requests.`,
  )
