/** What the stores were asked for, and how often that was spared by what readers found in memory. */
import type { Registry } from 'prom-client'
import type { CacheState } from '../log/cache-counts.ts'
import type { StoreCalls } from '../store/counted-stores.ts'
import type { Bill } from '../store/metered.ts'
import { addGauge, addTotals } from './metric-kinds.ts'

export function addStoreCalls(registry: Registry, calls: () => StoreCalls): void {
  const ofItems = 'Calls for items: to DynamoDB, or to SQLite on a local cluster.'
  const ofObjects = 'Calls for objects: to S3, or to files on a local cluster.'
  addTotals(registry, 'gregor_store_item_calls_total', ofItems, 'operation', () => calls().items)
  addTotals(registry, 'gregor_store_object_calls_total', ofObjects, 'operation', () => calls().objects)
}

/** What AWS sends a bill for, beside the calls. */
export function addBill(registry: Registry, bill: () => Bill): void {
  addTotals(registry, 'gregor_store_item_units_total', 'Capacity units of DynamoDB.', 'kind', () => {
    const { readUnits, writeUnits } = bill()
    return { read: readUnits, write: writeUnits }
  })
  addTotals(registry, 'gregor_store_item_unsuccessful_total', 'Writes to DynamoDB that did nothing.', 'outcome', () => {
    const { refused, failed } = bill()
    return { refused, failed }
  })
  addTotals(registry, 'gregor_store_object_bytes_total', 'Bytes of objects.', 'direction', () => {
    const { bytesIn, bytesOut } = bill()
    return { written: bytesIn, read: bytesOut }
  })
}

export function addReadCache(registry: Registry, cache: () => CacheState): void {
  const lookups =
    'Pointers that readers looked for: hit, in memory; joined, on their way already; miss, asked of a store.'
  addTotals(registry, 'gregor_read_cache_lookups_total', lookups, 'result', () => cache().lookups)
  const bytes = 'Bytes of the pointers that readers looked for, by result.'
  addTotals(registry, 'gregor_read_cache_lookup_bytes_total', bytes, 'result', () => cache().bytes)
  addGauge(registry, 'gregor_read_cache_bytes', 'Batches in memory for readers.', () => cache().heldBytes)
  addGauge(registry, 'gregor_read_cache_limit_bytes', 'Past it the oldest go.', () => cache().limitBytes)
}
