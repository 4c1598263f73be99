import { expect, test } from 'vitest'
import { localFaultRepeatMs } from '../../lib/base/limits.ts'
import { faultLog } from '../../lib/local/fault-log.ts'

function log() {
  const lines: string[] = []
  const clock = { nowMs: 0, now: () => clock.nowMs, sleep: () => Promise.resolve() }
  return { lines, clock, report: faultLog(clock, String, (line) => lines.push(line)) }
}

test('a fault that comes again and again is a line now and then, with how often it came', () => {
  const { lines, clock, report } = log()
  for (let count = 0; count < 5; count++) report('full')
  report('other')
  expect(lines).toEqual(['full', 'other'])
  clock.nowMs += localFaultRepeatMs
  report('full')
  report('other')
  expect(lines.slice(2)).toEqual(['full (and 4 times more)', 'other'])
})

test('different faults without end do not fill the memory, and each is said', () => {
  const { lines, report } = log()
  for (let count = 0; count < 5_000; count++) report(`fault ${count}`)
  expect(lines).toHaveLength(5_000)
})
