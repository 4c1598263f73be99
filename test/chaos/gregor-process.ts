/** A Gregor as people start it, in a process of its own that is known by its id, and whose end is waited for. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

const root = resolve(import.meta.dirname, '../..')
const logs = join(root, '.stores')
const readyMsMax = 60_000
const stopMsMax = 30_000

/** It ended, or was not ready in time. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted'
}

/** What it comes to, or `undefined` after so many ms. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

export interface GregorWords {
  /** What its log is called: `.stores/chaos-<name>.log`. */
  readonly name: string
  readonly words: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export class GregorProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  readonly #firstLine: Promise<string | undefined>
  readonly #name: string

  /** Under way; see `ready`. */
  constructor({ name, words, env = {} }: GregorWords) {
    mkdirSync(logs, { recursive: true })
    const log = openSync(join(logs, `chaos-${name}.log`), 'a')
    this.#name = name
    this.#child = spawn(process.execPath, [join(root, 'lib/cli/bin.mjs'), ...words, '--output', 'json'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', log],
    })
    closeSync(log)
    this.#ended = once(this.#child, 'close')
    const lines = createInterface({ input: this.#child.stdout ?? process.stdin })
    const said = once(lines, 'line').then(([line]) => line as string)
    this.#firstLine = Promise.race([said, this.#ended.then(() => undefined)])
  }

  /** Throws `NotStarted`, and then nothing of it runs any more. */
  async ready(): Promise<void> {
    const line = await within(readyMsMax, this.#firstLine)
    if (line?.includes('"event":"ready"')) return
    await this.kill()
    throw new NotStarted(
      `${this.#name} is not ready, it said ${line ?? 'nothing'}; see .stores/chaos-${this.#name}.log`,
    )
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** kill -9, and gone when this comes back. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  /** As Ctrl-C does; answers its exit status. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGCONT')
    this.#child.kill('SIGTERM')
    await within(stopMsMax, this.#ended)
    if (this.isRunning) await this.kill()
    return this.#child.exitCode
  }
}

/** Its clients are patient for no longer than this, so that a run has many lives of a member in it. */
export const shortSessions: readonly string[] = [
  'group.consumer.min.session.timeout.ms=6000',
  'group.consumer.session.timeout.ms=6000',
  'group.consumer.min.heartbeat.interval.ms=1000',
  'group.consumer.heartbeat.interval.ms=1000',
].flatMap((setting) => ['--config', setting])
