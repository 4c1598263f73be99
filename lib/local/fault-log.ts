/**
 * Faults for the operator, a line each. A store that fails does so for every request: the same line comes at most once in
 * `localFaultRepeatMs`, and says how often it was left out.
 */
import type { Clock } from '../base/clock.ts'
import { localFaultLinesMax, localFaultRepeatMs } from '../base/limits.ts'

interface Line {
  readonly saidMs: number
  leftOut: number
}

/** A function that takes faults and writes what is worth a line. `text` says a fault in one line. */
export function faultLog(
  clock: Clock,
  text: (fault: unknown) => string,
  write: (line: string) => void,
): (fault: unknown) => void {
  const lines = new Map<string, Line>()
  return (fault) => {
    const said = text(fault)
    const now = clock.now()
    const line = lines.get(said)
    if (line !== undefined && now - line.saidMs < localFaultRepeatMs) {
      line.leftOut += 1
      return
    }
    if (lines.size >= localFaultLinesMax) lines.clear()
    lines.set(said, { saidMs: now, leftOut: 0 })
    write(line !== undefined && line.leftOut > 0 ? `${said} (and ${line.leftOut} times more)` : said)
  }
}
