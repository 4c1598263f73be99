import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AnswerQueue, type Place } from '../../lib/gateway/answer-queue.ts'

test('whatever order answers are made in, they are taken in the order of the requests, each as soon as it can be', () => {
  const act = fc.oneof(fc.constant('begin' as const), fc.constant('take' as const), fc.nat(9))
  fc.assert(
    fc.property(fc.array(act, { maxLength: 100 }), (acts) => {
      const queue = new AnswerQueue()
      const begun: Place[] = []
      let taken = 0
      for (const what of acts) {
        if (what === 'begin') begun.push(queue.begin(1))
        else if (what === 'take') {
          const next = begun[taken]
          expect(queue.isReady).toBe(next?.answer !== undefined)
          const place = queue.take()
          expect(place).toBe(next?.answer === undefined ? undefined : next)
          if (place !== undefined) taken += 1
        } else {
          const place = begun.slice(taken).filter(({ answer }) => answer === undefined)[what]
          if (place !== undefined) queue.settle(place, 'no-response')
        }
        expect(queue.length).toBe(begun.length - taken)
      }
    }),
  )
})
