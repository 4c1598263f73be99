/**
 * Opens the database file: one owner at a time, a write-ahead log of bounded size, and a table that this version knows. The
 * lock is the operating system's (SQLite's `locking_mode=EXCLUSIVE` holds it from the first read on), so it ends with its
 * owner, however that ends. It is lost, too, when this process opens and closes the file by other means: never do.
 */
import { DatabaseSync } from 'node:sqlite'
import { sqliteCheckpointPages, sqliteLogPagesMax } from '../../../base/limits.ts'
import { StoreLocked, StoreUnavailable } from '../../errors.ts'
import { isLocked } from './failure.ts'

/**
 * `power`: what was answered survives the loss of power (an fdatasync for each write, about 0.1 ms on an SSD). `process`: it
 * survives the death of the process, by `kill -9` too, but the last moments may be lost with the machine; nothing is ever
 * damaged.
 */
export type Durability = 'power' | 'process'

export interface SqliteOptions {
  /** The database file, in a folder that exists; `:memory:` for none. */
  readonly path: string
  readonly durability: Durability
  /** What the file may grow to, in bytes; at the limit writes fail as on a full disk. Default: the disk. */
  readonly fileBytesMax?: number
}

/** Of the database and its log. */
export const pageBytes = 4_096
/** Written into the file's header, and raised with each change of the table. */
const schemaVersion = 1

/** For no file at all: what is written is gone with the process. */
export const inMemory = ':memory:'

/** Throws `StoreLocked` when it is open elsewhere, `StoreUnavailable` when it cannot be opened, read or written. */
export function openDatabase(options: SqliteOptions): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(options.path)
    prepare(database, options)
    return database
  } catch (error) {
    if (database?.isOpen) database.close()
    if (isLocked(error)) throw new StoreLocked(options.path, error)
    throw new StoreUnavailable(`opening ${options.path}`, error)
  }
}

function prepare(database: DatabaseSync, { durability, fileBytesMax }: SqliteOptions): void {
  database.exec(`
    PRAGMA page_size = ${pageBytes};
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'};
    PRAGMA fullfsync = ${durability === 'power' ? 'ON' : 'OFF'};
    PRAGMA wal_autocheckpoint = ${sqliteLogPagesMax};
    PRAGMA journal_size_limit = ${sqliteCheckpointPages * pageBytes};
    BEGIN IMMEDIATE;`)
  const version = database.prepare('PRAGMA user_version').get()?.user_version
  if (version !== 0 && version !== schemaVersion) throw new Error(`it was written by another version (${version})`)
  // `item` is JSON; its bytes, whose names and lengths are in `layout`, lie one after the other in `bytes`.
  database.exec(`
    CREATE TABLE IF NOT EXISTS items (
      pk TEXT NOT NULL, sk TEXT NOT NULL, item TEXT NOT NULL, layout TEXT, bytes BLOB, PRIMARY KEY (pk, sk)
    ) STRICT;
    PRAGMA user_version = ${schemaVersion};
    COMMIT;`)
  if (fileBytesMax !== undefined) database.exec(`PRAGMA max_page_count = ${Math.ceil(fileBytesMax / pageBytes)}`)
}
