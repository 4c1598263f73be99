/**
 * When SQLite's log is copied into the database (a checkpoint). SQLite itself does it within the commit that fills the log, and
 * waits for the disk: 12 to 15 ms for 16 MiB, in which this process answers nobody. Here another thread makes the log durable
 * beforehand, so that the checkpoint, right after it in a turn of its own, waits for hardly anything: 0.7 ms.
 *
 * What must be durable before what is SQLite's to say: its checkpoint syncs whatever is not yet. So a failure here costs time
 * only, a process that dies anywhere in between leaves a log to go on from, and where no checkpoint comes in time SQLite's own
 * does, when the log is `sqliteLogPagesMax`. "Write-Ahead Logging", sqlite.org/wal.html.
 */
import { closeSync, fdatasync, openSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { sqliteCheckpointPages } from '../../../base/limits.ts'

/** Several rows of one commit may lie on one page: never fewer pages than this for each that is counted. */
const pagesPerCountedMin = 1 / 16

export class LogCheckpoints {
  readonly #database: DatabaseSync
  readonly #checkpoint: StatementSync
  readonly #logFile: string
  /** The log, open to be synced. It bears no lock, unlike the database: closing it takes none away. */
  #file: number | undefined
  #isRunning = false
  /** Pages that were counted since the last checkpoint, and how many each of them was, by what SQLite said then. */
  #counted = 0
  #pagesPerCounted = 1

  /** `path`: the database's. */
  constructor(database: DatabaseSync, path: string) {
    this.#database = database
    this.#checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')
    this.#logFile = `${path}-wal`
  }

  /** To be told of each write; `pages`: how many it dirties, about. */
  wrote(pages: number): void {
    this.#counted += pages
    if (this.#isRunning || this.#counted * this.#pagesPerCounted < sqliteCheckpointPages) return
    this.#isRunning = true
    try {
      this.#file ??= openSync(this.#logFile, 'r+')
      // Should it fail, the checkpoint syncs itself.
      fdatasync(this.#file, () => this.#synced())
    } catch {
      setImmediate(() => this.#synced())
    }
  }

  /** To be called when the database is closed. */
  close(): void {
    if (this.#isRunning || this.#file === undefined) return
    closeSync(this.#file)
    this.#file = undefined
  }

  /** In a turn of its own, so in no transaction. */
  #synced(): void {
    this.#isRunning = false
    if (this.#database.isOpen) this.#copy()
    else this.close()
  }

  #copy(): void {
    const counted = this.#counted
    this.#counted = 0
    try {
      const pages = Number(this.#checkpoint.get()?.log)
      if (pages > 0) this.#pagesPerCounted = Math.max(pages / counted, pagesPerCountedMin)
    } catch {
      // On a full disk, say. The log stays as it is, and the next one takes it.
    }
  }
}
