/**
 * Retention takes what has expired, and nothing else: whenever a log's start rises and no client has asked for that, all that
 * went was older than `retention.ms`, or what stays is still as much as `retention.bytes`. Judged by what lay in the log at that
 * moment, not by what the janitor saw.
 */
import { partitionKey } from '../../../lib/log/keys.ts'
import type { Retention } from '../features.ts'
import type { History } from '../history.ts'
import type { Truth, Unit } from '../witness.ts'

export interface Trimmed {
  readonly truth: Truth
  readonly logStart: number
  /** By a clock that is as far ahead as any was. */
  readonly latestMs: number
}

/** In words; `undefined`: nothing is wrong. */
export function retentionProblem({ ms, bytes }: Retention, { truth, logStart, latestMs }: Trimmed): string | undefined {
  const { units } = truth
  const endOf = (nth: number) => units[nth + 1]?.base ?? truth.next
  const gone = units.filter(({ base }, nth) => base < logStart && endOf(nth) > truth.logStart)
  const isCut = units.some(({ base }, nth) => base < logStart && endOf(nth) > logStart)
  if (isCut) return `retention cuts what was appended as one, at ${logStart}`
  const young = ms >= 0 ? gone.find(({ newestMs }) => latestMs - newestMs <= ms) : gone[0]
  if (!young) return undefined
  const left = units.reduce((sum, unit) => (unit.base >= logStart ? sum + unit.bytes : sum), 0)
  if (bytes >= 0 && left >= bytes) return undefined
  return `retention takes ${nameOfUnit(young)} before its time, and leaves ${left} bytes`
}

const nameOfUnit = ({ base, newestMs }: Unit) => `what is at ${base}, of ${newestMs},`

/** Whether a client has asked for the log to begin there, or at some end that was there then. */
export function isAskedFor({ operations }: History, { key }: Truth, start: number): boolean {
  return operations.some((operation) => {
    if (operation.kind !== 'trim' || partitionKey(operation.id) !== key) return false
    return operation.before === start || operation.before === 'high-watermark'
  })
}
