import { expect, test } from 'vitest'
import { systemEntropy } from '../../lib/base/system.ts'
import { randomUuid } from '../../lib/cluster/topic-ids.ts'

test('a thousand ids are different UUIDs, none of which looks like an option of a command', () => {
  const ids = Array.from({ length: 1_000 }, () => randomUuid(systemEntropy))
  expect(new Set(ids).size).toBe(1_000)
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/)
})

test('a draw that begins with a hyphen is drawn again', () => {
  let draws = 0
  const bytes = (length: number) => new Uint8Array(length).fill(draws++ === 0 ? 0xf8 : 1)
  const id = randomUuid({ bytes, fraction: () => 0 })
  expect(draws).toBe(2)
  expect(id.startsWith('-')).toBe(false)
})

test('a source of randomness that repeats itself is a bug, not an endless loop', () => {
  const stuck = { bytes: (length: number) => new Uint8Array(length).fill(0xf8), fraction: () => 0 }
  expect(() => randomUuid(stuck)).toThrow('randomness')
})
