/**
 * Processes that meet at one head, in simulated time: a call takes 2 to 8 ms, as DynamoDB's do. What a process more costs, and
 * what it brings.
 */
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import { Meter } from '../../lib/store/metered.ts'
import { goodLine } from '../log/bad-lines.ts'
import { batchOf, openLog, p0 } from '../log/world.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { type Row, rounded } from './table.ts'

export async function benchContention(): Promise<Row[]> {
  const rows: Row[] = []
  for (const processes of [1, 2, 4, 8, 16, 64]) {
    const appends = Math.ceil(1_000 / processes)
    const clock = new SimClock()
    const entropy = seeded(7)
    const meter = new Meter()
    const line = goodLine(clock, entropy).metaStore(meter.metaStore(new MemoryMetaStore()))
    const objects = new MemoryObjectStore()
    const startedMs = clock.now()
    const writer = async () => {
      const log = openLog({ meta: line, objects }, clock, entropy, { inlineUnitsMax: 0 })
      for (let n = 0; n < appends; n++) await log.append(p0, batchOf([`${n}`]))
      await log.settle()
    }
    await clock.run(Promise.all(Array.from({ length: processes }, writer)))
    const { items, refused, writeUnits } = meter.bill
    const count = appends * processes
    rows.push({
      processes,
      appends: count,
      'appends a simulated second': rounded(count / ((clock.now() - startedMs) / 1_000), 0),
      'updates an append': rounded(items.update / count, 3),
      'refused an append': rounded(refused / count, 3),
      'write units an append': rounded(writeUnits / count, 3),
    })
  }
  return rows
}
