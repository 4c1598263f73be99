/**
 * What others charge a month for the same load, us-east-1, autumn 2026: records of a week, one consumer, six partitions in MSK
 * Serverless. The monthly figures were given to this project; the rates here are chosen so that they give those figures, and
 * were not read from price lists again. Gigabytes of 10^9 bytes, as in our own bill.
 */
import { monthHours, monthSeconds } from '../../lib/cost/prices.ts'

export interface Other {
  readonly name: string
  readonly dollars: (bytesPerSecond: number) => number
  readonly how: string
}

const monthGb = (bytesPerSecond: number) => (bytesPerSecond * monthSeconds) / 1e9
const daysGb = (bytesPerSecond: number, days: number) => (bytesPerSecond * days * 86_400) / 1e9

/** A broker that has room for so much: three small ones, or three that carry 10 MB/s with their replicas. */
const mskBrokerHour = (bytesPerSecond: number) => (bytesPerSecond > 1_000_000 ? 0.204 : 0.0456)

/** By bytes a second: the given figures as they are, since no formula for them is known here. */
const warpStreamQuotes: Readonly<Record<number, number>> = { 0: 500, 1000: 500, 100000: 503, 10000000: 801 }

export const others: readonly Other[] = [
  {
    name: 'MSK Serverless',
    dollars: (bytes) => monthHours * (0.75 + 6 * 0.0015) + monthGb(bytes) * 0.15 + daysGb(bytes, 7) * 0.1,
    how: '$0.75 an hour, $0.0015 a partition-hour, $0.10 a GB in, $0.05 out, $0.10 a GB-month',
  },
  {
    name: 'MSK',
    dollars: (bytes) => 3 * (monthHours * mskBrokerHour(bytes) + daysGb(bytes, 7) * 0.1),
    how: 'three brokers (t3.small at $0.0456 an hour, m7g.large at $0.204 for 10 MB/s), three replicas at $0.10 a GB-month',
  },
  {
    name: 'Kinesis on demand',
    dollars: (bytes) => monthHours * 0.04 + monthGb(bytes) * 0.12 + daysGb(bytes, 6) * 0.1,
    how: '$0.04 a stream-hour, $0.08 a GB in, $0.04 out, $0.10 a GB-month beyond the first day',
  },
  {
    name: 'WarpStream',
    dollars: (bytes) => warpStreamQuotes[bytes] ?? Number.NaN,
    how: 'the figures as given, without a formula; its agents’ machines are not in it',
  },
]
