import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openFilesystemObjectStore } from '../../lib/store/adapters/filesystem/object-store.ts'
import { openPackedObjectStore } from '../../lib/store/adapters/filesystem/packed-object-store.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import { objectStoreConformance } from '../conformance/object-store.ts'

objectStoreConformance('memory', async () => new MemoryObjectStore())

for (const durability of ['power', 'process'] as const) {
  objectStoreConformance(`files that survive the loss of ${durability}`, async () =>
    openFilesystemObjectStore({ directory: await temporaryDirectory(), durability }),
  )

  objectStoreConformance(`packs that survive the loss of ${durability}`, async () => {
    const store = await openPackedObjectStore({ directory: await temporaryDirectory(), durability, packedPrefix: '' })
    onTestFinished(() => store.close())
    return store
  })
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'gregor-objects-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}
