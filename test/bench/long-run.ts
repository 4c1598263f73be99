/** Memory over a long run: what the process holds after an eighth of the bytes, and after all of them. */
import { offset } from '../../lib/base/ids.ts'
import { systemClock, systemEntropy } from '../../lib/base/system.ts'
import { Log } from '../../lib/log/log.ts'
import { buildBatch } from '../../lib/records/build.ts'
import { p0 } from '../log/world.ts'
import { withStores } from './stores.ts'
import { type Row, rounded } from './table.ts'

const megabytes = (bytes: number) => rounded(bytes / 2 ** 20, 0)

export function benchLongRun(totalBytes: number, progress: (share: number) => void): Promise<Row[]> {
  return withStores('process', async (stores) => {
    const log = new Log({ ...stores, clock: systemClock, entropy: systemEntropy }, { soleProcess: true })
    const records = Array.from({ length: 1_000 }, () => ({ value: new Uint8Array(1_000) }))
    const template = buildBatch({ now: systemClock.now(), records })
    const rows: Row[] = []
    let read = offset(0)
    let bytes = 0
    for (let part = 1; part <= 8; part++) {
      while (bytes < (totalBytes * part) / 8) {
        const results = await Promise.all([0, 1, 2, 3].map(() => log.append(p0, template.slice())))
        for (const { outcome } of results)
          if (outcome !== 'appended') throw new Error(`an append was answered ${outcome}`)
        bytes += 4 * template.length
        const fetched = await log.read(p0, read, { maxBytes: 4 * template.length })
        if (fetched.outcome !== 'read') throw new Error(`a read was answered ${fetched.outcome}`)
        read = fetched.nextOffset
        fetched.release()
      }
      progress(part / 8)
      globalThis.gc?.()
      const { rss, heapUsed, external } = process.memoryUsage()
      const [held, heap, buffers] = [rss, heapUsed, external].map(megabytes)
      rows.push({
        'MB produced and fetched': rounded(bytes / 1e6, 0),
        'resident MB': held ?? 0,
        'heap MB': heap ?? 0,
        'buffers MB': buffers ?? 0,
      })
    }
    return rows
  })
}
