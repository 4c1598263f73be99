/** `gregor demo`: real work, checked. Orders in, orders out, every one of them accounted for. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { systemEntropy } from '../../base/system.ts'
import type { GregorClient } from '../../client/client.ts'
import { atCluster, type ClusterOptions, withCluster } from '../cluster.ts'
import { Audit } from '../demo/audit.ts'
import { Ledger } from '../demo/ledger.ts'
import { startOwnCluster } from '../demo/own-cluster.ts'
import { produceOrders, readOrders } from '../demo/traffic.ts'
import { Failure } from '../failure.ts'
import { wholeNumber } from '../options.ts'
import { answer, type OutputOptions, withOutput } from '../output.ts'
import { Progress } from '../progress.ts'
import { bytesText, counted, countText } from '../quantities.ts'
import type { Terminal } from '../terminal.ts'

interface Options extends ClusterOptions, OutputOptions {
  readonly records: number
  readonly partitions: number
  readonly producers: number
  readonly readers: number
  readonly seed: number
  readonly durability?: string
}

/** Of each producer: with 200,000 orders every customer has some, and the order of a key is worth checking. */
const customersPerProducer = 1_500

export const demoCommand = (terminal: Terminal): Command =>
  withOutput(withCluster(new Command('demo')))
    .description('Produce and consume a data set with the shape of real orders, and check every record.')
    .option('--records <n>', 'how many orders', wholeNumber(1, 100_000_000), 200_000)
    .option('--partitions <n>', 'of the demo’s topic', wholeNumber(1, 1_000), 12)
    .option('--producers <n>', 'at once', wholeNumber(1, 64), 4)
    .option('--readers <n>', 'at once', wholeNumber(1, 64), 4)
    .option('--seed <n>', 'the same seed makes the same orders', wholeNumber(0, 2 ** 31), 1)
    .option('--durability <what>', 'of its own cluster: power or process (see gregor start --help)')
    .addHelpText(
      'after',
      '\nWithout --url or --context it starts a cluster of its own in a temporary folder, and removes it afterwards.',
    )
    .action(async (options: Options) => {
      if (options.url !== undefined || options.context !== undefined) return demo(terminal, options, options)
      await withOwnCluster(options, (url) => demo(terminal, options, { url }))
    })

async function withOwnCluster(options: Options, work: (url: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gregor-demo-'))
  try {
    const durability = options.durability === undefined ? [] : ['--durability', options.durability]
    const own = await startOwnCluster(['--data', join(folder, 'data'), ...durability])
    try {
      await work(own.url)
    } finally {
      await own.stop()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const demo = (terminal: Terminal, options: Options, where: ClusterOptions) =>
  atCluster(terminal, where, {}, async (client) => {
    const topic = `demo-orders-${Buffer.from(systemEntropy.bytes(4)).toString('hex')}`
    // The orders are of one day long ago, the same on every run: by Kafka's default they would be a week too old to keep.
    await client.topics.create(topic, { partitions: options.partitions, configs: { 'retention.ms': '-1' } })
    try {
      await run(terminal, client, topic, options)
    } finally {
      // A cluster of the demo's own goes as a whole; on Ctrl-C, which reaches it too, it is gone already.
      if (where.url === undefined || where.url === options.url) await client.topics.delete(topic)
    }
  })

async function run(terminal: Terminal, client: GregorClient, topic: string, options: Options): Promise<void> {
  const say = (text: string) => options.output !== 'json' && terminal.stdout.write(text)
  const { records, partitions, producers, readers, seed } = options
  const customers = customersPerProducer
  const whose = counted(customers * producers, 'customer')
  say(`${counted(records, 'order')} of ${whose} into ${counted(partitions, 'partition')}\n`)
  const ledger = new Ledger()
  const signal = terminal.interrupted
  const produced = await phase(terminal, 'Producing', records, ledger, async (onProgress) => {
    const fault = await produceOrders(client, ledger, {
      topic,
      records,
      producers,
      customers,
      seed,
      signal,
      onProgress,
    })
    if (fault !== undefined) throw fault
  })
  say(`Produced ${produced.text} by ${counted(producers, 'producer')}\n`)
  const audit = new Audit(ledger)
  const consumed = await phase(terminal, 'Consuming', records, audit, (onProgress) =>
    readOrders(client, audit, { topic, partitions, readers, signal, onProgress }),
  )
  say(`Consumed ${consumed.text} by ${counted(readers, 'reader')}\n`)
  const faults = judged(ledger, audit, records)
  const hash = audit.contentSum.toString(16)
  const value = { records, partitions, produced: produced.rates, consumed: consumed.rates, contentHash: hash, faults }
  if (options.output === 'json') answer(terminal, options, value, () => '')
  if (faults.length > 0) throw new Failure(`What came back is not what was sent: ${faults.join('; ')}.`)
  say(
    `Checked: ${counted(audit.records, 'record')}, the order of ${counted(audit.keys, 'key')}, each record at its ` +
      `acknowledged offset, content hash ${hash}. All is as it was sent.\n`,
  )
}

/** Everything that must hold once all was acknowledged and all was read. */
function judged(ledger: Ledger, audit: Audit, records: number): string[] {
  const faults = audit.faults()
  if (audit.records !== records) faults.push(`${audit.records} records came back of ${records}`)
  if (audit.contentSum !== ledger.contentSum) faults.push('the content hash differs')
  return faults
}

interface Counted {
  readonly records: number
  readonly bytes: number
}

async function phase(
  terminal: Terminal,
  verb: string,
  total: number,
  tally: Counted,
  work: (onProgress: () => void) => Promise<void>,
) {
  const progress = new Progress(terminal, { verb, noun: 'records', total, unit: 'count' })
  const started = terminal.clock.now()
  try {
    await work(() => progress.update(tally.records, tally.records))
  } catch (fault) {
    if (!terminal.interrupted.aborted) throw fault
  } finally {
    progress.done()
  }
  if (terminal.interrupted.aborted) throw new Failure('Interrupted: nothing was checked.')
  const seconds = Math.max(terminal.clock.now() - started, 1) / 1000
  const { records, bytes } = tally
  const rates = {
    records,
    bytes,
    seconds,
    recordsPerSecond: Math.round(records / seconds),
    bytesPerSecond: Math.round(bytes / seconds),
  }
  const rate = `${countText(rates.recordsPerSecond)} records/s, ${bytesText(rates.bytesPerSecond)}/s`
  return { rates, text: `${counted(records, 'record')} (${bytesText(bytes)}) in ${seconds.toFixed(1)} s: ${rate}` }
}
