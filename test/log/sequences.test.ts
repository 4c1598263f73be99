import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  continues,
  isTelling,
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

  it('does not take for a duplicate what lies before its beginning, or has not come yet in part', () => {
    const began = stateBefore(claim(3, 10))
    const state = stateAfter(claim(3, 10, 5))
    expect(judge(state, claim(3, 10, 5), began)).toBe('last-again')
    expect(judge(state, claim(3, 11, 2), began)).toBe('duplicate')
    expect(judge(state, claim(3, 5, 5), began)).toBe('behind')
    expect(judge(state, claim(3, 8, 7), began)).toBe('behind')
    expect(judge(state, claim(3, 14, 2))).toBe('behind')
    // Its next epoch begins at 0.
    expect(judge(stateAfter(claim(4, 0, 5)), claim(4, 0, 2), began)).toBe('duplicate')
  })

  it('of a producer that began anywhere: a batch is a duplicate if and only if all of it is there', () => {
    const batches = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(
        anyClaim,
        batches,
        fc.integer({ min: -50, max: 110 }),
        fc.integer({ min: 1, max: 8 }),
        (first, counts, at, count) => {
          const began = stateBefore(first)
          const there = counts.reduce((sum, each) => sum + each, 0)
          const from = (sequence: number, length: number) =>
            claim(first.producerEpoch, (first.firstSequence + sequence + 2 ** 31) % 2 ** 31, length)
          const judgement = judge(stateAfter(from(0, there)), from(at, count), began)
          if (at >= there) expect(judgement).toBe(at === there ? 'next' : 'gap')
          else if (at >= 0 && at + count <= there) expect(['duplicate', 'last-again']).toContain(judgement)
          else expect(judgement).toBe('behind')
        },
      ),
    )
  })

  it('forgets a beginning that is further behind than a sequence can be past', () => {
    const began = stateBefore(claim(0, 10))
    expect(isTelling(began, stateAfter(claim(0, 10, 2 ** 30 - 1)))).toBe(true)
    expect(isTelling(began, stateAfter(claim(0, 10, 2 ** 30)))).toBe(false)
    expect(isTelling(began, stateAfter(claim(1, 10)))).toBe(false)
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
