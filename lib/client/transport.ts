/**
 * One request to the cluster: bounded retries with full jitter, and one kind of error. Only what may help is tried again;
 * an answer that says "no" is final.
 */
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import { withDeadline } from '../base/deadline.ts'
import type { Entropy } from '../base/entropy.ts'
import { jitterMs } from '../base/jitter.ts'
import { clientAnswerMsMax, clientBackoffMsMax, clientListPagesMax } from '../base/limits.ts'
import { GregorError } from './gregor-error.ts'
import type { RequestSigner } from './request-signer.ts'

const retriableStatuses = new Set([429, 502, 503, 504])
/**
 * Codes after which the same may be tried again: REST Proxy's for a retriable error of Kafka (it comes with status 500),
 * and ours for what may have been done or not.
 */
export const retriableErrorCodes: ReadonlySet<number> = new Set([50003, 40801])

export interface TransportOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly sign: RequestSigner | undefined
  readonly fetch: typeof fetch
  readonly attemptsMax: number
  readonly backoffMs: number
  readonly clock: Clock
  readonly entropy: Entropy
}

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: string
  readonly contentType?: string
  readonly accept?: string
  readonly signal?: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed JSON; undefined for an empty body. */
  readonly body: unknown
}

/** The answer to the last try, and whether an earlier one may have been carried out without an answer. */
export interface AnswerAfterTries extends Answer {
  readonly earlierTryLost: boolean
}

/** Of faults that are tried again: throttled, or the store did not answer before anything was done. */
const nothingWasDone = ({ status, errorCode }: GregorError) => status === 429 || errorCode === 50302

/** All requests of one client. */
export class Transport {
  readonly #options: TransportOptions
  readonly #base: string
  #clusterId: string | undefined

  constructor(options: TransportOptions) {
    assert(options.attemptsMax >= 1, 'at least one attempt')
    this.#options = options
    this.#base = options.url.replace(/\/+$/, '')
  }

  async clusterId(signal?: AbortSignal): Promise<string> {
    if (this.#clusterId === undefined) {
      const { body } = await this.request('GET', '/v3/clusters', signal ? { signal } : {})
      this.#clusterId = (body as { data: { cluster_id: string }[] }).data[0]?.cluster_id
      if (this.#clusterId === undefined) throw notGregor(this.#base)
    }
    return this.#clusterId
  }

  /** All pages of a v3 list. */
  async list<Entry>(path: string): Promise<Entry[]> {
    const entries: Entry[] = []
    let token: string | undefined
    for (let page = 0; page < clientListPagesMax; page += 1) {
      const { body } = await this.request('GET', path, { query: { page_token: token } })
      const { data, metadata } = body as { data: Entry[]; metadata: { next: string | null } }
      entries.push(...data)
      if (metadata.next === null) break
      token = new URL(metadata.next).searchParams.get('page_token') ?? undefined
    }
    return entries
  }

  /** The answer, if it is a 2xx; throws a `GregorError` otherwise, and an abort's reason when the signal is aborted. */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<AnswerAfterTries> {
    let earlierTryLost = false
    for (let attempt = 1; ; attempt += 1) {
      options.signal?.throwIfAborted()
      try {
        return { ...(await this.#once(method, path, options)), earlierTryLost }
      } catch (fault) {
        const again = fault instanceof GregorError && fault.retriable && attempt < this.#options.attemptsMax
        if (!again) throw fault
        earlierTryLost ||= !nothingWasDone(fault)
        await this.backOff(attempt, options.signal)
      }
    }
  }

  /** Waits before try `attempt + 1`. */
  async backOff(attempt: number, signal?: AbortSignal): Promise<void> {
    const { clock, entropy, backoffMs } = this.#options
    await clock.sleep(jitterMs(entropy, attempt, backoffMs, clientBackoffMsMax), signal)
    signal?.throwIfAborted()
  }

  /** Waits; throws the signal's reason when it is aborted. */
  async pause(ms: number, signal?: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(ms, signal)
    signal?.throwIfAborted()
  }

  get attemptsMax(): number {
    return this.#options.attemptsMax
  }

  async #once(method: string, path: string, options: RequestOptions): Promise<Answer> {
    const headers = new Headers(this.#options.headers)
    if (options.contentType) headers.set('content-type', options.contentType)
    headers.set('accept', options.accept ?? 'application/json')
    const url = `${this.#base}${path}${queryString(options.query)}`
    const init: RequestInit = { method, headers: await this.#signed(method, url, headers, options.body) }
    if (options.body !== undefined) init.body = options.body
    const { status, answered, text } = await this.#answerTo(url, init, options.signal)
    const body = parse(text)
    if (status >= 200 && status < 300) {
      if (text !== '' && body === undefined) throw notGregor(this.#base)
      return { status, headers: answered, body }
    }
    throw refusal(status, body)
  }

  /** A signature holds for minutes: each try has its own. */
  async #signed(method: string, url: string, headers: Headers, body = ''): Promise<Headers | Record<string, string>> {
    const { sign } = this.#options
    if (sign === undefined) return headers
    try {
      const unsigned = { method, url: new URL(url), headers: Object.fromEntries(headers), body: Buffer.from(body) }
      return { ...(await sign(unsigned)) }
    } catch (cause) {
      const message = `the request could not be signed: ${reasonOf(cause)}`
      throw new GregorError(message, { status: 0, errorCode: 0, retriable: false, cause })
    }
  }

  /** Whatever answers. Where nothing does within `clientAnswerMsMax` the try is lost, as one whose connection is cut. */
  async #answerTo(url: string, init: RequestInit, signal: AbortSignal | undefined) {
    let isLate = false
    try {
      return await withDeadline(this.#options.clock, clientAnswerMsMax, async (late) => {
        late.addEventListener('abort', () => {
          isLate = true
        })
        const response = await this.#options.fetch(url, {
          ...init,
          signal: signal === undefined ? late : AbortSignal.any([signal, late]),
        })
        return { status: response.status, answered: response.headers, text: await response.text() }
      })
    } catch (cause) {
      signal?.throwIfAborted()
      const reason = isLate ? `nothing came within ${clientAnswerMsMax / 1000} s` : reasonOf(cause)
      throw new GregorError(`no answer from ${this.#base}: ${reason}`, {
        status: 0,
        errorCode: 0,
        retriable: true,
        cause,
      })
    }
  }
}

function refusal(status: number, body: unknown): GregorError {
  const { error_code, message } = (body ?? {}) as { error_code?: unknown; message?: unknown }
  const errorCode = typeof error_code === 'number' ? error_code : status
  return new GregorError(typeof message === 'string' ? message : `the cluster answered with status ${status}`, {
    status,
    errorCode,
    retriable: retriableStatuses.has(status) || retriableErrorCodes.has(errorCode),
  })
}

const notGregor = (base: string) =>
  new GregorError(`${base} answers, but not as a Gregor cluster does: check the URL`, {
    status: 200,
    errorCode: 0,
    retriable: false,
  })

function queryString(query: RequestOptions['query']): string {
  const pairs = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) pairs.append(name, String(value))
  }
  // A signature knows only one form of a space.
  return pairs.size === 0 ? '' : `?${String(pairs).replaceAll('+', '%20')}`
}

/** Undefined for what is not JSON: something else than the cluster has answered. */
function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
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
