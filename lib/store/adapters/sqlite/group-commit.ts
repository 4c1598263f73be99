/**
 * Writes that are asked for in one turn of the event loop are one transaction: a sync, and the pages that they share, are paid
 * for once. Each is answered when all of them are committed, so nobody learns of what may yet be undone; reads meanwhile see
 * what was committed before.
 *
 * A failed transaction is undone as a whole, and its writes are then made one by one: a write that does not fit on the disk
 * says so for itself. Only where the commit itself is unclear are all of them.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { sqliteWritesPerCommitMax } from '../../../base/limits.ts'
import { isOfSqlite, isUnclear } from './failure.ts'

/** One write: reads, judges and writes in one piece; `undo` forgets what memory holds of it. */
export interface GroupedWrite<Result> {
  readonly run: () => Result
  readonly undo: () => void
}

interface Waiting {
  /** Runs the write; what it answers is told by `tell`. Throws what SQLite throws. */
  readonly run: () => void
  readonly undo: () => void
  readonly tell: () => void
  readonly fail: (fault: unknown) => void
}

export class GroupCommit {
  readonly #database: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #rollback: StatementSync
  #waiting: Waiting[] = []

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#begin = database.prepare('BEGIN IMMEDIATE')
    this.#commit = database.prepare('COMMIT')
    this.#rollback = database.prepare('ROLLBACK')
  }

  /** Rejects with what `run` throws, or with what SQLite says of the commit. */
  add<Result>({ run, undo }: GroupedWrite<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      let told: (() => void) | undefined
      this.#waiting.push({
        run: () => {
          try {
            const result = run()
            told = () => resolve(result)
          } catch (fault) {
            if (isOfSqlite(fault)) throw fault
            told = () => reject(fault)
          }
        },
        undo,
        tell: () => told?.(),
        fail: reject,
      })
      if (this.#waiting.length === 1) this.#flushSoon()
    })
  }

  /** Commits everything that waits, now. */
  flush(): void {
    while (this.#waiting.length > 0) this.#flushGroup()
  }

  /** A group a turn: what comes from sockets has its turn as well. */
  #flushSoon(): void {
    setImmediate(() => {
      if (this.#waiting.length > 0) this.#flushGroup()
      if (this.#waiting.length > 0) this.#flushSoon()
    })
  }

  #flushGroup(): void {
    const group = this.#waiting.splice(0, sqliteWritesPerCommitMax)
    const [only] = group
    if (only && group.length === 1) this.#runAlone(only)
    else this.#runTogether(group)
  }

  #runTogether(group: readonly Waiting[]): void {
    let isCommitting = false
    try {
      this.#begin.run()
      for (const write of group) write.run()
      isCommitting = true
      this.#commit.run()
    } catch (fault) {
      try {
        this.#rollBack()
      } catch {
        // Then it is tried again, and says so, before anything else is written.
      }
      for (const write of group) write.undo()
      for (const write of group) {
        if (isCommitting && isUnclear(fault)) write.fail(fault)
        else this.#runAlone(write)
      }
      return
    }
    for (const write of group) write.tell()
  }

  /** One statement is one transaction; within one that would not end it would be no write at all. */
  #runAlone(write: Waiting): void {
    try {
      this.#rollBack()
      write.run()
    } catch (fault) {
      write.undo()
      write.fail(fault)
      return
    }
    write.tell()
  }

  /** After most faults SQLite itself has undone everything, not after all. */
  #rollBack(): void {
    if (this.#database.isTransaction) this.#rollback.run()
  }
}
