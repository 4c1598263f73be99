import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openFilesystemObjectStore } from '../../lib/store/adapters/filesystem/object-store.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import { objectStoreConformance } from '../conformance/object-store.ts'

objectStoreConformance('memory', async () => new MemoryObjectStore())

for (const durability of ['power', 'process'] as const) {
  objectStoreConformance(`files that survive the loss of ${durability}`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'gregor-objects-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    return openFilesystemObjectStore({ directory, durability })
  })
}
