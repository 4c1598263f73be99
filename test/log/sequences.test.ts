import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  continues,
  judge,
  lastSequenceOf,
  type ProducerClaim,
  stateAfter,
  stateBefore,
} from '../../lib/log/sequences.ts'

const last = 2 ** 31 - 1
const claim = (producerEpoch: number, firstSequence: number, count = 1): ProducerClaim => ({
  producerId: 7,
  producerEpoch,
  firstSequence,
  lastSequence: lastSequenceOf(firstSequence, count),
})

const anyClaim = fc
  .tuple(
    fc.integer({ min: 0, max: 2 ** 15 - 1 }),
    fc.integer({ min: 0, max: last }),
    fc.integer({ min: 1, max: 10_000 }),
  )
  .map(([producerEpoch, firstSequence, count]) => claim(producerEpoch, firstSequence, count))

describe('the sequence of an idempotent producer', () => {
  it('goes on where the last batch ended, also where sequences wrap', () => {
    expect(judge(stateAfter(claim(0, 5, 3)), claim(0, 8))).toBe('next')
    expect(judge(stateAfter(claim(0, last - 1, 2)), claim(0, 0))).toBe('next')
    expect(judge(stateAfter(claim(0, last, 2)), claim(0, 1))).toBe('next')
  })

  it('knows the last batch again, an older one as a duplicate, a later one as a gap', () => {
    const state = stateAfter(claim(3, 10, 5))
    expect(judge(state, claim(3, 10, 5))).toBe('last-again')
    expect(judge(state, claim(3, 9, 1))).toBe('duplicate')
    expect(judge(state, claim(3, 16))).toBe('gap')
    expect(judge(stateAfter(claim(3, last, 1)), claim(3, last, 1))).toBe('last-again')
  })

  it('lets a newer epoch begin at 0 only, and fences an older one', () => {
    const state = stateAfter(claim(3, 10, 5))
    expect(judge(state, claim(4, 0))).toBe('new-epoch')
    expect(judge(state, claim(4, 15))).toBe('gap')
    expect(judge(state, claim(2, 15))).toBe('fenced')
  })

  it('makes every batch last-again after itself, and its successor the next', () => {
    fc.assert(
      fc.property(anyClaim, fc.integer({ min: 1, max: 10_000 }), (first, count) => {
        const next = claim(first.producerEpoch, (first.lastSequence + 1) % 2 ** 31, count)
        expect(judge(stateBefore(first), first)).toBe('next')
        expect(judge(stateAfter(first), first)).toBe('last-again')
        expect(judge(stateAfter(first), next)).toBe('next')
        expect(continues(first, next)).toBe(true)
        expect(judge(stateAfter(next), first)).toBe('duplicate')
        expect(stateAfter(first)).toBeLessThan(2 ** 46)
      }),
    )
  })
})
