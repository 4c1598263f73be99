/**
 * The answer to a Produce request that is too large for its way. MESSAGE_TOO_LARGE is what clients understand: Java's and
 * librdkafka's cut the batch into smaller ones and send those. Whoever carries frames makes it, before the broker sees any.
 */
import { errorCodes } from './error-codes.ts'
import { decodeRequest, encodeResponse, openRequest } from './messages.ts'
import { produceApi } from './schemas/00-produce.ts'

/**
 * The frame to answer, with its length, in pieces; `undefined` where there is none: it is another request, one that waits
 * for no answer, or of a version without a table. @throws MalformedFrame
 */
export function produceTooLarge(frame: Buffer, bytesMax: number): Uint8Array[] | undefined {
  const opened = openRequest(frame)
  if (opened.kind === 'unsupported' || opened.api.key !== produceApi.key) return undefined
  const { requestApiVersion: version, correlationId } = opened.header
  const { acks, topicData } = decodeRequest(produceApi, version, opened.body)
  if (acks === 0) return undefined
  const errorMessage = `The request has ${frame.length} bytes; at most ${bytesMax} can be carried.`
  return encodeResponse(produceApi, version, correlationId, {
    responses: topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => ({
        ...{ index, errorCode: errorCodes.MESSAGE_TOO_LARGE, errorMessage, baseOffset: -1 },
      })),
    })),
  })
}
