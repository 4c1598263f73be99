/** Memory is measured in a process of its own, at its highest: what is freed again afterwards counts as well. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compress } from '../../lib/records/codecs/compression.ts'
import type { Codec } from '../../lib/records/header.ts'

const MiB = 1024 * 1024
const bombBytes = 96 * MiB
const folder = mkdtempSync(join(tmpdir(), 'bombs-'))
const names = ['gzip', 'snappy', 'lz4', 'zstd'] as const

beforeAll(() => {
  const zeros = new Uint8Array(bombBytes)
  for (const codec of names) writeFileSync(join(folder, codec), compress(codec, zeros, 1))
  // An LZ4 frame of one block of 4 MiB whose match length goes on and on: 255 bytes for each byte.
  const endless = Buffer.alloc(7 + 4 + 1 + 1 + 2 + 300_000 + 1 + 4, 0xff)
  Buffer.from('04224d18607073', 'hex').copy(endless)
  endless.writeUInt32LE(endless.length - 15, 7)
  Buffer.from('1f000100', 'hex').copy(endless, 11)
  endless.writeUInt32LE(0, endless.length - 4)
  writeFileSync(join(folder, 'lz4-endless'), endless)
  // A raw snappy block that claims 4 GiB.
  writeFileSync(join(folder, 'snappy-claim'), Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0))
})

afterAll(() => rmSync(folder, { recursive: true }))

/** Decompresses a file in a fresh process under a limit of 1 MiB: what it threw, and by how much memory grew. */
function explode(file: string, codec: Codec): { flaw: string; grownBytes: number } {
  const script = `
    import { readFileSync } from 'node:fs'
    import { compress, decompress } from ${JSON.stringify(join(import.meta.dirname, '../../lib/records/codecs/compression.ts'))}
    const bytes = readFileSync(${JSON.stringify(join(folder, file))})
    decompress('${codec}', compress('${codec}', new Uint8Array(1000)), 1000)
    const before = process.resourceUsage().maxRSS
    let flaw = 'none'
    try { decompress('${codec}', bytes, ${MiB}) } catch (error) { flaw = error.flaw }
    console.log(JSON.stringify({ flaw, grownBytes: (process.resourceUsage().maxRSS - before) * 1024 }))`
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }))
}

describe('a decompression bomb', () => {
  test.each<[string, Codec, string]>([
    ['gzip', 'gzip', 'too-large'],
    ['snappy', 'snappy', 'too-large'],
    ['lz4', 'lz4', 'too-large'],
    ['zstd', 'zstd', 'too-large'],
    ['lz4-endless', 'lz4', 'invalid'],
    ['snappy-claim', 'snappy', 'invalid'],
  ])('of %s is refused without the memory that it asks for', (file, codec, flaw) => {
    const outcome = explode(file, codec)
    expect(outcome.flaw).toBe(flaw)
    expect(outcome.grownBytes).toBeLessThan(32 * MiB)
  })
})
