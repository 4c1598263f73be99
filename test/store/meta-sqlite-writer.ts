/**
 * A process of its own that appends to the head of a partition and puts inline items, for tests that kill it, lock it out
 * or fill its disk: `node meta-sqlite-writer.ts <file> <durability> <how many>`. It says each offset when it is answered,
 * and the name and cause of the error that ended it.
 */
import { openSqliteMetaStore, type SqliteMetaStore } from '../../lib/store/adapters/sqlite/meta-store.ts'
import type { Change } from '../../lib/store/meta-store.ts'

export const headKey = { pk: 'partition#one', sk: 'head' }

export function inlineKey(offset: number) {
  return { pk: 'partition#one', sk: `inline#${String(offset).padStart(20, '0')}` }
}

/** What the inline item of an offset holds. */
export function inlineBytes(offset: number): Uint8Array {
  return new Uint8Array(1 + ((offset * 7919) % 40_000)).fill(offset)
}

/** Bytes first, then one guarded update that takes the offset: as the log does. */
export async function append(store: SqliteMetaStore, offset: number): Promise<void> {
  await store.put({ ...inlineKey(offset), d: inlineBytes(offset) })
  const next: Change = [
    { set: ['n'], to: { value: offset + 1 } },
    { set: ['last'], to: { path: ['n'], or: { value: 0 } } },
  ]
  await store.update(headKey, next, [{ path: ['n'], is: '=', than: { value: offset }, orAbsent: true }])
}

if (import.meta.main) {
  const [path = '', durability, count] = process.argv.slice(2)
  try {
    const store = openSqliteMetaStore({ path, durability: durability === 'power' ? 'power' : 'process' })
    process.stdout.write('open\n')
    for (let offset = 0; offset < Number(count); offset++) {
      await append(store, offset)
      // A reader that is slow fills the pipe, and what waits before it dies with this process.
      await new Promise((resolve) => process.stdout.write(`${offset}\n`, resolve))
    }
  } catch (error) {
    const { name, cause } = error as Error
    process.stdout.write(`${name}: ${cause instanceof Error ? cause.message : cause}\n`)
  }
}
