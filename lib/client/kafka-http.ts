/**
 * The Kafka protocol over HTTPS, as a client sends it: one frame out, one frame back, `POST /kafka`. A request that API
 * Gateway has throttled (429: nothing was done) is sent again; nothing else is, since only the Kafka client knows which of
 * its requests may come twice. What it is told of is a `KafkaHttpError`, and its connection ends.
 */
import type { Clock } from '../base/clock.ts'
import { withDeadline } from '../base/deadline.ts'
import type { Entropy } from '../base/entropy.ts'
import { jitterMs } from '../base/jitter.ts'
import {
  bridgeBackoffMs,
  bridgeBackoffMsMax,
  bridgeTriesMax,
  clientAnswerMsMax,
  kafkaHttpFrameBytesMax,
} from '../base/limits.ts'
import { systemClock, systemEntropy } from '../base/system.ts'
import type { RequestSigner, UnsignedRequest } from './request-signer.ts'

export interface KafkaHttpOptions {
  /** The API's URL, with its stage where it has one: `https://abc.execute-api.eu-central-1.amazonaws.com/prod`. */
  readonly url: string
  /** Sent as `x-api-key`. */
  readonly apiKey?: string
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>
  /** Such as `awsSignature`. */
  readonly sign?: RequestSigner
  readonly fetch?: typeof fetch
  readonly clock?: Clock
  readonly entropy?: Entropy
}

/** The way to the cluster, or the cluster itself, has failed a request. The message says what to do about it. */
export class KafkaHttpError extends Error {
  override readonly name = 'KafkaHttpError'
  /** The HTTP status; 0: no answer came. */
  readonly status: number

  constructor(message: string, status: number, cause?: unknown) {
    super(message, { cause })
    this.status = status
  }
}

/** Neither an answer nor a failure: the request waits for none (acks=0), or is larger than can be carried. */
export type Exchanged = Buffer | 'no-response' | 'too-large'

const bytesType = 'application/octet-stream'

export class KafkaHttp {
  readonly #options: KafkaHttpOptions
  readonly #url: URL
  readonly #clock: Clock
  readonly #entropy: Entropy

  /** Throws a TypeError where the URL is none. */
  constructor(options: KafkaHttpOptions) {
    this.#options = options
    this.#url = new URL(`${options.url.replace(/\/+$/, '')}/kafka`)
    this.#clock = options.clock ?? systemClock
    this.#entropy = options.entropy ?? systemEntropy
  }

  /**
   * Sends a frame without its length; answers the response frame without its length. `advertised`, `host:port`: where the
   * client reaches us. Throws a `KafkaHttpError`, or the signal's reason.
   */
  async exchange(frame: Uint8Array, advertised: string, signal: AbortSignal): Promise<Exchanged> {
    if (frame.length > kafkaHttpFrameBytesMax) return 'too-large'
    for (let tries = 1; ; tries++) {
      const { status, body } = await this.#send(frame, advertised, signal)
      if (status === 200) return body
      if (status === 204) return 'no-response'
      if (status === 413) return 'too-large'
      if (status !== 429 || tries === bridgeTriesMax) throw refusal(this.#url, status, body)
      await this.#clock.sleep(jitterMs(this.#entropy, tries, bridgeBackoffMs, bridgeBackoffMsMax), signal)
      signal.throwIfAborted()
    }
  }

  async #send(frame: Uint8Array, advertised: string, signal: AbortSignal): Promise<{ status: number; body: Buffer }> {
    const { apiKey, headers, sign } = this.#options
    const unsigned: UnsignedRequest = {
      method: 'POST',
      url: this.#url,
      headers: {
        ...headers,
        'content-type': bytesType,
        accept: bytesType,
        'x-gregor-advertised': advertised,
        ...(apiKey !== undefined && { 'x-api-key': apiKey }),
      },
      body: frame,
    }
    const signed = sign === undefined ? unsigned.headers : await sign(unsigned)
    try {
      return await withDeadline(this.#clock, clientAnswerMsMax, async (late) => {
        const response = await (this.#options.fetch ?? globalThis.fetch)(this.#url, {
          method: 'POST',
          headers: signed,
          body: frame as Uint8Array<ArrayBuffer>,
          signal: AbortSignal.any([signal, late]),
        })
        const body = Buffer.from(await response.arrayBuffer())
        const type = response.headers.get('content-type') ?? ''
        if (response.status === 200 && !type.startsWith(bytesType)) throw notGregor(this.#url)
        return { status: response.status, body }
      })
    } catch (cause) {
      signal.throwIfAborted()
      if (cause instanceof KafkaHttpError) throw cause
      throw new KafkaHttpError(`No answer from ${this.#url.origin} (${reasonOf(cause)}): is it up?`, 0, cause)
    }
  }
}

const notGregor = (url: URL) =>
  new KafkaHttpError(`${url} answers, but not as a Gregor cluster does: check the URL and its stage.`, 200)

function refusal(url: URL, status: number, body: Buffer): KafkaHttpError {
  const said = messageIn(body)
  const told = said === undefined ? '' : ` (${said})`
  switch (status) {
    case 401:
    case 403:
      return new KafkaHttpError(
        `${url.origin} does not let us in${told}: give the API key, or sign with SigV4 as one who may call it.`,
        status,
      )
    case 404:
      return new KafkaHttpError(`There is no Kafka endpoint at ${url}${told}: check the URL and its stage.`, status)
    case 429:
      return new KafkaHttpError(`${url.origin} is throttled${told}: raise its limits, or send less.`, status)
    default:
      return new KafkaHttpError(`${url.origin} answered ${status}${told}.`, status)
  }
}

/** Gregor says `message`, as API Gateway does. */
function messageIn(body: Buffer): string | undefined {
  try {
    const parsed = JSON.parse(body.toString()) as { message?: unknown } | null
    return typeof parsed?.message === 'string' ? parsed.message.replace(/\.$/, '') : undefined
  } catch {
    return undefined
  }
}

/** `fetch` says only "fetch failed"; the reason, such as ECONNREFUSED, is its cause. */
function reasonOf(fault: unknown): string {
  const cause = fault instanceof Error && fault.cause instanceof Error ? fault.cause : fault
  if (!(cause instanceof Error)) return String(cause)
  return (cause as { code?: string }).code ?? cause.message
}
