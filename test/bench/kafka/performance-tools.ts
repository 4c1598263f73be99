/** Java's ProducerPerformance and ConsumerPerformance: called as people call them, their last lines read. */
import { spawn } from 'node:child_process'
import { kafkaVersion } from '../../clients/apache-kafka.ts'
import { kafkaClassPath } from '../../clients/maven.ts'

/** The shell tells what its child computed; Node does not know. */
const timed = ['-c', 'TIMEFORMAT="cpu %U %S"; time "$0" "$@"']

/** Runs one of the tools with the heap that Kafka's scripts give it. Throws with the end of what it said. */
async function tool(name: string, args: readonly string[]): Promise<{ text: string; clientCpuSeconds: number }> {
  const java = ['java', '-Xmx512M', '-cp', await kafkaClassPath(kafkaVersion), `org.apache.kafka.tools.${name}`]
  const child = spawn('bash', [...timed, ...java, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const keep = (chunk: string) => {
    text += chunk
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  const code = await new Promise((done, fail) => child.once('error', fail).once('close', done))
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${text.slice(-800)}`)
  const [cpu, user, system] = /cpu ([\d.]+) ([\d.]+)\s*$/.exec(text) ?? ['', '0', '0']
  return { text: text.replace(cpu, ''), clientCpuSeconds: Number(user) + Number(system) }
}

export interface Produced {
  readonly mbPerSecond: number
  readonly recordsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly clientCpuSeconds: number
}

export interface ProduceOptions {
  readonly bootstrap: string
  readonly topic: string
  readonly recordBytes: number
  readonly records: number
  /** Records a second; absent: as many as go. */
  readonly recordsPerSecond?: number
  /** Records at the beginning that do not count. */
  readonly warmUpRecords?: number
  /** The producer's settings beside acks=all: `batch.size=131072`. */
  readonly settings?: readonly string[]
}

/** What the last line says: that of the steady state where there was a warm-up. MB are of 10^6 bytes of values. */
export async function produce(options: ProduceOptions): Promise<Produced> {
  const { bootstrap, topic, recordBytes, records, recordsPerSecond = -1, warmUpRecords = 0, settings = [] } = options
  const { text, clientCpuSeconds } = await tool('ProducerPerformance', [
    ...['--topic', topic, '--record-size', String(recordBytes), '--num-records', String(records + warmUpRecords)],
    ...['--throughput', String(recordsPerSecond), '--warmup-records', String(warmUpRecords)],
    ...['--reporting-interval', '3600000'],
    ...['--command-property', `bootstrap.servers=${bootstrap}`, 'acks=all', ...settings],
  ])
  const lines = text.trim().split('\n')
  const last = lines.findLast((line) => line.includes('99th')) ?? ''
  const number = (pattern: RegExp) => {
    const found = pattern.exec(last)?.[1]
    if (found === undefined) throw new Error(`ProducerPerformance said: ${text.slice(-800)}`)
    return Number(found)
  }
  const perSecond = number(/([\d.]+) records\/sec/)
  return {
    recordsPerSecond: perSecond,
    mbPerSecond: (perSecond * recordBytes) / 1e6,
    p50Ms: number(/(\d+) ms 50th/),
    p99Ms: number(/(\d+) ms 99th/),
    clientCpuSeconds,
  }
}

/** MB a second of 10^6 bytes of values, from the first fetch to the last record: joining the group does not count. */
export async function consume(options: Pick<ProduceOptions, 'bootstrap' | 'topic' | 'recordBytes' | 'records'>) {
  const { bootstrap, topic, records, recordBytes } = options
  const { text, clientCpuSeconds } = await tool('ConsumerPerformance', [
    ...['--bootstrap-server', bootstrap, '--topic', topic, '--num-records', String(records)],
    ...['--timeout', '60000', '--hide-header'],
  ])
  // start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, ...
  const line = text.split('\n').findLast((one) => one.split(',').length === 10) ?? ''
  const fields = line.split(',').map((field) => field.trim())
  const [read, fetchMs] = [Number(fields[4]), Number(fields[7])]
  if (!(read >= records))
    throw new Error(`ConsumerPerformance read ${fields[4]} of ${records} records: ${text.slice(-800)}`)
  return { mbPerSecond: (read * recordBytes) / 1e3 / fetchMs, clientCpuSeconds }
}
