import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { crc32c } from '../../lib/base/crc32c.ts'
import { packObjectBytesMax } from '../../lib/base/limits.ts'
import { openFilesystemObjectStore } from '../../lib/store/adapters/filesystem/object-store.ts'
import {
  openPackedObjectStore,
  type PackedObjectStore,
  type PackedObjectStoreOptions,
} from '../../lib/store/adapters/filesystem/packed-object-store.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { contentOf } from './object-files-writer.ts'

const large = Buffer.alloc(packObjectBytesMax + 1, 9)
const firstPack = '0000000001.pack'

test('small objects of the prefix share a file, all others have their own', async () => {
  const directory = await temporaryDirectory()
  const store = await open(directory)
  await store.put('intake/a', [Buffer.from('one')])
  await store.put('intake/b', [Buffer.from('two')])
  await store.put('intake/c', [large])
  await store.put('segments/d', [Buffer.from('three')])
  await store.compose('intake/e', pieces('four'))
  expect(await readdir(join(directory, 'packs'))).toEqual([firstPack])
  expect((await readdir(join(directory, 'objects', 'intake+'))).sort()).toEqual(['c', 'e'])
  expect(await readdir(join(directory, 'objects', 'segments+'))).toEqual(['d'])
  expect(await everything(store)).toEqual(await everything(await reopened(store, directory)))
})

const anyKey = fc.integer({ min: 0, max: 7 }).map((index) => `intake/${index}`)
const anyStep = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom('put', 'put if absent', 'compose'), anyKey, fc.nat(40)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('delete'), anyKey, fc.constant(0)) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('open again', 'list'), anyKey, fc.nat(9)) },
)

test.each([1, 2, 32])(
  'whatever is put, deleted and opened again, it is as in memory (%i packs open)',
  async (packsOpen) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 30 }), async (steps) => {
        const directory = await mkdtemp(join(tmpdir(), 'gregor-packs-'))
        const options = { packBytes: 120, packsOpen }
        let store = await openPackedObjectStore({
          directory,
          durability: 'process',
          packedPrefix: 'intake/',
          ...options,
        })
        const model = new MemoryObjectStore()
        for (const [index, [kind, key, number]] of steps.entries()) {
          if (kind === 'open again') {
            store.close()
            store = await openPackedObjectStore({
              directory,
              durability: 'process',
              packedPrefix: 'intake/',
              ...options,
            })
          } else {
            const bytes = Buffer.alloc(number, index)
            expect(await perform(store, kind, key, bytes)).toEqual(await perform(model, kind, key, bytes))
          }
          expect(await everything(store)).toEqual(await everything(model))
        }
        await store.delete(Array.from({ length: 8 }, (_, index) => `intake/${index}`))
        store.close()
        const empty = await openPackedObjectStore({ directory, durability: 'process', packedPrefix: 'intake/' })
        expect(await everything(empty)).toEqual([])
        empty.close()
        rmSync(directory, { recursive: true })
      }),
      { numRuns: 60 },
    )
  },
)

test('a pack that ends anywhere has the objects that are whole, and those that come after it', async () => {
  const directory = await temporaryDirectory()
  const written = await open(directory)
  const ends: number[] = []
  const path = join(directory, 'packs', firstPack)
  for (const key of ['intake/a', 'intake/b', 'intake/c']) {
    await written.put(key, [Buffer.from(`the bytes of ${key}`)])
    ends.push(readFileSync(path).length)
  }
  written.close()
  const whole = readFileSync(path)
  for (let length = 0; length <= whole.length; length++) {
    rmSync(join(directory, 'packs'), { recursive: true })
    let store = await open(directory)
    store.close()
    writeFileSync(path, whole.subarray(0, length))
    store = await open(directory)
    const keys = ['intake/a', 'intake/b', 'intake/c'].slice(0, ends.filter((end) => end <= length).length)
    expect((await everything(store)).map(([key]) => key)).toEqual(keys)
    await store.put('intake/d', [Buffer.from('later')])
    expect((await everything(await reopened(store, directory))).map(([key]) => key)).toEqual([...keys, 'intake/d'])
  }
})

test('no changed byte of a pack, its index or its list of the dead makes other bytes of an object', async () => {
  const directory = await temporaryDirectory()
  const packs = join(directory, 'packs')
  const first = await open(directory)
  for (const key of ['intake/a', 'intake/b', 'intake/c']) await first.put(key, [Buffer.from(`the bytes of ${key}`)])
  await first.delete(['intake/a'])
  const second = await reopened(first, directory)
  const expected = new Map(await everything(second))
  second.close()
  for (const name of await readdir(packs)) {
    const whole = readFileSync(join(packs, name))
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole)
      changed.writeUInt8(whole.readUInt8(at) ^ 0x41, at)
      writeFileSync(join(packs, name), changed)
      // An index is trusted once it is whole: what changes below it is not a crash's doing.
      const index = join(packs, '0000000001.index')
      const before = readFileSync(index)
      if (name.endsWith('.pack')) rmSync(index)
      const store = await open(directory)
      for (const [key, bytes] of await everything(store)) {
        if (key !== 'intake/a') expect(bytes).toEqual(expected.get(key))
      }
      store.close()
      writeFileSync(index, before)
    }
    writeFileSync(join(packs, name), whole)
  }
})

test('checksums that the caller knows are those that an object is found again by', async () => {
  const directory = await temporaryDirectory()
  const store = await open(directory)
  const chunks = ['some', 'bytes in', 'four', ''].map((text) => Buffer.from(text))
  const known = chunks.map((chunk) => crc32c(chunk))
  await store.put('intake/all', chunks, { checks: known })
  await store.put('intake/some', chunks, { checks: [known[0], undefined, known[2]] })
  await store.put('intake/wrong', chunks, { checks: [known[0], known[2], known[1]] })
  await store.put('intake/none', chunks)
  // Not closed in peace: the next open reads the pack itself.
  const keys = (await everything(await reopened(store, directory))).map(([key]) => key)
  expect(keys).toEqual(['intake/all', 'intake/none', 'intake/some'])
})

test('records of the format before are found too, as they were checked then', async () => {
  const directory = await temporaryDirectory()
  const store = await open(directory)
  await store.put('intake/a', [Buffer.from('right')])
  await store.put('intake/b', [Buffer.from('spoilt')])
  store.close()
  const path = join(directory, 'packs', firstPack)
  const pack = readFileSync(path)
  const recordBytes = 24 + 'intake/a'.length + 'right'.length
  for (const [at, check] of [
    [0, crc32('right')],
    [recordBytes, crc32('other')],
  ] as const) {
    const head = pack.subarray(at, at + 24 + 'intake/a'.length)
    head.write('GPK1', 'latin1')
    head.writeUInt32LE(check, 16)
    head.writeUInt32LE(crc32(head.subarray(24), crc32(head.subarray(0, 20), 1)), 20)
  }
  writeFileSync(path, pack)
  rmSync(path.replace('.pack', '.index'), { force: true })
  expect(await everything(await open(directory))).toEqual([['intake/a', Buffer.from('right')]])
})

test('a pack goes with the last of its objects, and what lies beside it', async () => {
  const directory = await temporaryDirectory()
  const store = await open(directory, { packBytes: 50 })
  for (const key of ['a', 'b', 'c', 'd', 'e']) await store.put(`intake/${key}`, [Buffer.alloc(20)])
  await store.delete(['intake/a'])
  const packs = async () => (await readdir(join(directory, 'packs'))).filter((name) => name.endsWith('.pack'))
  expect(await packs()).toHaveLength(5 - 1)
  await store.delete(['intake/b', 'intake/c', 'intake/d', 'intake/none'])
  expect(await packs()).toEqual(['0000000005.pack'])
  const again = await reopened(store, directory)
  expect((await again.list('')).objects).toEqual([{ key: 'intake/e', size: 20 }])
  await again.delete(['intake/e'])
  await new Promise((resolve) => setImmediate(resolve))
  expect(await readdir(join(directory, 'packs'))).toEqual([])
})

test('what is deleted stays deleted when the folder is opened again', async () => {
  const directory = await temporaryDirectory()
  const store = await open(directory)
  for (const key of ['a', 'b', 'c']) await store.put(`intake/${key}`, [Buffer.from(key)])
  await store.put('intake/b', [Buffer.from('b again')])
  await store.delete(['intake/a'])
  const again = await reopened(store, directory)
  await again.delete(['intake/b'])
  const last = await reopened(again, directory)
  expect((await last.list('')).objects.map(({ key }) => key)).toEqual(['intake/c'])
})

test('a folder of files goes on: they are read, found taken, and deleted', async () => {
  const directory = await temporaryDirectory()
  const files = await openFilesystemObjectStore({ directory, durability: 'process' })
  for (const key of ['intake/0190a1b2c3d4e5f6a7b8c9', 'intake/b', 'segments/c'])
    await files.put(key, [Buffer.from(key)])
  const store = await open(directory)
  expect(await everything(store)).toEqual(await everything(files))
  expect(await store.put('intake/b', [], { ifAbsent: true })).toBe('exists')
  await store.put('intake/b', [Buffer.from('new')])
  await store.put('intake/a', [Buffer.from('packed')])
  expect((await store.list('intake/', { limit: 2 })).more).toBe(true)
  expect(Buffer.from((await store.get('intake/b')) ?? [])).toEqual(Buffer.from('new'))
  await store.delete(['intake/0190a1b2c3d4e5f6a7b8c9', 'intake/b'])
  expect((await store.list('')).objects.map(({ key }) => key)).toEqual(['intake/a', 'segments/c'])
})

test('of a small and a large put of one absent key exactly one is told done, and its bytes are there', async () => {
  const store = await open(await temporaryDirectory())
  for (let index = 0; index < 20; index++) {
    const key = `intake/${index}`
    const small = Buffer.from('small')
    const put = (bytes: Buffer) => store.put(key, [bytes], { ifAbsent: true })
    const both = index % 2 === 0 ? [put(small), put(large)] : [put(large), put(small)].reverse()
    const answers = await Promise.all(both)
    expect([...answers].sort()).toEqual(['done', 'exists'])
    expect((await store.get(key))?.length).toBe(answers[0] === 'done' ? small.length : large.length)
  }
})

test('many puts and reads at once, over many packs, all find their bytes', async () => {
  const directory = await temporaryDirectory()
  const store = await open(directory, { packBytes: 300_000, packsOpen: 2, durability: 'power' })
  const keys = Array.from({ length: 60 }, (_, index) => `intake/${index}`)
  const put = (key: string) => store.put(key, [contentOf(key, 'one')])
  await Promise.all(keys.map((key) => put(key).then(() => expectContent(store, key))))
  const again = await reopened(store, directory)
  await Promise.all(keys.map((key) => expectContent(again, key)))
})

test.each(['power', 'process'] as const)(
  'after kill -9 (%s) each acknowledged object is there, and none is there in part',
  async (durability) => {
    for (const acknowledgedMin of [1, 7, 40, 130]) {
      const directory = await temporaryDirectory()
      const writer = resolve(import.meta.dirname, 'object-files-writer.ts')
      const acknowledged: string[] = []
      const child = spawn(process.execPath, [writer, directory, durability, 'one', '100000', 'true', 'packed'])
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged.push(line.split(' ')[1] ?? '')
        if (acknowledged.length === acknowledgedMin) child.kill('SIGKILL')
      }
      if (child.signalCode === null) await once(child, 'exit')
      expect(child.signalCode).toBe('SIGKILL')
      const store = await open(directory, { durability })
      const keys = (await store.list('')).objects.map(({ key }) => key)
      for (const key of keys) await expectContent(store, key)
      expect(keys).toEqual(expect.arrayContaining(acknowledged))
    }
  },
  30_000,
)

test('a full disk refuses puts, damages nothing, and deletions make room again', async ({ skip }) => {
  const directory = await smallDisk(skip)
  const store = await open(directory, { packBytes: 250_000, durability: 'power' })
  const bytes = Buffer.alloc(90_000, 7)
  const stored: string[] = []
  for (let index = 10; index < 99; index++) {
    const refused = await store.put(`intake/${index}`, [bytes]).catch((fault: unknown) => fault)
    if (refused !== 'done') {
      expect(refused).toMatchObject({ name: 'StoreUnavailable', cause: { code: 'ENOSPC' } })
      break
    }
    stored.push(`intake/${index}`)
  }
  expect(stored.length).toBeGreaterThan(8)
  expect((await store.list('')).objects.map(({ key }) => key)).toEqual(stored)
  await store.put('intake/small', [Buffer.from('x')]).catch(() => undefined)
  await store.delete(['intake/small'])
  const again = await reopened(store, directory)
  expect((await everything(again)).map(([key, found]) => [key, bytes.equals(found ?? Buffer.of())])).toEqual(
    stored.map((key) => [key, true]),
  )
  fillUp(join(directory, 'filler'))
  for (const key of stored.slice(0, 4)) await again.delete([key])
  expect(await again.put('intake/later', [bytes])).toBe('done')
  expect((await everything(await reopened(again, directory))).length).toBe(stored.length - 3)
})

test('what a removed pack left beside it is no trace of the pack that takes its number', async () => {
  const directory = await temporaryDirectory()
  const store = await open(directory)
  await store.put('intake/a', [Buffer.from('one')])
  await store.delete(['intake/a'])
  store.close()
  rmSync(join(directory, 'packs', firstPack))
  const again = await open(directory)
  await again.put('intake/a', [Buffer.from('two')])
  expect(await everything(await reopened(again, directory))).toEqual([['intake/a', Buffer.from('two')]])
})

async function open(directory: string, options: Partial<PackedObjectStoreOptions> = {}): Promise<PackedObjectStore> {
  const store = await openPackedObjectStore({ directory, durability: 'process', packedPrefix: 'intake/', ...options })
  onTestFinished(() => store.close())
  return store
}

async function reopened(store: PackedObjectStore, directory: string): Promise<PackedObjectStore> {
  store.close()
  return open(directory)
}

async function perform(store: ObjectStore, kind: string, key: string, bytes: Buffer): Promise<unknown> {
  if (kind === 'delete') return store.delete([key])
  if (kind === 'list') return store.list('intake/', { startAfter: key, limit: 1 + bytes.length })
  if (kind === 'compose') return store.compose(key, pieces(bytes))
  return store.put(key, [bytes], { ifAbsent: kind === 'put if absent' })
}

async function everything(store: ObjectStore): Promise<[string, Buffer | undefined][]> {
  const { objects } = await store.list('')
  return Promise.all(
    objects.map(async ({ key, size }): Promise<[string, Buffer | undefined]> => {
      const bytes = await store.get(key)
      expect(bytes?.length).toBe(size)
      return [key, bytes && Buffer.from(bytes)]
    }),
  )
}

async function expectContent(store: ObjectStore, key: string): Promise<void> {
  expect(Buffer.compare((await store.get(key)) ?? Buffer.of(), contentOf(key, 'one')), key).toBe(0)
}

async function* pieces(bytes: string | Buffer): AsyncGenerator<Uint8Array> {
  yield Buffer.from(bytes)
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'gregor-packs-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** Takes what room the disk has left. */
function fillUp(path: string): void {
  for (let pieces = 1; pieces <= 256; pieces++) {
    try {
      appendFileSync(path, Buffer.alloc(4_096))
    } catch {
      return
    }
  }
}

/** A file system of 1 MB, where the one who runs the tests may mount one. */
async function smallDisk(skip: (reason: string) => void): Promise<string> {
  const directory = await temporaryDirectory()
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory], { encoding: 'utf8' })
  if (mounted.status !== 0) skip(`a disk of 1 MB cannot be mounted here: ${mounted.stderr ?? mounted.error?.message}`)
  onTestFinished(() => {
    execFileSync('umount', [directory])
  })
  return directory
}
