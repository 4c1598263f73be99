/** `gregor bridge`: any Kafka client on a cluster that is reached over HTTPS, until Ctrl-C. */
import { Command } from 'commander'
import { systemCode } from '../../base/system-code.ts'
import type { Bridge } from '../../client/bridge.ts'
import { KafkaHttpError } from '../../client/kafka-http.ts'
import { faultLog } from '../../local/fault-log.ts'
import { type ClusterOptions, clusterPlace, withCluster } from '../cluster.ts'
import { Failure, usageFailure } from '../failure.ts'
import { wholeNumber } from '../options.ts'
import { type OutputOptions, withOutput } from '../output.ts'
import { untilInterrupted } from '../server-options.ts'
import type { Terminal } from '../terminal.ts'

interface Options extends OutputOptions, ClusterOptions {
  readonly host: string
  readonly port: number
  readonly advertised?: string
}

const more = `
Examples:
  gregor bridge --url https://abc.execute-api.eu-central-1.amazonaws.com --sigv4
  gregor bridge --url https://kafka.example.com/prod --api-key KEY --port 19092
  kcat -b 127.0.0.1:9092 -L                                       in another terminal

Clients connect to the bridge as to a broker; each of their requests becomes one POST /kafka. A key or a token may also come
from GREGOR_API_KEY or GREGOR_TOKEN, or with the headers of a context; --sigv4 signs with the credentials that the AWS SDK
finds. Whoever reaches the bridge acts with them: it listens on 127.0.0.1 only, unless --host says otherwise.

With --output json the first line of standard output is {"event":"ready","pid":...,"kafka":"...","url":"..."}.`

export const bridgeCommand = (terminal: Terminal): Command =>
  withCluster(withOutput(new Command('bridge')))
    .description('Let Kafka clients reach a cluster over HTTPS: a broker’s address where there is no broker.')
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--port <port>', 'the port that clients connect to; 0 picks a free one', wholeNumber(0, 65_535), 9092)
    .option('--advertised <host:port>', 'what clients are told to connect to, where that is another address')
    .addHelpText('after', more)
    .action((options: Options) => run(terminal, options))

async function run(terminal: Terminal, options: Options): Promise<void> {
  const { host, port, advertised } = options
  if (advertised !== undefined && !/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/.test(advertised)) {
    throw usageFailure(`--advertised is HOST:PORT; it is ${advertised}.`)
  }
  const { url, headers, sign } = await clusterPlace(terminal, options)
  const { startBridge } = await import('../../client/bridge.ts')
  const report = faultLog(
    terminal.clock,
    (fault) => (fault instanceof Error ? fault.message : String(fault)),
    (line) => terminal.stderr.write(`${line}\n`),
  )
  const starting = startBridge({
    ...{ url, headers, host, port, report },
    ...(sign !== undefined && { sign }),
    ...(advertised !== undefined && { advertised }),
  })
  const bridge = await starting.catch((fault: unknown) => {
    throw refused(fault, options)
  })
  announce(terminal, options, bridge, url)
  await untilInterrupted(terminal, options.output ?? 'text', bridge)
}

function refused(fault: unknown, { host, port }: Options): unknown {
  if (fault instanceof KafkaHttpError) {
    return new Failure(fault.message, { nextStep: 'Check --url, --api-key, --token and --sigv4.', cause: fault })
  }
  const code = systemCode(fault)
  if (code === 'EADDRINUSE') {
    return new Failure(`Port ${port} on ${host} is in use.`, {
      nextStep:
        'Does a bridge or a cluster run already? Else choose another port with --port, or a free one with --port 0.',
      cause: fault,
    })
  }
  if (code !== undefined) {
    return new Failure(`${host}:${port} cannot be listened on (${code}).`, {
      nextStep: 'Choose another address with --host, or another port with --port.',
      cause: fault,
    })
  }
  return fault
}

function announce(terminal: Terminal, { output }: Options, { address }: Bridge, url: string): void {
  if (output === 'json') {
    terminal.stdout.write(`${JSON.stringify({ event: 'ready', pid: process.pid, kafka: address, url })}\n`)
    return
  }
  terminal.stdout.write(
    `Kafka clients connect to ${address} and are answered by ${url} (Ctrl-C stops it).\n` +
      `Try in another terminal: kcat -b ${address} -L\n`,
  )
}
