import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { openSqliteMetaStore } from '../../lib/store/adapters/sqlite/meta-store.ts'
import { metaStoreConformance } from '../conformance/meta-store.ts'

metaStoreConformance('memory', async () => new MemoryMetaStore())

for (const durability of ['power', 'process'] as const) {
  metaStoreConformance(`a file that survives the loss of ${durability}`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'gregor-items-'))
    const store = openSqliteMetaStore({ path: join(directory, 'items.db'), durability })
    onTestFinished(async () => {
      store.close()
      await rm(directory, { recursive: true })
    })
    return store
  })
}
