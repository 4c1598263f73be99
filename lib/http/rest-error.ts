/**
 * What a request is answered when it cannot be done: `{error_code, message}`, with the codes of the Confluent REST Proxy
 * (`Errors.java` and rest-utils' `KafkaExceptionMapper.java`). A code is the HTTP status, or the status and two digits.
 *
 * | code | status | when |
 * |---|---|---|
 * | 400 | 400 | not JSON; a parameter that is unknown or not what it must be |
 * | 40002 | 400 | Kafka refuses it: the topic exists, an illegal name, config or number of partitions |
 * | 40003 | 400 | an offset outside the log (Kafka's OFFSET_OUT_OF_RANGE); ours, the message has the legal range |
 * | 404 | 404 | no such route, no such cluster, no such config |
 * | 40401, 40402, 40405 | 404 | unknown topic, partition, consumer group |
 * | 405 | 405 | the route has no such method; `Allow` says which it has |
 * | 406, 40601 | 406 | no format that is asked for can be given; a record is not of the format that was asked for |
 * | 40801 | 408 | the store did not say whether it was done: it may have been, or may yet be (Kafka's REQUEST_TIMED_OUT) |
 * | 40903 | 409 | others changed the same topic or group at the same time, again and again |
 * | 413 | 413 | a body, a record or an answer that is too large |
 * | 415 | 415 | a content type that is not read here |
 * | 422 | 422 | JSON of another shape than asked for; a record that its topic does not take |
 * | 42203 | 422 | a key, value or header that is not base64 |
 * | 50002 | 500 | a bug, or damaged data |
 * | 50003 | 500 | retriable; only for a record of a produce request: nothing was stored |
 * | 50302 | 503 | a store does not answer: nothing was done |
 */
import { quotedLengthMax } from '../base/limits.ts'

/** See the table above. */
export const errorCode = {
  badRequest: 400,
  refusedByKafka: 40002,
  offsetOutOfRange: 40003,
  notFound: 404,
  unknownTopic: 40401,
  unknownPartition: 40402,
  unknownGroup: 40405,
  methodNotAllowed: 405,
  notAcceptable: 406,
  formatMismatch: 40601,
  outcomeUnknown: 40801,
  contended: 40903,
  tooLarge: 413,
  unsupportedMediaType: 415,
  unprocessable: 422,
  notBase64: 42203,
  kafkaError: 50002,
  retriable: 50003,
  storeUnavailable: 50302,
} as const
export type ErrorCode = (typeof errorCode)[keyof typeof errorCode]

/** Thrown by routes; `app.ts` answers it. The message is a sentence for a person, and holds nothing secret. */
export class RestError extends Error {
  override readonly name = 'RestError'
  readonly errorCode: ErrorCode
  readonly headers: Readonly<Record<string, string>>

  constructor(errorCode: ErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.errorCode = errorCode
    this.headers = headers
  }

  /** The HTTP status: the code's first three digits. */
  get status(): number {
    return Number(String(this.errorCode).slice(0, 3))
  }
}

/** 40401, for a topic that was named in a path or a body. */
export const unknownTopic = (topic: string) =>
  new RestError(errorCode.unknownTopic, `There is no topic named ${quoted(topic)}.`)

/** 40402, with the partitions that there are where they are known. */
export const unknownPartition = (topic: string, partition: number | string, partitionCount?: number) =>
  new RestError(
    errorCode.unknownPartition,
    `Topic ${topic} has no partition ${typeof partition === 'number' ? partition : quoted(partition)}${
      partitionCount === undefined ? '' : `; its partitions are 0 to ${partitionCount - 1}`
    }.`,
  )

/** What somebody sent, for a message: cut, and on one line. */
export const quoted = (text: string) =>
  JSON.stringify(text.length <= quotedLengthMax ? text : `${text.slice(0, quotedLengthMax)}...`)
