/** What a process and the whole machine have computed and hold, as Linux counts it in /proc. */
import { readFileSync } from 'node:fs'

/** Linux gives these files in hundredths of a second on every common platform (USER_HZ). */
const ticksPerSecond = 100

export interface Load {
  /** User and system time of one process, in seconds. */
  readonly processCpuSeconds: number
  /** Time in which any processor of the machine was busy, in seconds. */
  readonly machineBusySeconds: number
}

/** proc(5): the fields after the name, which may hold spaces; utime and stime are the 14th and 15th. */
export function processCpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

export function load(pid: number): Load {
  const [, ...times] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/).map(Number)
  // user, nice, system, idle, iowait, irq, softirq, steal.
  const busy = times.slice(0, 8).reduce((sum, time, n) => (n === 3 || n === 4 ? sum : sum + time), 0)
  return { processCpuSeconds: processCpuSeconds(pid), machineBusySeconds: busy / ticksPerSecond }
}

/** Resident memory in MB. */
export function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
  return Number(kb) / 1_000
}
