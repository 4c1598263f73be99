/**
 * What the server costs, without a real client's own cost: `node test/bench/wire-load.ts [--mb 500] [--batch 16384]
 * [--record 1000] [--partitions 1,12] [--durability process] [--profile folder]`. Prints MB/s and the server's CPU seconds
 * per GB (10^9 bytes) for producing and for fetching everything again. With `--profile` the server leaves a CPU profile.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { useNativeCrc32c } from '../../lib/records/native-crc32c.ts'
import { fetchLoad, produceLoad, WireClient } from './wire-client.ts'

const { values } = parseArgs({
  options: {
    mb: { type: 'string', default: '500' },
    batch: { type: 'string', default: '16384' },
    record: { type: 'string', default: '1000' },
    partitions: { type: 'string', default: '1,12' },
    durability: { type: 'string', default: 'process' },
    profile: { type: 'string' },
  },
})
const bin = resolve(import.meta.dirname, '../../lib/cli/bin.mjs')
/** Linux counts CPU time in hundredths of a second. */
const ticksPerSecond = 100

interface Server {
  readonly address: string
  readonly pid: number
  stop(): Promise<void>
}

async function startServer(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'gregor-load-'))
  const profiling = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`]
  const ports = ['--kafka-port', '0', '--http-port', '0', '--output', 'json']
  const words = ['start', '--data', folder, '--durability', values.durability, ...ports]
  const child = spawn(process.execPath, [...profiling, bin, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const { kafka, pid } = JSON.parse(String(line)) as { kafka: string; pid: number }
  const stop = async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
    rmSync(folder, { recursive: true })
  }
  return { address: kafka, pid, stop }
}

function cpuSecondsOf(pid: number): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? []
  return (Number(user) + Number(system)) / ticksPerSecond
}

async function measured(pid: number, run: () => Promise<{ bytes: number; requests: number }>): Promise<string> {
  const cpu = cpuSecondsOf(pid)
  const beganMs = performance.now()
  const { bytes, requests } = await run()
  const seconds = (performance.now() - beganMs) / 1_000
  const used = cpuSecondsOf(pid) - cpu
  const perSecond = (bytes / 1e6 / seconds).toFixed(0)
  return `${perSecond} MB/s, ${(used / (bytes / 1e9)).toFixed(2)} CPU s/GB, ${((used * 1e6) / requests).toFixed(0)} µs a request`
}

await useNativeCrc32c()
const bytes = Number(values.mb) * 1e6
for (const partitions of values.partitions.split(',').map(Number)) {
  const server = await startServer()
  const client = await WireClient.connect(server.address)
  await client.createTopic(partitions)
  const load = { partitions, batchBytes: Number(values.batch), recordBytes: Number(values.record) }
  await produceLoad(client, { ...load, bytes: bytes / 10 })
  const produced = await measured(server.pid, async () => ({
    bytes,
    requests: await produceLoad(client, { ...load, bytes }),
  }))
  console.log(`${partitions} partitions of ${values.batch} B batches: produce ${produced}`)
  console.log(
    `${partitions} partitions of ${values.batch} B batches: fetch   ${await measured(server.pid, () => fetchLoad(client, partitions))}`,
  )
  client.close()
  await server.stop()
}
