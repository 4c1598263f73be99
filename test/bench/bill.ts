/** Store calls and write units of the log's operations, counted on memory: the same on any store. */
import type { Clock } from '../../lib/base/clock.ts'
import { offset } from '../../lib/base/ids.ts'
import { systemClock, systemEntropy } from '../../lib/base/system.ts'
import { Log } from '../../lib/log/log.ts'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { MemoryObjectStore } from '../../lib/store/adapters/memory/object-store.ts'
import { type Bill, Meter } from '../../lib/store/metered.ts'
import { batchOf, p0, partitionOf } from '../log/world.ts'
import { type Row, rounded } from './table.ts'

const appends = 1_000

export async function benchBill(): Promise<Row[]> {
  const rows: Row[] = []
  for (const [title, options] of [
    ['append, bytes in an object', { inlineUnitsMax: 0 }],
    ['append, small, bytes inline', {}],
  ] as const) {
    const { meter, log } = metered(systemClock, options)
    for (let n = 0; n < appends; n++) await log.append(p0, batchOf([`record ${n}`]))
    await log.settle()
    rows.push(row(title, meter.bill, appends))
  }
  {
    const { meter, log } = metered(systemClock, { inlineUnitsMax: 0 })
    for (let n = 0; n < appends; n++) {
      await Promise.all(Array.from({ length: 12 }, (_, part) => log.append(partitionOf(part), batchOf([`${n}`]))))
    }
    await log.settle()
    rows.push(row('flush of 12 partitions', meter.bill, appends))
  }
  const { meter, log, reader } = metered(systemClock, { inlineUnitsMax: 0 })
  for (let n = 0; n < appends; n++) await log.append(p0, batchOf([`record ${n}`]))
  await log.settle()
  meter.reset()
  let reads = 0
  for (let from = offset(0); ; reads++) {
    const read = await reader.read(p0, from, { maxBytes: 4_096 })
    if (read.outcome !== 'read' || read.chunks.length === 0) break
    from = read.nextOffset
  }
  rows.push(row('fetch of 4 KB, cold', meter.bill, reads))
  meter.reset()
  for (let n = 0; n < 100; n++) await log.read(p0, offset(appends - 1), { maxBytes: 4_096 })
  rows.push(row('fetch at the end, where it was written', meter.bill, 100))
  return rows
}

function metered(clock: Clock, options: { inlineUnitsMax?: number }) {
  const meter = new Meter()
  const stores = {
    meta: meter.metaStore(new MemoryMetaStore()),
    objects: meter.objectStore(new MemoryObjectStore()),
    clock,
    entropy: systemEntropy,
  }
  return { meter, log: new Log(stores, options), reader: new Log(stores, { ...options, cacheBytesMax: 0 }) }
}

function row(operation: string, bill: Bill, count: number): Row {
  const { get, getMany, query, put, update } = bill.items
  return {
    operation,
    'object PUTs': rounded(bill.objects.put / count, 3),
    'object GETs': rounded(bill.objects.get / count, 3),
    'item reads': rounded((get + getMany + query) / count, 3),
    'item writes': rounded((put + update) / count, 3),
    'read units': rounded(bill.readUnits / count, 3),
    'write units': rounded(bill.writeUnits / count, 3),
  }
}
