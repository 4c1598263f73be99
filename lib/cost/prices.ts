/**
 * What AWS charges, by Region: list prices on demand, without free tiers that end after a year, discounts or taxes. One row
 * is one line of a bill; `page` is where AWS says so. A gigabyte counts as 10^9 bytes, which is a little too dear: AWS's
 * storage gigabytes have 2^30.
 */

interface Price {
  /** What is counted, as a bill would say it. */
  readonly unit: string
  readonly dollars: number
  /** For so many units. */
  readonly per: number
  readonly page: string
}

/** Hours of a month, as AWS's calculator has them. */
export const monthHours = 730
export const monthSeconds = monthHours * 3_600

/** What time they are of. They were given to this project or are known, and not read from the pages again: check before you rely on a cent. */
export const pricesAsOf = '2026-11'

const million = 1_000_000
const s3 = 'https://aws.amazon.com/s3/pricing/'
const dynamo = 'https://aws.amazon.com/dynamodb/pricing/on-demand/'
const lambda = 'https://aws.amazon.com/lambda/pricing/'
const api = 'https://aws.amazon.com/api-gateway/pricing/'
const watch = 'https://aws.amazon.com/cloudwatch/pricing/'

const usEast1 = {
  httpApiCall: { unit: 'HTTP API calls', dollars: 1, per: million, page: api },
  lambdaCall: { unit: 'Lambda requests', dollars: 0.2, per: million, page: lambda },
  lambdaGbSecond: { unit: 'Lambda GB-seconds (ARM)', dollars: 13.3334, per: million, page: lambda },
  /** PUT, COPY, POST and LIST requests, parts of uploads among them. DELETE is free. */
  objectPut: { unit: 'S3 PUT and LIST requests', dollars: 5, per: million, page: s3 },
  objectGet: { unit: 'S3 GET requests', dollars: 0.4, per: million, page: s3 },
  objectGbMonth: { unit: 'S3 Standard GB-months', dollars: 0.023, per: 1, page: s3 },
  writeUnit: { unit: 'DynamoDB write units', dollars: 0.625, per: million, page: dynamo },
  readUnit: { unit: 'DynamoDB read units', dollars: 0.125, per: million, page: dynamo },
  itemGbMonth: { unit: 'DynamoDB GB-months', dollars: 0.25, per: 1, page: dynamo },
  /** Continuous backups, which the construct turns on. */
  backupGbMonth: { unit: 'DynamoDB backup GB-months', dollars: 0.2, per: 1, page: dynamo },
  logGb: { unit: 'CloudWatch Logs GB', dollars: 0.5, per: 1, page: watch },
  scheduledCall: {
    // The first 14 million of each month are free, for ever: no schedule of ours comes near.
    ...{ unit: 'EventBridge Scheduler calls', dollars: 0, per: million },
    page: 'https://aws.amazon.com/eventbridge/pricing/',
  },
  machineHour: {
    ...{ unit: 'hours of a t4g.small (2 vCPU, 2 GB)', dollars: 0.0168, per: 1 },
    page: 'https://aws.amazon.com/ec2/pricing/on-demand/',
  },
} as const satisfies Readonly<Record<string, Price>>

export type Priced = keyof typeof usEast1
export type PriceTable = Readonly<Record<Priced, Price>>

export const priceTables = { 'us-east-1': usEast1 } as const satisfies Readonly<Record<string, PriceTable>>
export type Region = keyof typeof priceTables
export const regions = Object.keys(priceTables) as readonly Region[]
