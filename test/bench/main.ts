/**
 * `npm run bench`: the log against the bare store in one run, the bill, contention, and memory over a long run.
 * `--short` for a quick look, `--output json` for programs, `--only NAME` for one part.
 */
import { parseArgs } from 'node:util'
import { inlineUnitsMaxLocal } from '../../lib/base/limits.ts'
import { collectRarely } from '../../lib/local/rare-collections.ts'
import { useNativeCrc32c } from '../../lib/records/native-crc32c.ts'
import { benchBill } from './bill.ts'
import { benchContention } from './contention.ts'
import { benchLongRun } from './long-run.ts'
import { type Row, renderTable } from './table.ts'
import { benchThroughput } from './throughput.ts'

const { values } = parseArgs({
  options: { short: { type: 'boolean' }, output: { type: 'string' }, only: { type: 'string' } },
})
const short = values.short === true
const MB = 1e6
// As `gregor start` does.
collectRarely()
await useNativeCrc32c()

async function throughput(): Promise<Row[]> {
  const rows: Row[] = []
  for (const durability of ['process', 'power'] as const) {
    for (const [flushBytes, totalBytes] of [
      [16 << 10, 32 * MB],
      [192 << 10, 128 * MB],
      [1 << 20, 256 * MB],
    ] as const) {
      for (const partitionCount of [1, 12]) {
        const load = { flushBytes, partitionCount, durability, totalBytes: short ? totalBytes / 4 : totalBytes }
        note(`throughput: ${flushBytes >> 10} KB, ${partitionCount} partitions, ${durability} ...`)
        rows.push(
          await benchThroughput(load, { inlineUnitsMax: inlineUnitsMaxLocal, soleProcess: true }, short ? 1 : 5),
        )
      }
    }
  }
  return rows
}

const toPeople = values.output !== 'json'
const note = (text: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

const parts: Record<string, { readonly title: string; readonly run: () => Promise<Row[]> }> = {
  throughput: {
    title:
      'The log against the bare stores (files + SQLite): the same bytes by the same calls and syncs, by turns.\n' +
      'A ratio is log to bare in MB/s, and bare to log in CPU: 1 is as good as bare, and CPU says more on a busy machine.',
    run: throughput,
  },
  bill: { title: 'Store calls and units an operation (1,000 of each)', run: benchBill },
  contention: { title: 'Processes that meet at one partition (simulated calls of 4 to 12 ms)', run: benchContention },
  memory: {
    title: `Memory over ${short ? 0.25 : 2} GB through one process`,
    run: () => benchLongRun(short ? 256 * MB : 2_000 * MB, (share) => note(`memory: ${Math.round(share * 100)} %`)),
  },
}

if (values.only !== undefined && !parts[values.only]) {
  console.error(`There is no part ${values.only}; there are ${Object.keys(parts).join(', ')}.`)
  process.exit(2)
}
const results: Record<string, Row[]> = {}
for (const [name, { title, run }] of Object.entries(parts)) {
  if (values.only !== undefined && values.only !== name) continue
  note(`${name} ...`)
  const rows = await run()
  results[name] = rows
  note('')
  if (toPeople) console.log(renderTable(title, rows))
}
if (!toPeople) console.log(JSON.stringify(results))
