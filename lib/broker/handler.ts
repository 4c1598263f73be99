/**
 * What a handler is: one API, the versions it serves, and a function from a decoded request to a response. Handlers check,
 * delegate and answer; Kafka's error codes are made here and nowhere below. A handler keeps no state of its own, so it
 * serves a TCP connection and a Lambda invocation alike; what differs between the two is in `RequestContext`.
 */
import type { Api, RequestOf, ResponseInput } from '../wire/schema.ts'
import type { BrokerServices } from './services.ts'

/** Who asks, and what the way back can carry. */
export interface RequestContext {
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
  /** As Kafka prints it in descriptions of groups: `/127.0.0.1`. */
  readonly clientHost: string
  /** Aborted when the client is gone or this process stops: what waits answers what it has. */
  readonly signal: AbortSignal
  /** The longest that an answer may wait, ms: API Gateway cuts at 29 s; over TCP there is no bound (Infinity). */
  readonly waitMsMax: number
  /** The largest response that can be carried, bytes: 6 MB from a Lambda function. */
  readonly responseBytesMax: number
  /**
   * When the request may have been sent, at the earliest, ms since the epoch: it may have lain unread. Absent: now.
   */
  readonly sentMs?: number
  /**
   * To be called once what this request does to the order of things is settled: the connection's next request may begin
   * while this one waits. Produce calls it when its batches have their place; who does not call it is answered first.
   */
  readonly admitNext: () => void
  /**
   * Whether the client usually has more requests under way at once than it has now: what it sends next may be waited for, a
   * moment. Absent: nothing is known of it.
   */
  readonly moreIsDue?: () => boolean
  /**
   * What is to be done once the answer has left this process, and nobody looks at its bytes any more; not done where that
   * is never known, as when the connection breaks. A transport that cannot tell has none.
   */
  readonly afterSent?: (act: () => void) => void
  /**
   * Says that nobody looks at the request's bytes any more: others will lie there. Absent where they are nobody else's.
   */
  readonly giveBack?: () => void
  /**
   * The address under which this client reaches every broker, where that is not the brokers' own: a bridge's. Metadata,
   * FindCoordinator and DescribeCluster answer it.
   */
  readonly advertised?: { readonly host: string; readonly port: number }
}

/**
 * Thrown by a handler whose client can be told of a failure in one way only: it waits for no answer (acks=0), so its
 * connection is closed, as Kafka does.
 */
export class ClosesConnection extends Error {
  override readonly name = 'ClosesConnection'
}

export interface Handler<A extends Api> {
  readonly api: A
  /** Inclusive. */
  readonly minVersion: number
  readonly maxVersion: number
  /** See `ServedApi`. */
  readonly advertisedMinVersion?: number
  /** `no-response`: the client waits for none (acks=0). A throw is a bug or a fault of the store: see `broker.ts`. */
  handle(
    services: BrokerServices,
    request: RequestOf<A>,
    context: RequestContext,
  ): ResponseInput<A> | 'no-response' | Promise<ResponseInput<A> | 'no-response'>
  /**
   * The whole request answered with one error code, for faults that the handler did not foresee. `undefined`: the protocol
   * has no place for it, and the connection is closed, as Kafka does.
   */
  readonly failed?: (request: RequestOf<A>, errorCode: number, context: RequestContext) => ResponseInput<A>
}

/** A handler whose message types are forgotten, for the table of all of them. */
export type AnyHandler = Handler<Api>

/** Checks a handler's types, then forgets them: only `broker.ts` calls it, with the request that its own API decodes. */
export const handler = <A extends Api>(typed: Handler<A>): AnyHandler => typed as unknown as AnyHandler
