/**
 * V8's heap as a server wants it. A server here keeps some 17 MB of objects while megabytes of buffers come and go each second.
 * After its first full collection V8 lets so small a heap grow by so little that the next one follows at once: producing 300 MB
 * in batches of 16 KB took 20 to 37 full collections, and a quarter of the process's CPU time (9.7 s/GB with them, 7.5 without).
 * For a process of its own only: the flag holds for all of it.
 */
import { setFlagsFromString } from 'node:v8'
import { heapGrowingPercent } from '../base/limits.ts'

/** Before the work begins; V8 reads it at each full collection. */
export const letHeapGrow = (): void => setFlagsFromString(`--heap-growing-percent=${heapGrowingPercent}`)
