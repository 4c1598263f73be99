/** `docs/cost.md` as the model has it. */
import { type MonthlyBill, monthlyBill } from '../../lib/cost/bill.ts'
import * as counts from '../../lib/cost/counts.ts'
import { type Load, loadDefaults } from '../../lib/cost/load.ts'
import { pricesAsOf, priceTables } from '../../lib/cost/prices.ts'
import { others } from './others.ts'

interface Way {
  readonly said: string
  readonly load: Partial<Load>
}

interface Wanted {
  readonly name: string
  readonly messagesPerSecond: number
  readonly dollarsMax: number
  /** The first is what the wish is held against. */
  readonly ways: readonly [Way, ...Way[]]
  /** Where a way is dearer than was wished for. */
  readonly why: string
}

const functions = { via: 'functions', gateways: 0 } as const
const gateway = { via: 'gateway', gateways: 1 } as const

export const wanted: readonly Wanted[] = [
  {
    name: 'idle',
    messagesPerSecond: 0,
    dollarsMax: 0,
    ways: [
      { said: 'functions', load: functions },
      { said: 'a gateway', load: gateway },
    ],
    why: 'The janitor’s schedule is what is left of an idle cluster: a call each five minutes, which looks whether a round is due; where rounds find nothing to do one is due each hour. More than half of it, Lambda’s and CloudWatch’s part, is within what AWS gives every account each month for ever, which is not counted here; with `janitorInterval` at an hour it is less than half. A gateway runs, and renews its lease.',
  },
  {
    name: '1 message a second',
    messagesPerSecond: 1,
    dollarsMax: 5,
    ways: [
      { said: 'functions, gathered for 10 s, read each 10 s', load: { ...functions, lingerMs: 10_000, polling: 10 } },
      { said: 'functions, at once, read each 10 s', load: { ...functions, polling: 10 } },
      { said: 'functions, at once, long polls', load: functions },
      { said: 'a gateway, gathered for 10 ms', load: { ...gateway, lingerMs: 10 } },
      { said: 'a gateway, gathered for 5 s', load: { ...gateway, lingerMs: 5_000 } },
    ],
    why: 'A request for each record is 2.6 million of them: $3.60 for API Gateway and Lambda before a byte is stored, and a record of 1 KB with what is around it takes two write units when it is put and two when it is deleted. A long poll is a function that waits, at half a gigabyte of memory. Through a gateway its machine ($12.26) is most of it.',
  },
  {
    name: '100 a second, batched',
    messagesPerSecond: 100,
    dollarsMax: 25,
    ways: [
      { said: 'functions, gathered for 2 s, read each 5 s', load: { ...functions, lingerMs: 2_000, polling: 5 } },
      { said: 'functions, gathered for 1 s, read each 5 s', load: { ...functions, lingerMs: 1_000, polling: 5 } },
      { said: 'functions, gathered for 1 s, long polls', load: { ...functions, lingerMs: 1_000 } },
      { said: 'a gateway, gathered for 2 s', load: { ...gateway, lingerMs: 2_000 } },
      { said: 'a gateway, gathered for 1 s', load: { ...gateway, lingerMs: 1_000 } },
      { said: 'a gateway, gathered for 250 ms', load: { ...gateway, lingerMs: 250 } },
    ],
    why: 'A PUT a second is $13 a month, four are $52: the price of a short wait, whatever is in them.',
  },
  {
    name: '10 MB/s',
    messagesPerSecond: 10_000,
    dollarsMax: 800,
    ways: [
      { said: 'two gateways, gathered for 250 ms', load: { ...gateway, gateways: 2, partitions: 12, lingerMs: 250 } },
      { said: 'two gateways, gathered for 100 ms', load: { ...gateway, gateways: 2, partitions: 12, lingerMs: 100 } },
      {
        said: 'functions, gathered for 300 ms, read each second',
        load: { ...functions, partitions: 12, lingerMs: 300, polling: 1 },
      },
    ],
    why: 'At 100 ms there are 20 PUTs and 240 updates of heads a second. Fewer partitions cost less: an update is one partition’s.',
  },
]

export const billOf = ({ messagesPerSecond }: Wanted, { load }: Way): MonthlyBill =>
  monthlyBill({ ...loadDefaults, messagesPerSecond, ...load })

const dollars = (sum: number) => (sum < 100 ? `$${sum.toFixed(2)}` : `$${Math.round(sum).toLocaleString('en-US')}`)
const whole = (sum: number) => `$${Math.round(sum).toLocaleString('en-US')}`

const machines = ({ lines }: MonthlyBill) =>
  lines.filter(({ what }) => what === 'machineHour').reduce((sum, line) => sum + line.dollars, 0)

function overview(): string[] {
  return [
    `| | Gregor | ${others.map(({ name }) => name).join(' | ')} |`,
    `|---|--:|${others.map(() => '--:').join('|')}|`,
    ...wanted.map((each) => {
      const bytes = each.messagesPerSecond * loadDefaults.recordBytes
      const theirs = others.map((other) => whole(other.dollars(bytes)))
      return `| ${each.name} | **${dollars(billOf(each, each.ways[0]).dollars)}** | ${theirs.join(' | ')} |`
    }),
  ]
}

const againstWish = (sum: number, max: number) =>
  Math.round(sum * 100) <= max * 100 ? 'yes' : `no, by ${dollars(sum - max)}`

function waysOf(each: Wanted): string[] {
  return [
    `### ${each.name[0]?.toUpperCase()}${each.name.slice(1)}: at most ${whole(each.dollarsMax)} is wanted`,
    '',
    '| Way | A month | of which machines | Wanted |',
    '|---|--:|--:|---|',
    ...each.ways.map((way) => {
      const bill = billOf(each, way)
      const machine = machines(bill)
      const shown = machine > 0 ? dollars(machine) : ''
      return `| ${way.said} | ${dollars(bill.dollars)} | ${shown} | ${againstWish(bill.dollars, each.dollarsMax)} |`
    }),
    '',
    each.why,
    '',
  ]
}

function linesOf(each: Wanted): string[] {
  const { lines } = billOf(each, each.ways[0])
  return [
    `### ${each.name[0]?.toUpperCase()}${each.name.slice(1)}, ${each.ways[0].said}`,
    '',
    '| For | Quantity | Of | Price | A month | Why |',
    '|---|--:|---|--:|--:|---|',
    ...lines.map(({ part, quantity, unit, price, per, dollars: sum, why }) => {
      const amount = quantity < 100 ? quantity.toFixed(2) : Math.round(quantity).toLocaleString('en-US')
      const priced = `$${price}${per === 1 ? '' : ' a million'}`
      return `| ${part} | ${amount} | ${unit} | ${priced} | ${dollars(sum)} | ${why} |`
    }),
    '',
  ]
}

const assumptions = [
  `Records of 1 KB, kept for a week; one consumer, which commits each ${counts.commitIntervalMs / 1000} s; one partition (12 at 10 MB/s); one producer, or one Kafka client a gateway. Evenly over the month.`,
  `Consumers’ polling is included. A consumer of functions either has a *long poll* open all the time (${(counts.functionGb.fetch * 1000).toFixed(0)} MB of memory, $17.50 a month for each partition that it reads, whatever comes), or reads each so many seconds and hears that much later. A reader at the end of a gateway’s log costs no call.`,
  'Functions: HTTP API, IAM, ARM64, access log and metrics on, backups of the table on: what [the construct](deploy.md) does by default.',
  'Callers are in the Region, gateways in the zones of their clients: **no data transfer is counted**. To the internet it is $0.09 a GB, $2,365 a month at 10 MB/s.',
  'List prices. **No free tier is counted**, but for those that are part of a price list for ever (EventBridge Scheduler’s 14 million calls). CloudWatch’s ten alarms, ten metrics and three dashboards of an account are free; where they are used up, the construct’s cost up to $0.10, $0.30 and $3 each.',
  `Nothing of this was measured in an AWS account. Times that functions take are assumed: produce ${counts.produceMs.inline} ms (small, in DynamoDB) and ${counts.produceMs.object} ms (in S3), reads ${counts.fetchMs.inline} and ${counts.fetchMs.object} ms, near the medians of \`npm run bench:latency\`. Machines: a t4g.small a gateway.`,
]

export function costDocument(): string {
  return [
    '# What it costs',
    '',
    'Generated from `lib/cost`. Store calls and units are those that `test/cost` counts on the real log, functions and janitor;',
    `prices are AWS's of ${pricesAsOf}, us-east-1. For a load of your own: \`npx gregor cost --help\`.`,
    '',
    ...overview(),
    '',
    'A month, in the first of the ways below, chosen for its price: **it waits**, up to 10 s at one message a second. Other ways are dearer, and said below. Others’ monthly figures were given to this project; these rates reproduce them and were not checked again:',
    '',
    ...others.map(({ name, how }) => `- ${name}: ${how}.`),
    '',
    '## What is assumed',
    '',
    ...assumptions.map((each) => `- ${each}`),
    '',
    '## Ways',
    '',
    ...wanted.flatMap(waysOf),
    '## Line by line',
    '',
    ...wanted.flatMap(linesOf),
    '## Prices',
    '',
    '| What | Price | From |',
    '|---|--:|---|',
    ...Object.values(priceTables['us-east-1']).map(
      ({ unit, dollars: price, per, page }) => `| ${unit} | $${price}${per === 1 ? '' : ' a million'} | <${page}> |`,
    ),
    '',
  ].join('\n')
}
