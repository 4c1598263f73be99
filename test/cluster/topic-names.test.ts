import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collisionName, isInternalTopic, topicNameProblem } from '../../lib/cluster/topic-names.ts'

describe('names of topics', () => {
  test.each(['a', 'orders', 'Orders.v2_final-3', '...', '_', '-', 'x'.repeat(249)])('%s is legal', (name) => {
    expect(topicNameProblem(name)).toBeUndefined()
  })

  test.each(['', '.', '..', '../x', 'a b', 'a/b', 'a#b', 'a\0b', 'é', '💥', 'a\n', 'x'.repeat(250)])(
    '%j is refused with a sentence',
    (name) => {
      expect(topicNameProblem(name)).toMatch(/^[A-Z'].*\.$/s)
    },
  )

  test('the sentence names the character at fault', () => {
    expect(topicNameProblem('../x')).toContain('"/"')
    expect(topicNameProblem('a💥')).toContain('"💥"')
    expect(topicNameProblem('x'.repeat(300))).toContain('249')
  })

  test('exactly the names of legal characters are legal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (name) => {
        const legal = /^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..'
        expect(topicNameProblem(name) === undefined).toBe(legal)
      }),
    )
  })

  test("Kafka's own topics are known", () => {
    expect(isInternalTopic('__consumer_offsets')).toBe(true)
    expect(isInternalTopic('__transaction_state')).toBe(true)
    expect(isInternalTopic('orders')).toBe(false)
  })

  test('names that differ in dot and underscore only are one name', () => {
    expect(collisionName('a.b_c')).toBe(collisionName('a_b.c'))
    expect(collisionName('a-b')).not.toBe(collisionName('a_b'))
  })
})
