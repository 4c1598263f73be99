/** `gregor cost`: a month's bill on AWS, computed from a load. It needs no cluster and asks nobody. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { partitionsPerTopicMax } from '../../base/limits.ts'
import { type MonthlyBill, monthlyBill } from '../../cost/bill.ts'
import { type Load, loadDefaults, type Polling, type Via } from '../../cost/load.ts'
import { pricesAsOf, type Region, regions } from '../../cost/prices.ts'
import { wholeNumber } from '../options.ts'
import { answer, type OutputOptions, withOutput } from '../output.ts'
import { bytesText, counted } from '../quantities.ts'
import { table } from '../table.ts'
import type { Terminal } from '../terminal.ts'

interface Options extends OutputOptions {
  readonly messagesPerSecond: number
  readonly recordBytes: number
  readonly consumers: number
  readonly partitions: number
  readonly producers: number
  readonly lingerMs: number
  readonly via: Via
  readonly poll: Polling
  readonly retentionDays: number
  readonly gateways: number
  readonly region: Region
}

/** Above it nothing of this is true any more: a petabyte a month. */
const messagesPerSecondMax = 10_000_000
const recordBytesMax = 64 * 1024 * 1024

const help = `
Each line is a quantity that follows from counted store calls (a test counts them), times AWS's list price. What it rests on:
  --via functions  producers and consumers call API Gateway and Lambda. Each request is a flush of its own: let producers
                   gather (--linger-ms). A consumer with --poll long has a request open all the time, for each partition:
                   $17 a month at half a gigabyte of memory. --poll 5 asks every five seconds instead, and hears later.
  --via gateway    they speak Kafka's protocol to a process that runs all the time (a t4g.small each is in the bill). All
                   producers' records gather for --linger-ms into one flush; readers at the end of the log cost nothing.
Callers are in the Region, and gateways in the zones of their clients: no data transfer is counted. No free tier is.

Examples:
  gregor cost --messages-per-second 100 --record-bytes 1000 --linger-ms 1000 --poll 5
  gregor cost --messages-per-second 10000 --record-bytes 1000 --partitions 12 --via gateway --linger-ms 250 --gateways 2
  gregor cost --messages-per-second 0 --output json`

export const costCommand = (terminal: Terminal): Command =>
  withOutput(new Command('cost'))
    .description('What a load costs a month on AWS, line by line. Needs no cluster.')
    .requiredOption('--messages-per-second <n>', 'records a second, over the whole month; 0: idle', rate)
    .option(
      '--record-bytes <n>',
      'key, value and headers of one',
      wholeNumber(0, recordBytesMax),
      loadDefaults.recordBytes,
    )
    .option('--consumers <n>', 'each reads every record', wholeNumber(0, 10_000), loadDefaults.consumers)
    .option('--partitions <n>', 'that are written to', wholeNumber(1, partitionsPerTopicMax), loadDefaults.partitions)
    .option('--producers <n>', 'that call functions', wholeNumber(1, 1_000_000), loadDefaults.producers)
    .option(
      '--linger-ms <n>',
      'how long records gather for one flush',
      wholeNumber(0, 3_600_000),
      loadDefaults.lingerMs,
    )
    .addOption(
      new Option('--via <what>', 'how clients come').choices(['functions', 'gateway']).default(loadDefaults.via),
    )
    .option('--poll <how>', 'long, or the seconds between two reads of a consumer', polling, loadDefaults.polling)
    .option('--retention-days <n>', 'how long records are kept', days, loadDefaults.retentionDays)
    .option('--gateways <n>', 'with --via gateway', wholeNumber(1, 1_000), loadDefaults.gateways)
    .addOption(new Option('--region <region>', 'whose prices').choices([...regions]).default(regions[0]))
    .addHelpText('after', help)
    .action((options: Options) => {
      const { poll, region, output: _, ...rest } = options
      const load: Load = { ...rest, polling: poll, gateways: rest.via === 'gateway' ? rest.gateways : 0 }
      const bill = monthlyBill(load, region)
      const value = { region, pricesAsOf, load, ...bill }
      answer(terminal, options, value, () => text(terminal, load, bill, region))
    })

function text(terminal: Terminal, load: Load, { lines, parts, dollars }: MonthlyBill, region: Region): string {
  const rows = lines.map((line) => [
    line.part,
    quantityText(line.quantity),
    line.unit,
    `$${line.price}${line.per === 1 ? '' : ' a million'}`,
    dollarsText(line.dollars),
    line.why,
  ])
  const sums = Object.entries(parts).map(([part, sum]) => `${part} ${dollarsText(sum)}`)
  const { messagesPerSecond, recordBytes } = load
  const bytes = bytesText(messagesPerSecond * recordBytes)
  return [
    `${messagesPerSecond} messages a second of ${bytesText(recordBytes)} (${bytes}/s) via ${load.via}, `,
    `${counted(load.consumers, 'consumer')}, ${counted(load.partitions, 'partition')}; ${region}, prices of ${pricesAsOf}\n\n`,
    table(terminal, ['FOR', 'QUANTITY', 'OF', 'PRICE', 'A MONTH', 'WHY'], rows),
    `\n${dollarsText(dollars)} a month${sums.length > 1 ? `: ${sums.join(', ')}` : ''}.\n`,
  ].join('')
}

/** Cents below a hundred dollars, so that the lines of a small bill add up. */
const dollarsText = (dollars: number): string =>
  dollars < 100 ? `$${dollars.toFixed(2)}` : `$${Math.round(dollars).toLocaleString('en-US')}`

const quantityText = (quantity: number): string =>
  quantity < 100 ? quantity.toFixed(2) : Math.round(quantity).toLocaleString('en-US')

function rate(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !(number >= 0 && number <= messagesPerSecondMax)) {
    throw new InvalidArgumentError(`It must be a number from 0 to ${messagesPerSecondMax}; 0.1 is six a minute.`)
  }
  return number
}

function polling(text: string): Polling {
  if (text === 'long') return text
  const seconds = Number(text)
  if (text.trim() === '' || !(seconds > 0 && seconds <= 86_400)) {
    throw new InvalidArgumentError('It must be long, or seconds: more than 0, at most 86400.')
  }
  return seconds
}

function days(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !(number >= 0 && number <= 36_500)) {
    throw new InvalidArgumentError('It must be days, from 0 to 36500; 0.5 is twelve hours.')
  }
  return number
}
