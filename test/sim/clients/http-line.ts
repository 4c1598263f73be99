/** A client of the HTTP API: it names topics, knows no sequences and no leaders, and its requests overtake each other. */
import type { Entropy } from '../../../lib/base/entropy.ts'
import { errorCode } from '../../../lib/http/rest-error.ts'
import type { HttpApp } from '../../../lib/http/routes.ts'
import type { Batch, Ends, Target } from '../history.ts'
import type { SimProcess } from '../process.ts'
import { type Lost, lost, type World } from '../world.ts'
import { type Found, type Line, type Route, type Told, waitMs } from './line.ts'
import { settled } from './log-line.ts'

const binary = 'application/vnd.kafka.binary.v2+json'

interface Answered {
  readonly status: number
  readonly body: unknown
  readonly header: (name: string) => number
}

interface Produced {
  readonly offsets: readonly { readonly offset?: number; readonly error_code?: number }[]
}

export class HttpLine implements Line {
  readonly inOrder = false
  readonly byName = true
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  async route(entropy: Entropy): Promise<Route | undefined> {
    return { process: this.#world.anyProcess(entropy), leaderEpoch: undefined }
  }

  async append({ process }: Route, { topic, id }: Target, batch: Batch): Promise<Told | Lost> {
    const records = batch.values.map((value) => ({
      value: Buffer.from(value).toString('base64'),
      timestamp: batch.createdMs,
    }))
    const body = JSON.stringify({ records })
    const headers = { 'content-type': binary, 'content-length': String(Buffer.byteLength(body)) }
    const request = { method: 'POST', headers, body }
    const answered = await this.#ask(process, `/topics/${topic}/partitions/${id.partition}`, request)
    if (answered === lost) return lost
    const [first] = answered.status === 200 ? (answered.body as Produced).offsets : []
    const code = first?.error_code ?? (answered.body as { error_code?: number }).error_code
    if (code === undefined && first?.offset !== undefined) {
      return { outcome: 'acknowledged', answer: { is: 'acknowledged', base: first.offset } }
    }
    if (code === errorCode.kafkaError) this.#world.history.violation(`${process.name}: HTTP says ${code}`)
    return { outcome: String(code), answer: { is: code === errorCode.outcomeUnknown ? 'unknown' : 'refused' } }
  }

  async read(process: SimProcess, { topic, id }: Target, from: number, maxBytes: number): Promise<Found | Lost> {
    const path = `/topics/${topic}/partitions/${id.partition}/records?offset=${from}&max_bytes=${maxBytes}`
    const answered = await this.#ask(process, path, { headers: { accept: binary } })
    if (answered === lost) return lost
    const { status, body, header } = answered
    if (status !== 200) {
      const isOut = (body as { error_code: number }).error_code === errorCode.offsetOutOfRange
      return isOut ? { is: 'out-of-range', start: undefined, end: undefined } : { is: 'nothing' }
    }
    const records = (body as readonly { offset: number; value: string }[]).map(({ offset, value }) => ({
      offset,
      value: Buffer.from(value, 'base64').toString(),
    }))
    const [start, end, next] = [
      header('gregor-log-start-offset'),
      header('gregor-high-watermark'),
      header('gregor-next-offset'),
    ]
    return { is: 'read', records, start, end, next }
  }

  async ends(process: SimProcess, { topic, id }: Target): Promise<Ends | undefined> {
    const answered = await this.#ask(process, `/topics/${topic}/partitions/${id.partition}/offsets`, {})
    if (answered === lost || answered.status !== 200) return undefined
    const { beginning_offset: start, end_offset: end } = answered.body as Record<string, number>
    return start === undefined || end === undefined ? undefined : { start, end }
  }

  async lookUp(process: SimProcess, topic: string) {
    const found = await settled(this.#world.call(process, waitMs, () => process.topics.get(topic)))
    return found === lost || found === undefined ? 'unknown' : found
  }

  async #ask(process: SimProcess, path: string, init: RequestInit): Promise<Answered | Lost> {
    const begin = async (): Promise<Answered> => {
      const app: HttpApp = process.http
      const response = await app.fetch(new Request(`http://sim${path}`, init))
      const body: unknown = JSON.parse(await response.text())
      return { status: response.status, body, header: (name) => Number(response.headers.get(name)) }
    }
    return this.#world.call(process, waitMs, begin)
  }
}
