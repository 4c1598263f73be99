/**
 * Stateless reads (ours: the REST Proxy has only consumers with a state in the server), and the offsets of a partition.
 *
 * `GET /topics/{topic}/partitions/{partition}/records?offset=|timestamp=&max_bytes=&timeout=`. Without `offset` and
 * `timestamp` it begins at the log's start. Three headers say where to go on, since an answer may show no record of a range
 * that it has passed: `gregor-next-offset`, `gregor-high-watermark`, `gregor-log-start-offset`.
 */

import { type Offset, offset } from '../base/ids.ts'
import { longPollMsMax, recordsBytesDefault } from '../base/limits.ts'
import type { OffsetSpec } from '../log/log-types.ts'
import { acceptedOf, mediaType } from './media-types.ts'
import { integerQuery, onPartition, type Place } from './parameters.ts'
import { offsetOutOfRange, readRecords, readUnavailable } from './records-read.ts'
import { errorCode, RestError, unknownTopic } from './rest-error.ts'
import type { HttpContext, RouteGroup } from './routes.ts'
import type { HttpServices } from './services.ts'

export const recordsRoutes: RouteGroup = (services) => [
  {
    method: 'GET',
    path: '/topics/:topic/partitions/:partition/records',
    query: ['offset', 'timestamp', 'max_bytes', 'timeout'],
    handler: async (context) => {
      const accept = acceptedOf(context, [mediaType.v2Json, mediaType.v2Binary, mediaType.json])
      const position = positionOf(context)
      const maxBytes = integerQuery(context, 'max_bytes', { min: 1 }) ?? recordsBytesDefault
      const timeoutMs = integerQuery(context, 'timeout', { max: longPollMsMax }) ?? 0
      const asked = {
        format: accept === mediaType.v2Binary ? ('binary' as const) : ('json' as const),
        maxBytes,
        timeoutMs,
        // Only a long poll asks for the signal: making one costs the local server something in every request.
        ...(timeoutMs > 0 ? { signal: context.req.raw.signal } : {}),
      }
      const answer = await onPartition(context, services, async (place) =>
        readRecords({ ...place, ...asked, from: await startOf(position, place, services) }, services),
      )
      return new Response(`[${answer.json.join(',')}]`, {
        headers: {
          'content-type': accept,
          'gregor-next-offset': String(answer.nextOffset),
          'gregor-high-watermark': String(answer.highWatermark),
          'gregor-log-start-offset': String(answer.logStartOffset),
        },
      })
    },
  },
  {
    method: 'GET',
    path: '/topics/:topic/partitions/:partition/offsets',
    query: ['timestamp'],
    handler: async (context) => {
      const accept = acceptedOf(context, [mediaType.v2, mediaType.json])
      const timestamp = integerQuery(context, 'timestamp')
      const body = await onPartition<object>(context, services, (place) =>
        timestamp === undefined ? endsOf(place, services) : foundBy(place, { timestamp }, services),
      )
      return Response.json(body, { headers: { 'content-type': accept } })
    },
  },
]

type Position = { readonly offset: number } | { readonly timestamp: number } | 'beginning'

function positionOf(context: HttpContext): Position {
  // A negative offset is explained better by the range that is legal, which is known later.
  const at = integerQuery(context, 'offset', { negative: true })
  const timestamp = integerQuery(context, 'timestamp')
  if (at !== undefined && timestamp !== undefined) {
    throw new RestError(errorCode.badRequest, 'Give offset or timestamp, not both.')
  }
  if (at !== undefined) return { offset: at }
  return timestamp === undefined ? 'beginning' : { timestamp }
}

async function startOf(position: Position, place: Place, services: HttpServices): Promise<Offset> {
  if (position !== 'beginning' && 'offset' in position && position.offset >= 0) return offset(position.offset)
  if (position !== 'beginning' && 'timestamp' in position) {
    const found = await foundBy(place, position, services)
    if (found.offset >= 0) return offset(found.offset)
  }
  const { beginning_offset, end_offset } = await endsOf(place, services)
  if (position === 'beginning') return offset(beginning_offset)
  if ('offset' in position) throw offsetOutOfRange(place, position.offset, beginning_offset, end_offset)
  // No record is that new yet: from the end on, so that a long poll waits for it.
  return offset(end_offset)
}

async function endsOf({ topic, id }: Place, services: HttpServices) {
  const described = await services.log.describe(id)
  if (described.outcome === 'unavailable') throw readUnavailable(described.cause, services)
  if (described.outcome === 'unknown-partition') throw unknownTopic(topic.name)
  return { beginning_offset: described.logStartOffset, end_offset: described.highWatermark }
}

/** `offset` -1: no record is that new. */
async function foundBy({ topic, id }: Place, spec: OffsetSpec, services: HttpServices) {
  const found = await services.log.listOffsets(id, spec)
  if (found.outcome === 'unavailable') throw readUnavailable(found.cause, services)
  if (found.outcome === 'unknown-partition') throw unknownTopic(topic.name)
  return { offset: found.offset, timestamp: found.timestamp }
}
