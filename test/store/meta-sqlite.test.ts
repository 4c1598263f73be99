import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import type { Durability } from '../../lib/store/adapters/sqlite/database.ts'
import { openSqliteMetaStore } from '../../lib/store/adapters/sqlite/meta-store.ts'
import { StoreLocked, StoreUnavailable } from '../../lib/store/errors.ts'
import { append, headKey, inlineBytes, inlineKey } from './meta-sqlite-writer.ts'

const writer = resolve(import.meta.dirname, 'meta-sqlite-writer.ts')
const mebibyte = 1024 * 1024

test.each([
  ['power', 30],
  ['process', 30],
  ['process', 900],
] as const)(
  'after kill -9 (%s, %i acknowledged) each acknowledged append is there, whole, and nothing that was not written',
  async (durability, acknowledgedMin) => {
    const path = await temporaryFile()
    const child = spawn(process.execPath, [writer, path, durability, '100000'])
    const acknowledged: number[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      if (line !== 'open') acknowledged.push(Number(line))
      if (acknowledged.length === acknowledgedMin) child.kill('SIGKILL')
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(acknowledgedMin)

    const store = open(path, durability)
    const next = (await store.get(headKey))?.n as number
    // One append may have been answered without its line having come out.
    expect(next - acknowledged.length).toBeGreaterThanOrEqual(0)
    expect(next - acknowledged.length).toBeLessThanOrEqual(1)
    expect(await store.get(headKey)).toEqual({ ...headKey, n: next, last: next - 1 })
    for (let offset = 0; offset < next; offset++) {
      expect(
        Buffer.compare((await store.get(inlineKey(offset)))?.d as Uint8Array, inlineBytes(offset)),
        `${offset}`,
      ).toBe(0)
    }
    await append(store, next)
    expect((await store.get(headKey))?.n).toBe(next + 1)
  },
)

test('a file that is open in another process is locked, until that process is killed', async () => {
  const path = await temporaryFile()
  const child = spawn(process.execPath, [writer, path, 'process', '100000'])
  await once(child.stdout, 'data')
  expect(() => open(path)).toThrow(StoreLocked)
  expect(() => open(path)).toThrow(/is open already, by this or another process/)
  child.stdout.resume()
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await open(path).get({ pk: 'nobody', sk: 'there' })).toBeUndefined()
})

test('a file that is open already in this process is locked, until it is closed', async () => {
  const path = await temporaryFile()
  const first = open(path)
  expect(() => openSqliteMetaStore({ path, durability: 'process' })).toThrow(StoreLocked)
  await first.put({ pk: 'a', sk: 'b' })
  first.close()
  expect(await open(path).get({ pk: 'a', sk: 'b' })).toEqual({ pk: 'a', sk: 'b' })
})

test('a full disk fails writes and only writes, and they did not happen', async () => {
  const path = await temporaryFile()
  const store = open(path, 'process', 8 * mebibyte)
  const key = (index: number) => ({ pk: 'p', sk: `inline#${index}` })
  let stored = 0
  const fill = async () => {
    for (; stored < 1_000; stored++) await store.put({ ...key(stored), d: new Uint8Array(100_000) })
  }
  await expect(fill()).rejects.toThrow(StoreUnavailable)
  expect(stored).toBeGreaterThan(60)
  expect(await store.get(key(stored))).toBeUndefined()
  expect((await store.get(key(stored - 1)))?.d).toHaveLength(100_000)
  await store.delete(key(0))
  expect(await store.put({ ...key(stored), d: new Uint8Array(90_000) })).toHaveProperty('done')
})

test.skipIf(process.platform === 'win32')('a write that the system cut short may have happened', async () => {
  const path = await temporaryFile()
  const limited = `trap '' XFSZ; ulimit -f 2048; exec "$0" "$@"`
  const child = spawn('bash', ['-c', limited, process.execPath, writer, path, 'process', '100000'])
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) lines.push(line)
  expect(lines.at(-1)).toBe('OutcomeUnknown: disk I/O error')
  const store = open(path)
  expect((await store.get(headKey))?.n).toBeGreaterThanOrEqual(Number(lines.at(-2)) + 1)
})

test('a file that cannot be opened, is none of ours, or comes from another version is unavailable', async () => {
  const path = await temporaryFile()
  expect(() => open(join(path, 'below', 'a', 'file.db'))).toThrow(StoreUnavailable)
  await writeFile(path, 'not a database, but longer than the header of one, which has a hundred bytes'.repeat(99))
  expect(() => open(path)).toThrow(/could not be done: file is not a database/)
  const newer = await temporaryFile()
  const database = new DatabaseSync(newer)
  database.exec('PRAGMA user_version = 99')
  database.close()
  expect(() => open(newer)).toThrow(/written by another version \(99\)/)
  // What failed to open is not held.
  expect(() => open(newer)).toThrow(StoreUnavailable)
})

test('a store that is closed answers nothing any more', async () => {
  const store = open(await temporaryFile())
  store.close()
  store.close()
  await expect(store.get(headKey)).rejects.toThrow(StoreUnavailable)
  await expect(store.put({ ...headKey })).rejects.toThrow(StoreUnavailable)
})

test('the log beside the file stays small however much is written', async () => {
  const path = await temporaryFile()
  const store = open(path)
  for (let index = 0; index < 400; index++) {
    await store.put({ pk: 'p', sk: `inline#${index % 10}`, d: new Uint8Array(200_000).fill(index) })
    // 16 MiB, and what is written while another thread makes it durable; SQLite itself would wait for 64.
    if (index % 20 === 0) expect((await stat(`${path}-wal`)).size).toBeLessThan(48 * mebibyte)
  }
  expect((await stat(path)).size).toBeLessThan(10 * mebibyte)
  store.close()
})

test('a close while the log is being made durable loses nothing, and gives the file up', async () => {
  const path = await temporaryFile()
  for (let round = 0; round < 3; round++) {
    const store = open(path)
    const puts = Array.from({ length: 100 }, (_, index) =>
      store.put({ pk: `${round}`, sk: `${index}`, d: new Uint8Array(200_000).fill(index) }),
    )
    // The writes of several turns: the log is full before the last of them.
    await Promise.all(puts.slice(0, 90))
    store.close()
    await Promise.all(puts)
  }
  const store = open(path)
  for (const round of ['0', '1', '2']) {
    expect((await store.get({ pk: round, sk: '99' }))?.d).toEqual(new Uint8Array(200_000).fill(99))
  }
  store.close()
  if (process.platform === 'linux') await expect.poll(() => openFiles(path)).toEqual([])
})

test('writes of one turn are one transaction: each judges what those before it wrote, and nobody reads it before the commit', async () => {
  const store = open(await temporaryFile())
  const key = { pk: 'p', sk: 'counter' }
  await store.put({ ...key, n: 0 })
  const add = (from: number) =>
    store.update(key, [{ set: ['n'], to: { path: ['n'], plus: 1 } }], [{ path: ['n'], is: '=', than: { value: from } }])
  const adding = [add(0), add(1), add(1), add(2)]
  expect(await store.get(key)).toEqual({ ...key, n: 0 })
  expect((await Promise.all(adding)).map((answer) => ('done' in answer ? answer.done?.n : 'refused'))).toEqual([
    1,
    2,
    'refused',
    3,
  ])
  expect(await store.get(key)).toEqual({ ...key, n: 3 })
})

test('of writes of one turn that do not all fit on the disk, each that fits is stored, and no other', async () => {
  const path = await temporaryFile()
  const store = open(path, 'process', 2 * mebibyte)
  const put = (index: number) =>
    store.put({ pk: 'p', sk: `${index}`, bytes: new Uint8Array(index % 2 === 0 ? 300_000 : 10) })
  const ends = await Promise.allSettled(Array.from({ length: 40 }, (_, index) => put(index)))
  const stored = ends.flatMap((end, index) => (end.status === 'fulfilled' ? [`${index}`] : []))
  expect(ends.filter((end) => end.status === 'rejected' && !(end.reason instanceof StoreUnavailable))).toEqual([])
  expect(stored.length).toBeGreaterThan(20)
  expect(stored.length).toBeLessThan(40)
  const isThere = async (index: number) => (await store.get({ pk: 'p', sk: `${index}` })) !== undefined
  const there = await Promise.all(ends.map((_, index) => isThere(index)))
  expect(there.flatMap((is, index) => (is ? [`${index}`] : []))).toEqual(stored)
})

test('what was asked for before a close is committed by it', async () => {
  const path = await temporaryFile()
  const store = open(path)
  const putting = [1, 2, 3].map((n) => store.put({ pk: 'p', sk: `${n}` }))
  store.close()
  await Promise.all(putting)
  expect(await open(path).query('p')).toMatchObject({ items: { length: 3 } })
})

/** The files of this process whose paths begin so. */
async function openFiles(path: string): Promise<string[]> {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  )
  return links.filter((link) => link.startsWith(path))
}

function open(path: string, durability: Durability = 'process', fileBytesMax?: number) {
  const store = openSqliteMetaStore({ path, durability, ...(fileBytesMax !== undefined && { fileBytesMax }) })
  onTestFinished(() => store.close())
  return store
}

async function temporaryFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'gregor-sqlite-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return join(directory, 'items.db')
}
