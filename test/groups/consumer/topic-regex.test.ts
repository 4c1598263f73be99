import { expect, test } from 'vitest'
import { matchesTopic, topicRegexProblem } from '../../../lib/groups/consumer/topic-regex.ts'

test.each([
  ['orders', 'orders', true],
  ['orders', 'orders-2', false],
  ['orders.*', 'orders-2', true],
  ['(orders|clicks)', 'clicks', true],
  ['^o.+s$', 'orders', true],
  ['(?i)ORDERS', 'orders', true],
  ['\\pL+', 'orders', true],
  ['[[:digit:]]+', '42', true],
])('%s on %s: %s', (regex, name, isMatch) => {
  expect(topicRegexProblem(regex)).toBeUndefined()
  expect(matchesTopic(regex, name)).toBe(isMatch)
})

test.each(['(', '[', 'a**', '(?=a)', '(a)\\1', '\\p{NoSuchScript}', 'a{1001}'])(
  '%s is no expression of RE2',
  (regex) => {
    expect(topicRegexProblem(regex)).toMatch('not a valid regular expression')
  },
)

test.each([
  ['too long', 'a'.repeat(1_001)],
  ['repeated too often', '(a?){999}'.repeat(2)],
  ['a program that is too large', `(${'[a-z]?'.repeat(10)}){100}`],
  ['nested too deeply', `${'(?:'.repeat(300)}a${')?'.repeat(20)}`],
])('what would cost too much is refused: %s', (_, regex) => {
  expect(topicRegexProblem(regex)).toBeDefined()
})

test('what takes a backtracking engine for ever is a walk over the name', () => {
  for (const regex of ['(a+)+', '(a*)*b', '(a|a)*', '(.*a){12}', 'a?'.repeat(100) + 'a'.repeat(100)]) {
    expect(topicRegexProblem(regex)).toBeUndefined()
    matchesTopic(regex, `${'a'.repeat(248)}!`)
  }
})
