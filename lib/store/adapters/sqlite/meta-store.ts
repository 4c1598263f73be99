/**
 * Items in one SQLite file, owned by one process: the store of a local cluster. SQLite runs on the main thread and the file
 * has no other user, so a read, the judging of a guard and the write that follows are one piece that nothing interleaves.
 * Writes of one turn of the event loop are one transaction (`group-commit.ts`). Measured: 20 µs for a guarded update of 1 KB
 * without a sync.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { StoreUnavailable } from '../../errors.ts'
import { applyChange, failedClause } from '../../evaluate.ts'
import { checkGuard, checkKey, checkKeys, checkPut, checkQuery, checkUpdate } from '../../meta-call.ts'
import type { Answer, Change, Guard, Item, Key, MetaStore, QueryRange } from '../../meta-store.ts'
import { pageOf } from '../../query-page.ts'
import { inMemory, openDatabase, pageBytes, type SqliteOptions } from './database.ts'
import { readFailure, writeFailure } from './failure.ts'
import { GroupCommit } from './group-commit.ts'
import { ItemCache } from './item-cache.ts'
import { LogCheckpoints } from './log-checkpoints.ts'
import { hasBytes, itemOf, rowColumns, rowOf } from './row.ts'

/** In SQLite's order every blob comes after every text. */
const afterAllText = new Uint8Array(0)

/** Throws `StoreLocked` when the file is open elsewhere, `StoreUnavailable` when it cannot be opened or written. */
export function openSqliteMetaStore(options: SqliteOptions): SqliteMetaStore {
  const database = openDatabase(options)
  return new SqliteMetaStore(
    database,
    options.path === inMemory ? undefined : new LogCheckpoints(database, options.path),
  )
}

/** As `MetaStore`; one process at a time has the file. */
export class SqliteMetaStore implements MetaStore {
  readonly #database: DatabaseSync
  readonly #cache = new ItemCache()
  readonly #writes: GroupCommit
  readonly #checkpoints: LogCheckpoints | undefined
  readonly #select: StatementSync
  readonly #selectMany: StatementSync
  readonly #forward: StatementSync
  readonly #backward: StatementSync
  readonly #replace: StatementSync
  readonly #delete: StatementSync

  constructor(database: DatabaseSync, checkpoints?: LogCheckpoints) {
    this.#database = database
    this.#checkpoints = checkpoints
    this.#writes = new GroupCommit(database)
    const select = (condition: string) => {
      const statement = database.prepare(`SELECT ${rowColumns} FROM items WHERE pk = ? AND ${condition}`)
      statement.setReturnArrays(true)
      return statement
    }
    this.#select = select('sk = ?')
    this.#selectMany = select('sk IN (SELECT value FROM json_each(?))')
    this.#forward = select('sk >= ? AND sk <= ? ORDER BY sk')
    this.#backward = select('sk >= ? AND sk <= ? ORDER BY sk DESC')
    this.#delete = database.prepare('DELETE FROM items WHERE pk = ? AND sk = ?')
    this.#replace = database.prepare(`
      INSERT INTO items (pk, sk, item, layout, bytes) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (pk, sk) DO UPDATE SET item = excluded.item, layout = excluded.layout, bytes = excluded.bytes`)
  }

  async get(key: Key): Promise<Item | undefined> {
    checkKey(key)
    return this.#read(`get ${key.sk}`, () => this.#find(key))
  }

  async getMany(keys: readonly Key[]): Promise<(Item | undefined)[]> {
    checkKeys(keys)
    return this.#read(`get ${keys.length} items`, () => this.#findMany(keys))
  }

  async query(pk: string, range: QueryRange = {}): Promise<{ items: Item[]; more: boolean }> {
    checkQuery(pk, range)
    return this.#read(`query ${pk}`, () => {
      const statement = range.reverse ? this.#backward : this.#forward
      return pageOf(itemsOf(statement.iterate(pk, range.from ?? '', range.to ?? afterAllText)), range.limit)
    })
  }

  async put(item: Item, guard: Guard = []): Promise<Answer> {
    checkPut(item, guard)
    return this.#write(`put ${item.sk}`, item, () => {
      const before = guard.length === 0 ? undefined : this.#find(item)
      if (failedClause(guard, before)) return { refused: before }
      this.#store(item)
      this.#cache.delete(item)
      return { done: item }
    })
  }

  async update(key: Key, change: Change, guard: Guard = []): Promise<Answer> {
    checkUpdate(key, change, guard)
    return this.#write(`update ${key.sk}`, key, () => {
      const before = this.#find(key)
      if (failedClause(guard, before)) return { refused: before }
      const item = applyChange(before, key, change)
      if (this.#store(item)) this.#cache.delete(item)
      else this.#cache.set(item)
      return { done: item }
    })
  }

  async delete(key: Key, guard: Guard = []): Promise<{ done: Item | undefined } | { refused: Item | undefined }> {
    checkKey(key)
    checkGuard(guard)
    return this.#write(`delete ${key.sk}`, key, () => {
      const before = this.#find(key)
      if (failedClause(guard, before)) return { refused: before }
      this.#cache.delete(key)
      if (before) this.#delete.run(key.pk, key.sk)
      this.#checkpoints?.wrote(1)
      return { done: before }
    })
  }

  /** Commits what was asked for and gives the file up; calls that follow fail with `StoreUnavailable`. A second close does nothing. */
  close(): void {
    if (!this.#database.isOpen) return
    this.#writes.flush()
    this.#database.close()
    this.#checkpoints?.close()
  }

  #find(key: Key): Item | undefined {
    const known = this.#cache.get(key)
    if (known) return known
    const row: unknown = this.#select.get(key.pk, key.sk)
    return row === undefined ? undefined : this.#taken(row)
  }

  /** Items of one partition by one statement: that is a quarter cheaper. */
  #findMany(keys: readonly Key[]): (Item | undefined)[] {
    const [first] = keys
    if (keys.length < 2 || keys.some(({ pk }) => pk !== first?.pk)) return keys.map((key) => this.#find(key))
    const found = keys.map((key) => this.#cache.get(key))
    const missing = keys.filter((_, index) => !found[index]).map(({ sk }) => sk)
    if (missing.length === 0 || !first) return found
    const items = new Map<string, Item>()
    for (const row of this.#selectMany.iterate(first.pk, JSON.stringify(missing))) {
      const item = this.#taken(row)
      items.set(item.sk, item)
    }
    return keys.map(({ sk }, index) => found[index] ?? items.get(sk))
  }

  #taken(row: unknown): Item {
    const item = itemOf(row)
    if (!hasBytes(row)) this.#cache.set(item)
    return item
  }

  /** Answers whether the item has bytes. Should it fail, the write's `undo` forgets what memory holds of the item. */
  #store(item: Item): boolean {
    const row = rowOf(item)
    this.#replace.run(item.pk, item.sk, row.item, row.layout, row.bytes)
    this.#checkpoints?.wrote(1 + Math.floor((row.item.length + (row.bytes?.length ?? 0)) / pageBytes))
    return row.bytes !== null
  }

  #read<Result>(call: string, run: () => Result): Result {
    this.#requireOpen(call)
    try {
      return run()
    } catch (error) {
      throw readFailure(call, error)
    }
  }

  async #write<Result>(call: string, key: Key, run: () => Result): Promise<Result> {
    this.#requireOpen(call)
    try {
      return await this.#writes.add({ run, undo: () => this.#cache.delete(key) })
    } catch (error) {
      throw writeFailure(call, error)
    }
  }

  #requireOpen(call: string): void {
    if (!this.#database.isOpen) throw new StoreUnavailable(call, new Error('the store is closed'))
  }
}

function* itemsOf(rows: Iterable<unknown>): Iterable<Item> {
  for (const row of rows) yield itemOf(row)
}
