import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, onTestFinished } from 'vitest'
import { MemoryMetaStore } from '../../lib/store/adapters/memory/meta-store.ts'
import { openSqliteMetaStore } from '../../lib/store/adapters/sqlite/meta-store.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import { type BillWorld, logBill } from '../conformance/log-bill.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { goodLine } from './bad-lines.ts'

/** Calls that take their time, so that processes meet; nothing fails. */
function world(inner: MetaStore): BillWorld {
  const clock = new SimClock()
  const entropy = seeded(7)
  const meta = goodLine(clock, entropy).metaStore(inner)
  return { meta, clock, entropy, run: (work) => clock.run(work) }
}

describe('the bill of the log in memory', () => {
  logBill(async () => world(new MemoryMetaStore()))
})

describe('the bill of the log on SQLite', () => {
  logBill(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gregor-bill-'))
    const store = openSqliteMetaStore({ path: join(folder, 'meta.sqlite'), durability: 'process' })
    onTestFinished(() => {
      store.close()
      rmSync(folder, { recursive: true })
    })
    return world(store)
  })
})
