/**
 * Producing, as the REST Proxy's v2: `POST /topics/{topic}` and `POST /topics/{topic}/partitions/{partition}`.
 *
 * `acks=all` (also `-1`) and `acks=1` answer when the records are durable and ordered, which is one moment here. `acks=0`
 * answers 202 when the request has been judged; where nothing may be left to do (a Lambda function), when it is done.
 */
import { backgroundProduceBytesMax } from '../base/limits.ts'
import { parseExactJson } from './exact-json.ts'
import { acceptedOf, contentTypeOf, mediaType, produceFormats } from './media-types.ts'
import { partitionOf, topicOf } from './parameters.ts'
import { appendProduction, type ProducedOffset, type Production, prepareProduction } from './produce-batches.ts'
import { type RequestedRecord, requestedRecords } from './produce-request.ts'
import { jsonObjectOf } from './request-body.ts'
import { errorCode, quoted, RestError } from './rest-error.ts'
import type { HttpContext, RouteGroup } from './routes.ts'
import type { HttpServices } from './services.ts'

export const produceRoutes: RouteGroup = (services) => {
  const background = new Background(services)
  return [
    {
      method: 'POST',
      path: '/topics/:topic',
      query: ['acks'],
      handler: async (context) => {
        const request = negotiate(context)
        const body = await jsonObjectOf(context, request.parse)
        const records = requestedRecords(body, request.format)
        let topic = await topicOf(context, services)
        // The number of partitions may have grown since it was remembered.
        const missing = ({ partition = 0 }: RequestedRecord) => partition >= topic.partitions
        if (records.some(missing)) topic = await topicOf(context, services, true)
        return answer(request, prepareProduction(topic, records, services), services, background)
      },
    },
    {
      method: 'POST',
      path: '/topics/:topic/partitions/:partition',
      query: ['acks'],
      handler: async (context) => {
        const request = negotiate(context)
        const body = await jsonObjectOf(context, request.parse)
        const { topic, id } = await partitionOf(context, services)
        const records = requestedRecords(body, request.format, id.partition)
        return answer(request, prepareProduction(topic, records, services), services, background)
      },
    },
  ]
}

function negotiate(context: HttpContext) {
  const contentType = contentTypeOf(context, Object.keys(produceFormats))
  const format = produceFormats[contentType] ?? 'binary'
  return {
    format,
    // In the binary format keys and values are strings: looking for long numbers costs as much as parsing.
    parse: format === 'binary' ? (text: string): unknown => JSON.parse(text) : parseExactJson,
    accept: acceptedOf(context, [mediaType.v2, mediaType.json]),
    waits: acksOf(context) !== '0',
  }
}

function acksOf(context: HttpContext): string {
  const acks = context.req.query('acks') ?? 'all'
  if (!['0', '1', 'all', '-1'].includes(acks)) {
    throw new RestError(errorCode.badRequest, `acks must be 0, 1 or all; it is ${quoted(acks)}.`)
  }
  return acks
}

async function answer(
  request: ReturnType<typeof negotiate>,
  production: Production,
  services: HttpServices,
  background: Background,
): Promise<Response> {
  if (request.waits) {
    await appendProduction(production, services)
    return produced(production.offsets, request.accept, 200)
  }
  await background.append(production)
  const accepted = production.offsets.slice()
  for (const [partition, batches] of production.batches) {
    for (const index of batches.flatMap((batch) => batch.indexes)) accepted[index] = { partition, offset: null }
  }
  return produced(accepted, request.accept, 202)
}

/** The schema ids are the REST Proxy's; JSON and binary have none. */
const produced = (offsets: readonly ProducedOffset[], type: string, status: number) =>
  new Response(JSON.stringify({ offsets, key_schema_id: null, value_schema_id: null }), {
    status,
    headers: { 'content-type': type },
  })

/** What goes on after answers, bounded: when too much is under way, a request with `acks=0` waits as any other. */
class Background {
  readonly #services: HttpServices
  #bytes = 0

  constructor(services: HttpServices) {
    this.#services = services
  }

  async append(production: Production): Promise<void> {
    const batches = [...production.batches.values()].flat()
    const bytes = batches.reduce((sum, batch) => sum + batch.bytes.length, 0)
    const mayGoOn = this.#services.mayWorkAfterAnswer !== false && this.#bytes + bytes <= backgroundProduceBytesMax
    this.#bytes += bytes
    const appending = appendProduction(production, this.#services)
      .catch((fault: unknown) => this.#services.report?.(fault))
      .finally(() => {
        this.#bytes -= bytes
      })
    if (!mayGoOn) await appending
  }
}
