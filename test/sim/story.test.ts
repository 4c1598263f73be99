/** Stories are for people: what they leave out must not be what one looks for. */
import { expect, test } from 'vitest'
import { runWorld } from './run-world.ts'
import { fewest } from './shrink.ts'
import { type About, concise, Story } from './story.ts'

const clock = { now: () => 0, sleep: async () => {} }
const told = (lines: readonly (readonly [string, About?])[]) => {
  const story = new Story(clock, true)
  for (const [text, about] of lines) {
    if (text.startsWith('!')) story.violated(text.slice(1), about)
    else story.tell(() => text, about)
  }
  return concise(story.lines).map((line) => line.replace(/^ +0 ms {2}/, ''))
}

test('a story ends with the first violation, and says which others there are', () => {
  expect(told([['a begins'], ['!one'], ['b goes on'], ['!two']])).toEqual([
    'a begins',
    'VIOLATED: one',
    'VIOLATED: two',
  ])
})

test('of a partition it tells what is about that one, or about all', () => {
  const lines = [
    ['g0.0 starts'],
    ['p asks', 'abcd-0'],
    ['q asks', 'abcd-1'],
    ['m joins', 'group'],
    ['t is made', 'topics'],
  ]
  const violated: [string, About?][] = [...(lines as [string, About?][]), ['!abcd-1: a hole']]
  expect(told(violated)).toEqual(['g0.0 starts', 'q asks', 't is made', 'VIOLATED: abcd-1: a hole'])
})

test('a partition is named by its key, too', () => {
  const lines: [string, About?][] = [
    ['p asks', 'ab-d-0'],
    ['q asks', 'ab-d-12'],
  ]
  const violated = '!g0.0: BytesLost: partition#ab-defghijklmnopqrstuv#00012 at 1'
  expect(told([...lines, [violated]])).toEqual(['q asks', `VIOLATED: ${violated.slice(1)}`])
})

test('of offsets it tells the group, and the commits of these', () => {
  const lines: [string, About?][] = [
    ['p asks', 'abcd-0'],
    ['m joins', 'group'],
    ['m commits 1 of 0 and 1', ['offsets/0', 'offsets/1']],
    ['n commits 2 of 2', ['offsets/2']],
  ]
  expect(told([...lines, ['!1 goes back', 'offsets/1']])).toEqual([
    'm joins',
    'm commits 1 of 0 and 1',
    'VIOLATED: 1 goes back',
  ])
  expect(told([...lines, ['!two read', 'group']])).toHaveLength(4)
})

test('what is violated by nothing in particular has all of its story', () => {
  expect(told([['p asks', 'abcd-0'], ['m joins', 'group'], ['!never decided']])).toHaveLength(3)
})

test('what somebody says again, by whichever process, is told once', () => {
  const lines: [string][] = [
    ['r reads x by g0.0: nothing new'],
    ['s asks'],
    ['r reads x by f1.2: nothing new'],
    ['r reads y by g0.0'],
  ]
  expect(told(lines)).toEqual(['r reads x by g0.0: nothing new (2 times)', 's asks', 'r reads y by g0.0'])
})

test('the fewest that still do are found, few steps for each', async () => {
  let tried = 0
  const needed = [3, 77, 78]
  const left = await fewest(
    Array.from({ length: 100 }, (_, nth) => nth),
    async (kept) => {
      tried++
      return needed.every((each) => kept.includes(each))
    },
  )
  expect(left).toEqual(needed)
  expect(tried).toBeLessThan(60)
})

test('a world of which nothing is left out is the same world, and one without mishaps has none', async () => {
  const whole = await runWorld(7)
  expect(whole.mishaps.length).toBeGreaterThan(20)
  expect(await runWorld(7, { only: new Set(whole.mishaps) })).toEqual(whole)
  expect(await runWorld(7, { only: new Set() })).toMatchObject({ mishaps: [], violations: [] })
})
