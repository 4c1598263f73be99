/** Where a local cluster may not start, and what it says. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GregorClient } from '../../lib/client/client.ts'
import { type LocalCluster, startLocal } from '../../lib/local/start-local.ts'

let folder: string
const open: LocalCluster[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gregor-local-'))
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((cluster) => cluster.close()))
  rmSync(folder, { recursive: true })
})

async function start(data: string): Promise<LocalCluster> {
  const cluster = await startLocal({ data: { folder: data, durability: 'process' }, httpPort: 0, kafkaPort: 0 })
  open.push(cluster)
  return cluster
}

describe('a local cluster does not start', () => {
  test('on data of a newer version, and changes nothing there', async () => {
    writeFileSync(join(folder, 'format.json'), '{"format":99}')
    await expect(start(folder)).rejects.toMatchObject({ reason: 'newer-format' })
    expect(readdirSync(folder)).toEqual(['format.json'])
  })

  test('in a folder of something else', async () => {
    writeFileSync(join(folder, 'thesis.txt'), 'precious')
    await expect(start(folder)).rejects.toMatchObject({ reason: 'not-a-data-folder' })
    expect(readdirSync(folder)).toEqual(['thesis.txt'])
  })

  test.each(['', '{', '[]', '{"format":"1"}', '{"format":0}'])('where the format cannot be read: %j', async (text) => {
    writeFileSync(join(folder, 'format.json'), text)
    await expect(start(folder)).rejects.toMatchObject({ reason: 'not-a-data-folder' })
  })

  test('where the order of the records is gone: their bytes are not taken for garbage', async () => {
    const cluster = await start(folder)
    const client = new GregorClient({ url: cluster.http })
    await client.topics.create('orders', { partitions: 1 })
    await client.produce('orders', [{ value: 'x'.repeat(500_000) }])
    await cluster.close()
    for (const name of readdirSync(folder)) if (name.startsWith('meta.sqlite')) rmSync(join(folder, name))
    const left = readdirSync(folder, { recursive: true }).toSorted()
    await expect(start(folder)).rejects.toMatchObject({ reason: 'data-incomplete' })
    expect(readdirSync(folder, { recursive: true }).toSorted()).toEqual(left)
  })

  test('where a file lies in place of the folder', async () => {
    writeFileSync(join(folder, 'file'), '')
    const refusal = { reason: 'data-unusable', message: expect.stringContaining('it is a file, or lies below one') }
    await expect(start(join(folder, 'file'))).rejects.toMatchObject(refusal)
    await expect(start(join(folder, 'file', 'below'))).rejects.toMatchObject(refusal)
  })

  test.skipIf(process.platform !== 'linux')('where no folder can be made, and does not try for ever', async () => {
    await expect(start('/proc/gregor/data')).rejects.toMatchObject({ reason: 'data-unusable' })
  })

  test('in a folder that may not be written to', async () => {
    const root = process.getuid?.() === 0
    // Permissions do not stop root; the kernel's own file system does.
    const closed = root ? '/sys/gregor' : join(folder, 'closed', 'data')
    if (!root) mkdirSync(join(folder, 'closed'), { mode: 0o500 })
    await expect(start(closed)).rejects.toMatchObject({ reason: 'data-unusable' })
    if (!root) chmodSync(join(folder, 'closed'), 0o700)
  })

  test('on a database that is damaged', async () => {
    writeFileSync(join(folder, 'format.json'), '{"format":1}')
    writeFileSync(join(folder, 'meta.sqlite'), 'this is not a database'.repeat(500))
    await expect(start(folder)).rejects.toMatchObject({
      reason: 'data-unusable',
      message: expect.stringContaining('not a database'),
    })
  })

  test('on an address that this machine does not have', async () => {
    await expect(startLocal({ data: 'memory', httpPort: 0, kafkaPort: 0, host: '192.0.2.1' })).rejects.toMatchObject({
      reason: 'address-unusable',
    })
  })

  test('on data that is open already, and leaves the other alone', async () => {
    const first = await start(folder)
    await expect(start(folder)).rejects.toMatchObject({ reason: 'data-in-use' })
    expect((await fetch(`${first.http}/healthz`)).status).toBe(200)
  })
})

describe('a local cluster', () => {
  test('goes on where a start was killed before it had written its format', async () => {
    writeFileSync(join(folder, 'format.json.new'), '{"for')
    await start(folder)
    expect(readFileSync(join(folder, 'format.json'), 'utf8')).toBe('{"format":3}\n')
  })

  test('goes on in the folder of an older version, which then refuses it', async () => {
    const first = await startLocal({ data: { folder }, httpPort: 0, kafkaPort: 0 })
    await new GregorClient({ url: first.http }).topics.create('orders')
    await first.close()
    rmSync(join(folder, 'packs'), { recursive: true })
    writeFileSync(join(folder, 'format.json'), '{"format":1}\n')
    const second = await start(folder)
    expect((await new GregorClient({ url: second.http }).topics.list()).map(({ name }) => name)).toEqual(['orders'])
    expect(readFileSync(join(folder, 'format.json'), 'utf8')).toBe('{"format":3}\n')
  })

  test('keeps what was produced beyond an inline flush, in a pack, over a restart', async () => {
    const first = await startLocal({ data: { folder }, httpPort: 0, kafkaPort: 0 })
    const client = new GregorClient({ url: first.http })
    await client.topics.create('orders', { partitions: 1 })
    const value = randomBytes(30_000).toString('hex')
    await client.produce('orders', [{ value }])
    await first.close()
    expect(readdirSync(join(folder, 'packs'))).toContain('0000000001.pack')
    const { http } = await start(folder)
    for await (const record of new GregorClient({ url: http }).read('orders', 0)) {
      expect(Buffer.from(record.value ?? '').toString()).toBe(value)
      break
    }
    expect.assertions(2)
  })

  test('can be closed and opened again in one process', async () => {
    const first = await startLocal({ data: { folder }, httpPort: 0, kafkaPort: 0 })
    await new GregorClient({ url: first.http }).topics.create('orders')
    await first.close()
    const second = await start(folder)
    expect((await new GregorClient({ url: second.http }).topics.list()).map(({ name }) => name)).toEqual(['orders'])
  })
})

test('what was taken without a promise (acks 0) is stored all the same when it is closed', async () => {
  const first = await startLocal({ data: { folder }, httpPort: 0, kafkaPort: 0 })
  const client = new GregorClient({ url: first.http })
  await client.topics.create('orders')
  await client.produce(
    'orders',
    Array.from({ length: 500 }, (_, index) => ({ value: `${index}` })),
    { acks: 0 },
  )
  await first.close()
  const second = await start(folder)
  expect(await offsets(new GregorClient({ url: second.http }))).toHaveLength(500)
})

const mayMount = process.platform === 'linux' && process.getuid?.() === 0

describe.skipIf(!mayMount)('on a read-only file system (needs root, to mount one)', () => {
  test.each(['empty', 'used'])('a start is refused in words: %s', async (state) => {
    const data = join(folder, 'data')
    mkdirSync(data)
    if (state === 'used') await (await startLocal({ data: { folder: data }, httpPort: 0, kafkaPort: 0 })).close()
    execFileSync('mount', ['--bind', data, data])
    try {
      execFileSync('mount', ['-o', 'remount,ro,bind', data])
      const refusal = { reason: 'data-unusable', message: expect.stringContaining('its file system is read-only') }
      await expect(start(data)).rejects.toMatchObject(refusal)
      await expect(start(join(data, 'below'))).rejects.toMatchObject(refusal)
    } finally {
      execFileSync('umount', ['-l', data])
    }
  })
})

describe.skipIf(!mayMount)('on a disk that fills up (needs root, to mount a small one)', () => {
  test('produce is refused, what was acknowledged stays readable, and room makes it go on', async () => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk])
    try {
      const cluster = await startLocal({ data: { folder: join(disk, 'data') }, httpPort: 0, kafkaPort: 0 })
      const client = new GregorClient({ url: cluster.http, retry: { attemptsMax: 1 } })
      await client.topics.create('orders')
      writeFileSync(join(disk, 'ballast'), Buffer.alloc(10 * 1024 * 1024))
      const acknowledged = await fill(client)
      expect(acknowledged).toBeGreaterThan(0)
      expect(await offsets(client)).toEqual([...Array(acknowledged).keys()])
      rmSync(join(disk, 'ballast'))
      expect(await client.produce('orders', [{ value: 'again' }])).toMatchObject([{ outcome: 'produced' }])
      await cluster.close()
    } finally {
      execFileSync('umount', ['-l', disk])
    }
  })
})

/** Produces until it is refused; answers how many records were acknowledged. */
async function fill(client: GregorClient): Promise<number> {
  for (let count = 0; count < 200; count++) {
    const results = await client.produce('orders', [{ value: 'x'.repeat(500_000) }]).catch(() => undefined)
    if (results?.[0]?.outcome !== 'produced') return count
  }
  throw new Error('the disk did not fill up')
}

async function offsets(client: GregorClient): Promise<number[]> {
  const found: number[] = []
  for await (const record of client.consume('orders')) found.push(record.offset)
  return found
}
