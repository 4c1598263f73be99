/**
 * Objects are written under a temporary name first, in a folder of the same file system, so that a name among the
 * objects always stands for a whole one. A name says whose it is: what a killed process left is removed at the next
 * open, what a living one writes is not.
 */
import { randomBytes } from 'node:crypto'
import { readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileTemporaryAgeMsMax } from '../../../base/limits.ts'
import { isMissing } from './faults.ts'

const namePattern = /^(\d{1,10})\.[0-9a-f]{16}\.\d+$/

export class TemporaryFiles {
  readonly #directory: string
  /** Two stores of one process, or of two machines with the same process id, never take the same name. */
  readonly #owner = `${process.pid}.${randomBytes(8).toString('hex')}`
  #count = 0

  constructor(directory: string) {
    this.#directory = directory
  }

  get directory(): string {
    return this.#directory
  }

  /** A path that nobody else uses. */
  next(): string {
    return join(this.#directory, `${this.#owner}.${this.#count++}`)
  }
}

/** Removes what dead processes left in `directory`, and what nobody has written to for an hour. */
export async function removeLeftovers(directory: string, nowMs: number): Promise<void> {
  for (const name of await readdir(directory)) {
    const pid = Number(namePattern.exec(name)?.[1] ?? Number.NaN)
    if (Number.isNaN(pid)) continue
    const path = join(directory, name)
    try {
      const idle = nowMs - (await stat(path)).mtimeMs > fileTemporaryAgeMsMax
      if (idle || !isAlive(pid)) await unlink(path)
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}
