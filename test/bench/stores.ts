/** The stores that benches run on: files and SQLite in a folder of their own that is removed afterwards. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { intakePrefix } from '../../lib/log/keys.ts'
import { openPackedObjectStore } from '../../lib/store/adapters/filesystem/packed-object-store.ts'
import { openSqliteMetaStore } from '../../lib/store/adapters/sqlite/meta-store.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'

export type Durability = 'power' | 'process'

export interface Stores {
  readonly meta: MetaStore
  readonly objects: ObjectStore
}

export async function withStores<Result>(
  durability: Durability,
  run: (stores: Stores) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'gregor-bench-'))
  const meta = openSqliteMetaStore({ path: join(directory, 'meta.sqlite'), durability })
  try {
    const objects = await openPackedObjectStore({ directory, durability, packedPrefix: intakePrefix })
    return await run({ meta, objects })
  } finally {
    meta.close()
    await rm(directory, { recursive: true, force: true })
  }
}
