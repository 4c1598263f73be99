/**
 * How often V8 collects the whole heap of a server. Some 17 MB live in it, while megabytes of buffers come and go each second,
 * and by default both make it collect all the time, at 5 to 30 ms of CPU each:
 *
 * - 64 MiB of new buffers, wherever they lie, force a collection: at 1 GB/s sixteen a second. Counted with the heap they wait for
 *   a growth in proportion to what is alive. Fetches of 1 MB: 0.13 CPU s/GB for 0.27, and 60 MB more resident memory, flat.
 * - After its first full collection so small a heap may grow by so little that the next one follows at once. Producing 300 MB
 *   in batches of 16 KB took 20 to 37 of them; growing by `heapGrowingPercent` it takes 6, and 7.5 CPU s/GB for 9.7.
 */
import { setFlagsFromString } from 'node:v8'
import { heapGrowingPercent } from '../base/limits.ts'

/** Flags of V8 that Node 24 has; another V8 might complain of one that it does not know. */
const nodeWithFlags = '24.'

/** For a process that serves records, before it begins. Of the whole process: for roots only. */
export function collectRarely(): void {
  if (!process.versions.node.startsWith(nodeWithFlags)) return
  setFlagsFromString('--external-memory-accounted-in-global-limit')
  setFlagsFromString(`--heap-growing-percent=${heapGrowingPercent}`)
}
