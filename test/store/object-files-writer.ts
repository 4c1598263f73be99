/**
 * A process of its own that puts objects into a folder, for tests that kill it or let two of them race:
 * `node object-files-writer.ts <directory> <durability> <seed> <how many> <if absent> [packed]`. It says each answer on a line.
 */
import { createHash } from 'node:crypto'
import { openFilesystemObjectStore } from '../../lib/store/adapters/filesystem/object-store.ts'
import { openPackedObjectStore } from '../../lib/store/adapters/filesystem/packed-object-store.ts'

const sizes = [0, 100, 16_384, 190_000, 1_000_000, 300]

/** What the object of `key` holds when the process with this seed has put it. */
export function contentOf(key: string, seed: string): Uint8Array {
  const block = createHash('sha512').update(`${key} by ${seed}`).digest()
  const size = sizes[(block[0] ?? 0) % sizes.length] ?? 0
  return Buffer.alloc(size, block)
}

/** The keys in the order in which they are put. */
export function keyOf(index: number): string {
  const time = (1_760_000_000_000 + index * 7_000).toString(16).padStart(12, '0')
  return index % 3 === 0
    ? `segments/topic/${index % 7}/${String(index).padStart(20, '0')}-ab`
    : `intake/${time}0011223344`
}

if (import.meta.main) {
  const [directory = '', chosen, seed = '', count, ifAbsent, packed] = process.argv.slice(2)
  const durability = chosen === 'power' ? 'power' : 'process'
  const store = await (packed === 'packed'
    ? openPackedObjectStore({ directory, durability, packedPrefix: 'intake/', packBytes: 2_000_000 })
    : openFilesystemObjectStore({ directory, durability }))
  let next = 0
  const lane = async () => {
    while (next < Number(count)) {
      const key = keyOf(next++)
      const content = contentOf(key, seed)
      const middle = content.length >>> 1
      const chunks = [content.subarray(0, middle), content.subarray(middle)]
      const answer = await store.put(key, chunks, { ifAbsent: ifAbsent === 'true' })
      process.stdout.write(`${answer} ${key}\n`)
    }
  }
  await Promise.all([lane(), lane(), lane(), lane()])
}
