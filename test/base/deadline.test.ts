import { expect, test } from 'vitest'
import { withDeadline } from '../../lib/base/deadline.ts'
import { SimClock } from '../world/sim-clock.ts'

/** Ends when its signal is aborted, and tells at what time that was. */
const untilAborted = (clock: SimClock, signal: AbortSignal) =>
  new Promise<number>((resolve) => signal.addEventListener('abort', () => resolve(clock.now())))

test('a call that takes too long is told so', async () => {
  const clock = new SimClock()
  const startedMs = clock.now()
  const endedMs = await clock.run(withDeadline(clock, 50, (signal) => untilAborted(clock, signal)))
  expect(endedMs - startedMs).toBe(50)
})

test('time that is allowed anew counts from then on, and not from the beginning', async () => {
  const clock = new SimClock()
  const startedMs = clock.now()
  const work = withDeadline(clock, 50, async (signal, allow) => {
    await clock.sleep(40)
    allow(30)
    return untilAborted(clock, signal)
  })
  expect((await clock.run(work)) - startedMs).toBe(70)
})

test('nothing is aborted after the end, whether it was an answer or a fault', async () => {
  const clock = new SimClock()
  const signals: AbortSignal[] = []
  const answer = await withDeadline(clock, 50, async (signal) => signals.push(signal))
  expect(answer).toBe(1)
  const failing = withDeadline(clock, 50, async (signal) => {
    signals.push(signal)
    throw new Error('cut')
  })
  await expect(failing).rejects.toThrow('cut')
  await clock.pass(1_000)
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false])
})
