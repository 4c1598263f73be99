/** What was measured, as text for people: docs/benchmarks.md, and the same on a terminal. */
import { cpus, totalmem } from 'node:os'
import { lingerMsS3, quietMsS3 } from '../../../lib/base/limits.ts'
import { kafkaVersion } from '../../clients/apache-kafka.ts'
import type { Measured } from './measure-load.ts'
import { type Both, type DelayedRow, delayMs, type IdleRow, type LatencyRow, type ThroughputRow } from './parts.ts'

export interface Findings {
  throughput?: ThroughputRow[]
  power?: ThroughputRow[]
  latency?: LatencyRow[]
  idle?: IdleRow
  idleAfter?: IdleRow
  delayed?: DelayedRow[]
}

export interface Conditions {
  readonly bytes: number
  readonly runs: number
}

export function reportOf(findings: Findings, { bytes, runs }: Conditions): string {
  const { throughput = [], power = [], latency = [], idle, idleAfter, delayed = [] } = findings
  return `${[
    head({ bytes, runs }),
    ...(throughput.length > 0 ? ['## Produce\n', throughputTable(throughput, 'produced')] : []),
    ...(throughput.length > 0 ? ['\n## Fetch\n', fetchWords, throughputTable(throughput, 'fetched')] : []),
    ...(power.length > 0 ? ['\n## Produce, where the disk is waited for\n', powerWords] : []),
    ...(power.length > 0 ? [throughputTable(power, 'produced')] : []),
    ...(latency.length > 0 ? ['\n## Latency\n', latencyWords, latencyTable(latency)] : []),
    ...(idle !== undefined ? ['\n## Doing nothing\n', idleTable(idle, idleAfter)] : []),
    ...(delayed.length > 0 ? ['\n## Stores that are far away\n', delayedWords, delayedTable(delayed)] : []),
  ].join('\n')}\n`
}

const head = ({ bytes, runs }: Conditions) => `# Gregor beside Apache Kafka

Written by \`npm run bench:kafka -- --write\`: Gregor and Apache Kafka ${kafkaVersion} (KRaft, one node, a heap of 1 GB) in the same
run on the same machine, the two in turns, under Java's own ProducerPerformance and ConsumerPerformance.

- Machine: ${cpus().length} processors (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB of memory; server and client share them. So
  **CPU seconds of the server process for 10^9 bytes of values** say more than MB/s.
- Gregor runs as \`gregor start --durability process\`: what is acknowledged survives the death of the process, not of the
  machine, which is what Kafka's default promises. (\`gregor start\` without it waits for the disk: see below.)
- Both are warmed up by two GB in the four shapes (1 and 12 partitions, both batches), a fifth of it of 100 B; then ${Math.round(bytes / 1e6)} MB a run (half of that at 100 B), a fresh topic each, ${runs === 1 ? 'one run' : `the median of ${runs} runs`}.
- acks=all, idempotent, no compression. **default**: the client's batches of 16 KB; **big**: batch.size=131072 linger.ms=10.
- A topic is deleted after its run, and both sides give its bytes back: Kafka a second later (\`log.segment.delete.delay.ms\`),
  Gregor some ten. What that costs is in the next figure. Without it the machine runs into memory that its host has yet to
  find, and every page costs ten times as much ([025](decisions/025-a-deleted-topics-own-objects.md)).
- What is an hour old and still there is written once more, side by side (consolidation): 0.85 CPU s/GB that are not in here.
- **others**: processors that were busy with neither the server nor its client, with Gregor and with Kafka. Where it is not
  near 0, MB/s mean little. Expect 10 % either way on a quiet machine.
- A ratio is Gregor over Kafka: below 1 is better for CPU and latency, above 1 for MB/s.
`

const fetchWords =
  'What was just produced, from the page cache or the process’s own. Kafka uses sendfile, which Node has not.\n'
const powerWords = `Gregor with \`--durability power\`, its default; Kafka with flush.messages=1; 100 MB a run.\n`
const latencyWords = `1,000 records of 1 KB a second, acks=all, one partition; milliseconds from send to acknowledgement.\n`
const delayedWords = `${delayMs} ms are added to every call of the stores; one Java producer, one partition. The bound is what five requests in
flight allow when each takes one PUT and one update. A gateway on S3 gathers for ${lingerMsS3} ms, or until nothing has come for ${quietMsS3}.\n`

const figure = (value: number) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2))
const ratio = ({ gregor, kafka }: Both<number>) => (kafka === 0 ? '–' : `**${(gregor / kafka).toFixed(2)}**`)

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(columns), line(columns.map((_, n) => (n === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n')
}

function throughputTable(rows: readonly ThroughputRow[], what: 'produced' | 'fetched'): string {
  const columns = ['CPU s/GB Gregor', 'Kafka', 'ratio', 'MB/s Gregor', 'Kafka', 'ratio', 'others']
  return table(
    ['Records, partitions, batches', ...columns],
    rows.map((row) => {
      const of = (field: keyof Measured) => ({ gregor: row[what].gregor[field], kafka: row[what].kafka[field] })
      const [cpu, rate, others] = [of('cpuSecondsPerGb'), of('mbPerSecond'), of('othersBusy')]
      const both = (pair: Both<number>) => [figure(pair.gregor), figure(pair.kafka), ratio(pair)]
      return [row.name, ...both(cpu), ...both(rate), `${others.gregor.toFixed(1)} / ${others.kafka.toFixed(1)}`]
    }),
  )
}

const latencyTable = (rows: readonly LatencyRow[]) =>
  table(
    ['', 'p50 Gregor', 'Kafka', 'p99 Gregor', 'Kafka'],
    rows.map(({ name, p50Ms, p99Ms }) => [name, ...[p50Ms.gregor, p50Ms.kafka, p99Ms.gregor, p99Ms.kafka].map(String)]),
  )

function idleTable(idle: IdleRow, after: IdleRow | undefined): string {
  const row = (name: string, { cpuSecondsPerMinute: cpu, residentMb }: IdleRow) => [
    name,
    ...[cpu.gregor, cpu.kafka].map((value) => value.toFixed(2)),
    ...[residentMb.gregor, residentMb.kafka].map((value) => value.toFixed(0)),
  ]
  return table(
    ['', 'CPU s a minute Gregor', 'Kafka', 'resident MB Gregor', 'Kafka'],
    [row('just started', idle), ...(after === undefined ? [] : [row('after all of the above', after)])],
  )
}

const delayedTable = (rows: readonly DelayedRow[]) =>
  table(
    ['', 'MB/s', 'bound', 'share'],
    rows.map(({ name, mbPerSecond, boundMbPerSecond }) => [
      name,
      figure(mbPerSecond),
      figure(boundMbPerSecond),
      (mbPerSecond / boundMbPerSecond).toFixed(2),
    ]),
  )
