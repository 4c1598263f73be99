/** `gregor gateway`: the Kafka protocol on S3 and DynamoDB, until Ctrl-C or SIGTERM. */
import { Command } from 'commander'
import type { AwsOptions } from '../../local/aws-stores.ts'
import type { GatewayProcess } from '../../local/start-gateway.ts'
import { usageFailure } from '../failure.ts'
import { wholeNumber } from '../options.ts'
import { type OutputOptions, withOutput } from '../output.ts'
import {
  configsOf,
  type ServerOptions,
  serverVoice,
  started,
  untilInterrupted,
  withServerOptions,
} from '../server-options.ts'
import type { Terminal } from '../terminal.ts'

interface Options extends OutputOptions, ServerOptions {
  readonly table?: string
  readonly bucket?: string
  readonly bucketPrefix: string
  readonly region?: string
  readonly create?: boolean
  readonly janitor: boolean
  readonly lingerMs?: number
}

const more = `
Examples:
  gregor gateway --table gregor --bucket my-gregor --region eu-central-1
  gregor gateway --table gregor --bucket my-gregor --host 0.0.0.0 --advertised kafka.example.com:9092
  gregor gateway --linger-ms 250 --config num.partitions=6          fewer, larger objects: a smaller bill

The table, the bucket and the region may also come from GREGOR_TABLE, GREGOR_BUCKET and AWS_REGION; credentials are found as
the AWS SDK finds them. An emulator is named by AWS_ENDPOINT_URL. Any number of gateways run on one table and bucket:
each takes a node.id of its own, and when one dies the others lead its partitions within broker.session.timeout.ms.

With --output json the first line of standard output is
{"event":"ready","pid":...,"http":"...","kafka":"...","advertised":"...","broker":...}.`

export const gatewayCommand = (terminal: Terminal): Command =>
  withServerOptions(
    withOutput(new Command('gateway'))
      .description('Serve Kafka clients from S3 and DynamoDB. Ctrl-C hands over to the other gateways and stops.')
      .option('--table <name>', 'the DynamoDB table')
      .option('--bucket <name>', 'the S3 bucket')
      .option('--bucket-prefix <prefix>', 'what each object’s key begins with, such as cluster-1/', '')
      .option('--region <region>', 'the AWS region')
      .option('--create', 'make the table and the bucket where they are not there')
      .option('--no-janitor', 'leave cleaning up to a scheduled function')
      .option(
        '--linger-ms <ms>',
        'how long batches of all connections are gathered for one object (default: 10, 2 when nothing more comes)',
        wholeNumber(0, 5_000),
      ),
    { logLevel: 'info' },
  )
    .addHelpText('after', more)
    .action((options: Options) => run(terminal, options))

async function run(terminal: Terminal, options: Options): Promise<void> {
  const { host, kafkaPort, httpPort, advertised, lingerMs } = options
  const aws = awsOptions(terminal, options)
  const linger = lingerMs === undefined ? {} : { 'gregor.linger.ms': String(lingerMs) }
  const configs = { ...configsOf(terminal, options), ...linger }
  const { log, report } = await serverVoice(terminal, options)
  // Loaded here: it brings the AWS SDK, which other commands should not wait for.
  const { startGateway } = await import('../../local/start-gateway.ts')
  const gateway = await started(() =>
    startGateway({
      aws,
      ...(host !== undefined && { host }),
      ...(kafkaPort !== undefined && { kafkaPort }),
      ...(advertised !== undefined && { advertised }),
      httpPort,
      configs,
      cleans: options.janitor,
      log,
      report,
    }),
  )
  announce(terminal, options, gateway)
  await untilInterrupted(terminal, options.output ?? 'text', gateway)
}

function awsOptions({ env }: Terminal, options: Options): AwsOptions {
  const emulated = [env.AWS_ENDPOINT_URL, env.AWS_ENDPOINT_URL_S3].some((url) => url !== undefined && url !== '')
  const required = (value: string | undefined, what: string, how: string) => {
    if (value === undefined || value === '') throw usageFailure(`No ${what} is named.`, `Name it with ${how}.`)
    return value
  }
  return {
    table: required(options.table ?? env.GREGOR_TABLE, 'DynamoDB table', '--table NAME or GREGOR_TABLE'),
    bucket: required(options.bucket ?? env.GREGOR_BUCKET, 'S3 bucket', '--bucket NAME or GREGOR_BUCKET'),
    region: required(
      options.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? (emulated ? 'us-east-1' : undefined),
      'AWS region',
      '--region REGION or AWS_REGION',
    ),
    bucketPrefix: options.bucketPrefix,
    emulated,
    create: options.create === true,
  }
}

function announce(terminal: Terminal, { output }: Options, gateway: GatewayProcess): void {
  const { http, kafka, advertised, brokerId } = gateway
  if (output === 'json') {
    const ready = { event: 'ready', pid: process.pid, http, kafka, advertised, broker: brokerId }
    terminal.stdout.write(`${JSON.stringify(ready)}\n`)
    return
  }
  const told = advertised === kafka ? '' : `, which are told ${advertised}`
  terminal.stdout.write(
    `Broker ${brokerId} listens on ${kafka} for Kafka clients${told}, and on ${http} (Ctrl-C hands over and stops).\n` +
      `Try in another terminal: kcat -b ${advertised} -L\n`,
  )
}
