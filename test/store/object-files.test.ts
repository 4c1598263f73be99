import { execFileSync, spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openFilesystemObjectStore } from '../../lib/store/adapters/filesystem/object-store.ts'
import { StoreUnavailable } from '../../lib/store/errors.ts'

const isRoot = process.getuid?.() === 0
/** Belongs to no process: the kernel counts to 4,194,304 at most. */
const deadPid = 4_194_305

test('an object lies under its own name, in folders that no key can be', async () => {
  const directory = await temporaryDirectory()
  const store = await openFilesystemObjectStore({ directory })
  await store.put('segments/abc/7/00000000000000000042-ff', [Buffer.from('bytes')])
  await store.put('intake/0190a1b2c3d4e5f6a7b8c9', [])
  expect((await readdir(join(directory, 'objects'), { recursive: true })).sort()).toEqual([
    'intake+',
    'intake+/0190a1b2@',
    'intake+/0190a1b2@/0190a1b2c3d4e5f6a7b8c9',
    'segments+',
    'segments+/abc+',
    'segments+/abc+/7+',
    'segments+/abc+/7+/00000000000000000042-ff',
  ])
  expect(await readFile(join(directory, 'objects/segments+/abc+/7+/00000000000000000042-ff'), 'utf8')).toBe('bytes')
  expect(await readdir(join(directory, 'temporary'))).toEqual([])
})

test('a deletion takes the folders with it that it leaves empty', async () => {
  const directory = await temporaryDirectory()
  const store = await openFilesystemObjectStore({ directory, durability: 'process' })
  await store.put('a/b/c/1', [])
  await store.put('a/2', [])
  await store.delete(['a/b/c/1'])
  expect(await readdir(join(directory, 'objects/a+'))).toEqual(['2'])
  await store.delete(['a/2'])
  expect(await readdir(join(directory, 'objects'))).toEqual([])
})

test('what others put into the folder is no object', async () => {
  const directory = await temporaryDirectory()
  const store = await openFilesystemObjectStore({ directory, durability: 'process' })
  await store.put('a/1', [])
  const objects = join(directory, 'objects')
  for (const name of ['.DS_Store', 'two words', '0190a1b2c3d4e5f6a7b8c9', '+', 'a+/x~']) {
    await writeFile(join(objects, name), 'x')
  }
  for (const name of ['lost+found', 'folder', '0190a1b2@', '0190a1b3@']) await mkdir(join(objects, name))
  await writeFile(join(objects, '0190a1b3@/0190a1b2c3d4e5f6a7b8c9'), 'x')
  expect((await store.list('')).objects).toEqual([{ key: 'a/1', size: 0 }])
})

test('a reader beside a writer sees one version or the other, whole', async () => {
  const store = await openFilesystemObjectStore({ directory: await temporaryDirectory(), durability: 'process' })
  const versions = [Buffer.alloc(700_000, 1), Buffer.alloc(900_000, 2)]
  await store.put('a', versions.slice(0, 1))
  let writing = true
  const write = async () => {
    for (let index = 0; index < 40; index++) await store.put('a', versions.slice(index % 2, (index % 2) + 1))
    writing = false
  }
  const read = async () => {
    for (let reads = 0; writing || reads === 0; reads++) {
      const bytes = (await store.get('a')) ?? Buffer.of()
      expect(versions.some((version) => version.equals(bytes))).toBe(true)
    }
  }
  await Promise.all([write(), read(), read()])
})

test('a loop of small calls lets everything else have its turn', async () => {
  const store = await openFilesystemObjectStore({ directory: await temporaryDirectory(), durability: 'process' })
  await store.put('a', [])
  for (const call of [() => store.get('a'), () => store.put('a', []), () => store.compose('a', sixteen())]) {
    let turns = 0
    setImmediate(() => turns++)
    for (let index = 0; index < 20; index++) await call()
    expect(turns).toBe(1)
  }
})

test('the memory of a source may be used again as soon as the next chunk is asked for', async () => {
  const store = await openFilesystemObjectStore({ directory: await temporaryDirectory(), durability: 'process' })
  await store.compose('a', sixteen())
  expect(await store.get('a')).toEqual(new Uint8Array(16).map((_, index) => index))
})

test('the next open removes what a dead process left, and nothing of a living one', async () => {
  const directory = await temporaryDirectory()
  await openFilesystemObjectStore({ directory })
  const temporary = join(directory, 'temporary')
  const living = `${process.ppid}.00112233445566aa.0`
  const idle = `${process.ppid}.00112233445566aa.1`
  for (const name of [`${deadPid}.00112233445566aa.7`, living, idle, 'not-ours'])
    await writeFile(join(temporary, name), 'x')
  await utimes(join(temporary, idle), 1_000_000, 1_000_000)
  await openFilesystemObjectStore({ directory })
  expect((await readdir(temporary)).sort()).toEqual([living, 'not-ours'].sort())
})

test('a put whose folder is removed under it makes the folder again', async () => {
  const directory = await temporaryDirectory()
  const store = await openFilesystemObjectStore({ directory })
  await store.put('a/b/1', [])
  await rm(join(directory, 'objects', 'a+'), { recursive: true })
  expect(await store.put('a/b/2', [])).toBe('done')
  expect(await store.get('a/b/2')).toHaveLength(0)
})

test('a folder that cannot be made is said with its name', async () => {
  const file = join(await temporaryDirectory(), 'file')
  await writeFile(file, '')
  const opening = openFilesystemObjectStore({ directory: join(file, 'data') })
  await expect(opening).rejects.toThrow(StoreUnavailable)
  await expect(opening).rejects.toThrow(/file\/data/)
})

test.skipIf(isRoot)('a folder without the right to write refuses puts and still answers reads', async () => {
  const directory = await temporaryDirectory()
  const store = await openFilesystemObjectStore({ directory })
  await store.put('a', [Buffer.from('bytes')])
  await chmod(join(directory, 'temporary'), 0o500)
  onTestFinished(() => chmod(join(directory, 'temporary'), 0o700))
  await expect(store.put('b', [])).rejects.toThrow(StoreUnavailable)
  expect(await store.get('a')).toHaveLength(5)
})

test('a full disk refuses puts, leaves nothing half, and takes them again when there is room', async ({ skip }) => {
  const directory = await smallDisk(skip)
  const store = await openFilesystemObjectStore({ directory })
  const piece = Buffer.alloc(100_000, 7)
  const large = [piece, piece, piece, piece]
  await store.put('small', [piece])
  for (const attempt of [
    () => store.put('large', [...large, ...large, ...large]),
    () => store.put('large', [...large, ...large, ...large], { ifAbsent: true }),
    () => store.compose('large', endless(piece)),
  ]) {
    await expect(attempt()).rejects.toMatchObject({ name: 'StoreUnavailable', cause: { code: 'ENOSPC' } })
    expect((await store.list('')).objects).toEqual([{ key: 'small', size: piece.length }])
    expect(await readdir(join(directory, 'temporary'))).toEqual([])
  }
  expect(await store.put('large', large)).toBe('done')
  expect(await store.get('small')).toEqual(new Uint8Array(piece))
})

test('a file system that turns read-only refuses puts and deletions, and still answers reads', async ({ skip }) => {
  const directory = await smallDisk(skip)
  const store = await openFilesystemObjectStore({ directory })
  await store.put('a', [Buffer.from('bytes')])
  execFileSync('mount', ['-o', 'remount,ro', directory])
  await expect(store.put('b', [])).rejects.toMatchObject({ name: 'StoreUnavailable', cause: { code: 'EROFS' } })
  await expect(store.delete(['a'])).rejects.toThrow(StoreUnavailable)
  expect(await store.get('a')).toHaveLength(5)
  await openFilesystemObjectStore({ directory })
})

test.skipIf(process.platform === 'win32')(
  'a process without a free file handle refuses puts, and goes on later',
  async () => {
    const directory = await temporaryDirectory()
    const store = resolve(import.meta.dirname, '../../lib/store/adapters/filesystem/object-store.ts')
    const script = `
    const { closeSync, openSync } = await import('node:fs')
    const { openFilesystemObjectStore } = await import(${JSON.stringify(store)})
    const store = await openFilesystemObjectStore({ directory: ${JSON.stringify(directory)}, durability: 'process' })
    const files = []
    try { for (;;) files.push(openSync('/dev/null')) } catch {}
    const first = await store.put('a', []).catch((error) => error.name + ' ' + error.cause.code)
    for (const file of files) closeSync(file)
    console.log(first, await store.put('a', []))`
    const command = `ulimit -n 256 && exec "$0" --input-type=module-typescript --eval "$1"`
    const { stdout, stderr } = spawnSync('sh', ['-c', command, process.execPath, script], { encoding: 'utf8' })
    expect(stdout.trim(), stderr).toBe('StoreUnavailable EMFILE done')
  },
)

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'gregor-objects-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
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

/** The bytes 0 to 15, one at a time and all in the same memory. */
async function* sixteen(): AsyncGenerator<Uint8Array> {
  const piece = Buffer.of(0)
  for (let index = 0; index < 16; index++) {
    piece[0] = index
    yield piece
  }
}

async function* endless(piece: Uint8Array): AsyncGenerator<Uint8Array> {
  for (;;) yield piece
}
