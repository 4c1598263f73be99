import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { openFilesystemObjectStore } from '../../lib/store/adapters/filesystem/object-store.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { contentOf, keyOf } from './object-files-writer.ts'

const writer = resolve(import.meta.dirname, 'object-files-writer.ts')

test.each([
  ['power', 40],
  ['process', 40],
  ['process', 300],
] as const)(
  'after kill -9 (%s, %i acknowledged) each acknowledged object is there, and none is there in part',
  async (durability, acknowledgedMin) => {
    const directory = await temporaryDirectory()
    const acknowledged: string[] = []
    const child = spawn(process.execPath, [writer, directory, durability, 'one', '100000', 'false'])
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(line.split(' ')[1] ?? '')
      if (acknowledged.length === acknowledgedMin) child.kill('SIGKILL')
    }
    // Its output ends before it does: it may have to wait for the disk first.
    if (child.signalCode === null) await once(child, 'exit')
    expect(child.signalCode).toBe('SIGKILL')
    expect(acknowledged.length).toBeGreaterThanOrEqual(acknowledgedMin)

    const store = await openFilesystemObjectStore({ directory, durability })
    const keys = new Set<string>()
    for (const key of await allKeys(store)) {
      keys.add(key)
      expect(Buffer.compare((await store.get(key)) ?? Buffer.of(), contentOf(key, 'one')), key).toBe(0)
    }
    for (const key of acknowledged) expect(keys).toContain(key)
    expect(await readdir(join(directory, 'temporary'))).toEqual([])
  },
)

test('another process sees each object whole or not at all', async () => {
  const directory = await temporaryDirectory()
  const store = await openFilesystemObjectStore({ directory, durability: 'process' })
  const count = 400
  const child = spawn(process.execPath, [writer, directory, 'process', 'one', String(count), 'false'])
  child.stdout.resume()
  for (let seen = 0; seen < count; ) {
    const bytes = await store.get(keyOf(seen))
    if (bytes === undefined) {
      expect(child.exitCode ?? 0).toBe(0)
      await new Promise((resolve) => setImmediate(resolve))
      continue
    }
    expect(Buffer.compare(bytes, contentOf(keyOf(seen), 'one')), keyOf(seen)).toBe(0)
    seen++
  }
})

test('of two processes that put the same absent keys, each key has one that is told done, and its object', async () => {
  const directory = await temporaryDirectory()
  const count = 200
  const [one, other] = await Promise.all(
    ['one', 'other'].map(async (seed) => {
      const child = spawn(process.execPath, [writer, directory, 'process', seed, String(count), 'true'])
      const done = new Set<string>()
      for await (const line of createInterface({ input: child.stdout })) {
        if (line.startsWith('done ')) done.add(line.slice(5))
      }
      if (child.exitCode === null) await once(child, 'exit')
      expect(child.exitCode).toBe(0)
      return done
    }),
  )
  const store = await openFilesystemObjectStore({ directory, durability: 'process' })
  for (let index = 0; index < count; index++) {
    const key = keyOf(index)
    expect(one?.has(key) !== other?.has(key), key).toBe(true)
    const content = contentOf(key, one?.has(key) ? 'one' : 'other')
    expect(Buffer.compare((await store.get(key)) ?? Buffer.of(), content), key).toBe(0)
  }
})

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'gregor-objects-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

async function allKeys(store: ObjectStore): Promise<string[]> {
  const keys: string[] = []
  for (;;) {
    const page = await store.list('', { startAfter: keys.at(-1) ?? '' })
    keys.push(...page.objects.map(({ key }) => key))
    if (!page.more) return keys
  }
}
