/**
 * Stands in the bundles for the classes of `fetch`, which Node loads when somebody makes the first `Request`, and with them
 * all of its HTTP client: 8 ms of a cold start, for events that Lambda has already read. Here is what hono and our routes
 * ask of them, where bodies are there as a whole; what is refused is what Node's own refuse, and a test holds both together.
 */

type Body = string | Uint8Array | null
type Pairs = Iterable<readonly [string, string]>

/** Names are in small letters and in their order; values that share one are joined, but for cookies. */
export class Headers implements Pairs {
  readonly #values = new Map<string, string[]>()

  /** Throws a TypeError where HTTP has no such name or value, as all that adds some. */
  constructor(init: Pairs | Readonly<Record<string, string>> = {}) {
    const pairs = Symbol.iterator in init ? (init as Pairs) : Object.entries(init)
    for (const [name, value] of pairs) this.append(name, value)
  }

  append(name: string, value: string): void {
    const there = this.#values.get(headerName(name))
    if (there === undefined) this.set(name, value)
    else there.push(headerValue(value))
  }

  set(name: string, value: string): void {
    this.#values.set(headerName(name), [headerValue(value)])
  }

  get(name: string): string | null {
    return this.#values.get(headerName(name))?.join(', ') ?? null
  }

  has(name: string): boolean {
    return this.#values.has(headerName(name))
  }

  delete(name: string): void {
    this.#values.delete(headerName(name))
  }

  getSetCookie(): string[] {
    return [...(this.#values.get('set-cookie') ?? [])]
  }

  forEach(act: (value: string, name: string) => void): void {
    for (const [name, value] of this) act(value, name)
  }

  entries(): Generator<[string, string]> {
    return this[Symbol.iterator]()
  }

  *[Symbol.iterator](): Generator<[string, string]> {
    for (const name of [...this.#values.keys()].sort()) {
      const values = this.#values.get(name) ?? []
      for (const value of name === 'set-cookie' ? values : [values.join(', ')]) yield [name, value]
    }
  }
}

/** A token of RFC 9110, 5.6.2. */
function headerName(name: string): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) throw new TypeError(`no header is named ${JSON.stringify(name)}`)
  return name.toLowerCase()
}

function headerValue(value: string): string {
  const trimmed = value.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '')
  for (let index = 0; index < trimmed.length; index++) {
    const code = trimmed.charCodeAt(index)
    if (code === 0 || code === 10 || code === 13 || code > 0xff) throw new TypeError('no header has such a value')
  }
  return trimmed
}

/** What a request and a response have in common. */
class Carrier {
  readonly headers: Headers
  /** As it was given: nobody reads it piece by piece. */
  readonly body: Body
  bodyUsed = false

  constructor(body: Body, headers: ConstructorParameters<typeof Headers>[0]) {
    this.headers = new Headers(headers)
    this.body = body
  }

  async text(): Promise<string> {
    const body = this.#used()
    return typeof body === 'string' ? body : new TextDecoder().decode(body)
  }

  /** Memory of the body's own, not copied where the body is all that lies in it. */
  async arrayBuffer(): Promise<ArrayBufferLike> {
    const body = this.#used()
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    return bytes.length === bytes.buffer.byteLength ? bytes.buffer : new Uint8Array(bytes).buffer
  }

  #used(): string | Uint8Array {
    if (this.bodyUsed) throw new TypeError('the body has been read')
    this.bodyUsed = this.body !== null
    return this.body ?? ''
  }
}

interface RequestInit {
  readonly method?: string
  readonly headers?: Headers
  readonly body?: Uint8Array
}

export class Request extends Carrier {
  readonly url: string
  readonly method: string
  #signal: AbortSignal | undefined

  /** Throws a TypeError for what is no URL, or names a user; for a method that is none, or that `fetch` does not know. */
  constructor(url: string, { method = 'GET', headers, body }: RequestInit = {}) {
    super(body ?? null, headers)
    const { href, username, password } = new URL(url)
    if (username !== '' || password !== '') throw new TypeError('a URL must not name a user')
    this.url = href
    this.method = methodOf(method)
  }

  /** Nobody tells a function that its caller has gone. */
  get signal(): AbortSignal {
    this.#signal ??= new AbortController().signal
    return this.#signal
  }
}

function methodOf(method: string): string {
  const upper = headerName(method).toUpperCase()
  if (['CONNECT', 'TRACE', 'TRACK'].includes(upper)) throw new TypeError(`${upper} is no method of fetch`)
  return ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'].includes(upper) ? upper : method
}

interface ResponseInit {
  readonly status?: number
  readonly headers?: ConstructorParameters<typeof Headers>[0]
}

export class Response extends Carrier {
  readonly status: number

  constructor(body: Body = null, { status = 200, headers }: ResponseInit = {}) {
    super(body, headers)
    this.status = status
    if (typeof body === 'string') this.#default('text/plain;charset=UTF-8')
  }

  static json(data: unknown, init: ResponseInit = {}): Response {
    // As bytes, which have no type by themselves.
    const answer = new Response(Buffer.from(JSON.stringify(data)), init)
    answer.#default('application/json')
    return answer
  }

  #default(contentType: string): void {
    if (!this.headers.has('content-type')) this.headers.set('content-type', contentType)
  }
}
