/** The embedded stores that every suite of topics and groups runs on. */
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { openSqliteMetaStore } from '../../lib/store/adapters/sqlite/meta-store.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'

export const metaStores: readonly { readonly name: string; readonly open: () => MetaStore }[] = [
  { name: 'memory', open: () => new MemoryMetaStore() },
  { name: 'SQLite', open: () => openSqliteMetaStore({ path: ':memory:', durability: 'process' }) },
]
