import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { monthlyBill } from '../../lib/cost/bill.ts'
import { flowOf } from '../../lib/cost/calls.ts'
import { loadDefaults } from '../../lib/cost/load.ts'
import { gregor } from '../cli/scripted-terminal.ts'
import { billOf, costDocument, wanted } from './cost-document.ts'
import { others } from './others.ts'

test('docs/cost.md says what the model says', () => {
  const path = resolve(import.meta.dirname, '../../docs/cost.md')
  // A change of the model is carried over by: UPDATE_DOCS=1 npx vitest run --project unit test/cost
  if (process.env.UPDATE_DOCS === '1') writeFileSync(path, costDocument())
  expect(readFileSync(path, 'utf8')).toBe(costDocument())
})

test.each(wanted.filter(({ messagesPerSecond }) => messagesPerSecond > 0))(
  '$name costs at most what is wanted',
  (each) => {
    expect(billOf(each, each.ways[0]).dollars).toBeLessThanOrEqual(each.dollarsMax)
  },
)

test('others cost what they were given as', () => {
  const all = [0, 1_000, 100_000, 10_000_000].map((bytes) => others.map(({ dollars }) => Math.round(dollars(bytes))))
  expect(all).toEqual([
    [554, 100, 29, 500],
    [555, 100, 30, 500],
    [600, 118, 66, 503],
    [5_101, 2_261, 3_701, 801],
  ])
})

describe('a bill', () => {
  test('is the sum of its lines, and each line is a quantity times a price', () => {
    const { lines, parts, dollars } = monthlyBill({ ...loadDefaults, messagesPerSecond: 50 })
    for (const line of lines) expect(line.dollars).toBeCloseTo((line.quantity / line.per) * line.price, 10)
    expect(lines.reduce((sum, line) => sum + line.dollars, 0)).toBeCloseTo(dollars, 8)
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBeCloseTo(dollars, 8)
  })

  test('grows with the messages, the consumers and the partitions, and shrinks as more gather', () => {
    const dollars = (load: object) => monthlyBill({ ...loadDefaults, messagesPerSecond: 20, ...load }).dollars
    expect(dollars({ messagesPerSecond: 40 })).toBeGreaterThan(dollars({}))
    expect(dollars({ consumers: 2 })).toBeGreaterThan(dollars({}))
    expect(dollars({ partitions: 2 })).toBeGreaterThan(dollars({}))
    expect(dollars({ lingerMs: 1_000 })).toBeLessThan(dollars({}))
    expect(dollars({ retentionDays: 30 })).toBeGreaterThan(dollars({}))
  })

  test('has what was sent in its flushes, neither more nor less', () => {
    const load = { ...loadDefaults, messagesPerSecond: 100, partitions: 7, lingerMs: 40, producers: 3 }
    const { pointers, batchBytes, bytes } = flowOf(load)
    expect(bytes).toBeCloseTo(100 * 1_009 + pointers * 61, 6)
    expect(pointers * batchBytes).toBeCloseTo(bytes, 6)
  })
})

describe('gregor cost', () => {
  test('shows each line, and JSON with the same sum', async () => {
    const words = ['cost', '--messages-per-second', '1']
    const { code, out } = await gregor(words)
    expect(code).toBe(0)
    expect(out).toMatch(/produce +2,628,000 +HTTP API calls +\$1 a million +\$2\.63/)
    const { dollars, lines } = JSON.parse((await gregor([...words, '--output', 'json'])).out)
    expect(out).toContain(`$${dollars.toFixed(2)} a month`)
    expect(lines[0]).toMatchObject({ part: 'produce', what: 'httpApiCall', price: 1, per: 1_000_000 })
  })

  test.each([
    [['cost'], '--messages-per-second'],
    [['cost', '--messages-per-second', '-1'], 'from 0'],
    [['cost', '--messages-per-second', '1', '--poll', 'sometimes'], 'long, or seconds'],
    [['cost', '--messages-per-second', '1', '--via', 'pigeon'], 'functions, gateway'],
    [['cost', '--messages-per-second', '1', '--region', 'mars-1'], 'us-east-1'],
    [['cost', '--messages-per-second', '1', '--retention-days', 'x'], '0.5 is twelve hours'],
  ])('%j is explained', async (words, said) => {
    const { code, err } = await gregor(words)
    expect(err).toContain(said)
    expect(code).toBe(2)
  })
})
