/** A driver's process (drivers/README.md): commands go in as lines, one at a time, and their answers come back as lines. */
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Start } from './catalog.ts'
import { startProcess, stopProcess } from './server-process.ts'

export interface WrittenRecord {
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string])[]
  readonly timestamp: number
}

export interface ReadRecord extends WrittenRecord {
  readonly topic?: string
  readonly partition: number
  readonly offset: number
}

interface Answer {
  readonly ok?: unknown
  readonly error?: string
}

/** A client said no, or said nothing in time. */
class DriverFault extends Error {
  override name = 'DriverFault'
}

/** How long an answer may take beyond what the command itself may wait. */
const answerMsMax = 60_000

export class Driver {
  readonly #name: string
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #last: Promise<unknown> = Promise.resolve()
  #id = 0

  constructor(name: string, start: Start, bootstrap: string) {
    this.#name = name
    const file = name.replaceAll(/[^a-z0-9.]+/gi, '-')
    this.#child = startProcess(file, [...start.command, bootstrap], { env: start.env, out: 'pipe' })
    const { stdout } = this.#child
    if (stdout === null) throw new DriverFault(`${name} has no output`)
    createInterface({ input: stdout }).on('line', (line) => {
      const { id, ...answer } = JSON.parse(line) as { readonly id: number } & Answer
      this.#waiting.get(id)?.(answer)
    })
    this.#child.stdin?.on('error', () => undefined)
    this.#child.once('close', (code) => {
      for (const answer of this.#waiting.values()) answer({ error: `the driver ended with ${code}` })
    })
  }

  readonly create = (topic: string, partitions: number) => this.#call('create', { topic, partitions })
  readonly describe = (topic: string) => this.#call<{ readonly partitions: number }>('describe', { topic })
  readonly delete = (topic: string) => this.#call('delete', { topic })
  readonly produce = (topic: string, codec: string, records: readonly WrittenRecord[]) =>
    this.#call('produce', { topic, codec, records })

  /** Exactly `count` records, or those that came within `waitMs`. */
  async consume(request: {
    readonly topics: readonly string[]
    readonly group: string
    readonly protocol: string
    readonly count: number
    readonly waitMs: number
  }): Promise<readonly ReadRecord[]> {
    const { records } = await this.#call<{ readonly records: readonly ReadRecord[] }>(
      'consume',
      request,
      request.waitMs,
    )
    return records
  }

  readonly join = (member: string, request: { topic: string; group: string; protocol: string }) =>
    this.#call('join', { member, ...request })
  readonly assignment = async (member: string) => {
    const { partitions } = await this.#call<{ readonly partitions: readonly number[] }>('assignment', { member })
    return partitions.toSorted((a, b) => a - b)
  }
  readonly leave = (member: string) => this.#call('leave', { member })

  async stop(): Promise<void> {
    this.#child.stdin?.end()
    await stopProcess(this.#child, 3_000)
  }

  /** Drivers answer in order; a command's time begins when it is its turn. */
  #call<Result>(command: string, fields: object, waitMs = 0): Promise<Result> {
    const call = this.#last.then(() => this.#ask<Result>(command, fields, waitMs + answerMsMax))
    this.#last = call.catch(() => undefined)
    return call
  }

  async #ask<Result>(command: string, fields: object, msMax: number): Promise<Result> {
    if (this.#child.exitCode !== null)
      throw new DriverFault(`${this.#name}: the driver ended with ${this.#child.exitCode}`)
    const id = ++this.#id
    const answer = await new Promise<Answer>((answered) => {
      this.#waiting.set(id, answered)
      const late = setTimeout(() => answered({ error: `no answer to ${command} within ${msMax} ms` }), msMax)
      late.unref()
      this.#child.stdin?.write(`${JSON.stringify({ id, command, ...fields })}\n`)
    })
    this.#waiting.delete(id)
    if (answer.error !== undefined) throw new DriverFault(`${this.#name}, ${command}: ${answer.error}`)
    return answer.ok as Result
  }
}
