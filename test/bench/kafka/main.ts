/**
 * `npm run bench:kafka`: Gregor beside Apache Kafka. `--write` keeps the tables in docs/benchmarks.md, `--short` takes a minute
 * or so and proves that it runs, `--only throughput,power,latency,idle,delayed` takes some parts, `--runs 5` and `--bytes 500e6`
 * say how long, `--output json` is for programs.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../../clients/cache.ts'
import { warmUp } from './measure-load.ts'
import { delayed, delayMs, idle, latency, powerWorkloads, type Scale, throughput, workloads } from './parts.ts'
import { type Findings, reportOf } from './report.ts'
import { delayedGregorSide, gregorSide, kafkaSide, type Side } from './servers.ts'

const { values } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    only: { type: 'string', default: 'throughput,power,latency,idle,delayed' },
    runs: { type: 'string' },
    bytes: { type: 'string' },
    output: { type: 'string' },
  },
})
const short = values.short
const parts = new Set(values.only.split(','))
const started = performance.now()
const scale: Scale = {
  bytes: Number(values.bytes ?? (short ? 20e6 : 400e6)),
  runs: Number(values.runs ?? (short ? 1 : 3)),
  latencySeconds: short ? 3 : 15,
  idleSeconds: short ? 3 : 60,
  note: (text) =>
    process.stderr.write(`${((performance.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${text}\n`),
}
const chosen = short ? workloads.filter(({ recordBytes }) => recordBytes === 1_000) : workloads
const powerChosen = short
  ? powerWorkloads.slice(0, 1).map((one) => ({ ...one, totalBytes: scale.bytes }))
  : powerWorkloads

const running: Side[] = []
async function begun(side: Promise<Side>): Promise<Side> {
  const up = await side
  running.push(up)
  return up
}
async function stopAll(): Promise<void> {
  await Promise.allSettled(running.splice(0).map((side) => side.stop()))
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopAll().then(() => process.exit(130)))

async function compare(findings: Findings): Promise<void> {
  const sides = { gregor: await begun(gregorSide('process')), kafka: await begun(kafkaSide()) }
  if (parts.has('idle')) findings.idle = await idle(sides, scale)
  if (parts.has('throughput') || parts.has('latency')) {
    scale.note('warming up')
    for (const side of Object.values(sides)) await warmUp(side, short ? 40e6 : 2e9)
  }
  if (parts.has('latency')) findings.latency = await latency(sides, scale)
  if (parts.has('throughput')) {
    findings.throughput = await throughput(sides, chosen, scale)
    if (parts.has('idle')) findings.idleAfter = await idle(sides, scale)
  }
  await sides.gregor.stop()
  if (parts.has('power')) {
    const durable = { gregor: await begun(gregorSide('power')), kafka: sides.kafka }
    scale.note('warming up, power')
    for (const side of Object.values(durable)) await warmUp(side, short ? 20e6 : 400e6)
    findings.power = await throughput(durable, powerChosen, scale)
  }
  await stopAll()
  if (parts.has('delayed')) {
    // As a gateway on S3 gathers, and as a local one does.
    for (const linger of ['default', 0] as const) {
      const gregor = await begun(delayedGregorSide(delayMs, linger))
      findings.delayed = [...(findings.delayed ?? []), ...(await delayed(gregor, linger, scale))]
      await stopAll()
    }
  }
}

const findings: Findings = {}
try {
  await compare(findings)
} finally {
  await stopAll()
}
const report = reportOf(findings, scale)
if (values.output === 'json') console.log(JSON.stringify(findings))
else console.log(report)
if (values.write) writeFileSync(join(root, 'docs/benchmarks.md'), report)
