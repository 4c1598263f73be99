/** What the commands share that run a server: settings under Kafka's names, the listener, the log. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { type BrokerConfigs, firstStartConfigs } from '../cluster/broker-config.ts'
import { readBrokerConfigs } from '../cluster/broker-config-entries.ts'
import { type GatewayLog, type LogLevel, logLevels } from '../gateway/gateway-log.ts'
import { faultLog } from '../local/fault-log.ts'
import { collectRarely } from '../local/rare-collections.ts'
import { type RefusalReason, StartRefused } from '../local/start-refused.ts'
import { OutcomeUnknown, StoreUnavailable } from '../store/errors.ts'
import { exitCodes, Failure, usageFailure } from './failure.ts'
import { collect, wholeNumber } from './options.ts'
import type { Terminal } from './terminal.ts'

export interface ServerOptions {
  readonly host?: string
  readonly kafkaPort?: number
  readonly httpPort: number
  readonly advertised?: string
  readonly config?: readonly string[]
  readonly configFile?: string
  readonly logLevel: LogLevel
}

export const withServerOptions = (command: Command, defaults: { readonly logLevel: LogLevel }): Command =>
  command
    .option('--host <address>', 'where to listen; beyond 127.0.0.1 everyone who reaches it may read and write')
    .option('--kafka-port <port>', 'the Kafka protocol’s port (default: 9092); 0 picks a free one', port)
    .option('--http-port <port>', 'the HTTP API’s port; 0 picks a free one', port, 8082)
    .option('--advertised <host:port>', 'what Kafka clients are told to connect to, where that is another address')
    .option('--config <name=value>', 'a broker config by Kafka’s name; may be given many times', collect(String))
    .option('--config-file <file>', 'broker configs in a server.properties; --config wins over it')
    .addOption(
      new Option('--log-level <level>', 'what standard error is told, as lines of JSON')
        .choices(logLevels)
        .default(defaults.logLevel),
    )

const port = wholeNumber(0, 65_535)

/** The broker configs that were set, legal together, or a `Failure` that says what to change. */
export function configsOf(terminal: Terminal, { config, configFile }: ServerOptions): BrokerConfigs {
  const read = readBrokerConfigs({
    base: firstStartConfigs,
    ...(configFile !== undefined && { file: { name: configFile, text: textOf(resolve(terminal.folder, configFile)) } }),
    ...(config !== undefined && { entries: config }),
  })
  if ('configs' in read) return read.configs
  throw usageFailure(read.problem, 'docs/cli.md lists the broker configs; --config NAME=VALUE sets one.')
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Failure(`${path} cannot be read.`, { nextStep: 'Check the path after --config-file.', cause })
  }
}

export interface ServerVoice {
  readonly log: GatewayLog
  readonly report: (fault: unknown) => void
}

export async function serverVoice(terminal: Terminal, { logLevel }: ServerOptions): Promise<ServerVoice> {
  // Loaded here: commands that run no server should start at once.
  const { processLog } = await import('../local/process-log.ts')
  const log = processLog(logLevel, (line) => terminal.stderr.write(line))
  const write = (line: string) => log.error({}, line)
  return { log, report: faultLog(terminal.clock, (fault) => faultText(terminal, fault), write) }
}

/** A fault is a line of an operator's log; its stack is for whoever asks. */
function faultText(terminal: Terminal, fault: unknown): string {
  if (!(fault instanceof Error)) return JSON.stringify(fault)
  if (terminal.env.GREGOR_DEBUG === '1' && fault.stack) return fault.stack
  const isOfStore = fault instanceof StoreUnavailable || fault instanceof OutcomeUnknown
  // Which call failed differs from one to the next; what is wrong with the store does not.
  const said = isOfStore && fault.cause instanceof Error ? fault.cause : fault
  return `${fault.name}: ${said.message}`
}

const nextSteps: Readonly<Record<RefusalReason, string>> = {
  'data-in-use': 'Stop the other one, or give this one its own with --data FOLDER.',
  'newer-format': 'Use that version, or another folder with --data FOLDER. Nothing was changed.',
  'data-incomplete':
    'Put meta.sqlite, and meta.sqlite-wal beside it, back; or give another folder with --data FOLDER. Nothing was changed.',
  'not-a-data-folder': 'Give an empty or a new folder with --data FOLDER. Nothing was changed.',
  'data-unusable': 'Give a folder that you may write to with --data FOLDER, or use --memory.',
  'disk-full': 'Free some space, or use another disk with --data FOLDER.',
  'port-in-use':
    'Is a cluster running already? Else choose another port with --http-port, or a free one with --http-port 0.',
  'kafka-port-in-use':
    'Is a cluster running already, or Apache Kafka? Else choose another port with --kafka-port, or a free one with --kafka-port 0.',
  'address-unusable': 'Choose another address with --host, or another port with --http-port or --kafka-port.',
  'store-unusable': 'Check --table, --bucket, --region and the AWS credentials; --create makes a table and a bucket.',
  'broker-id-in-use': 'Leave node.id out to take a free one.',
  'settings-illegal': 'Change it where it is set: --config, --config-file, or the option of that name.',
}

/** Starts, and says why not with a next step. */
export async function started<Started>(start: () => Promise<Started>): Promise<Started> {
  collectRarely()
  try {
    return await start()
  } catch (fault) {
    if (!(fault instanceof StartRefused)) throw fault
    throw new Failure(fault.message, {
      nextStep: nextSteps[fault.reason],
      exitCode: exitCodes.failed,
      cause: fault,
    })
  }
}

/** Waits for Ctrl-C or SIGTERM, and closes. */
export async function untilInterrupted(
  terminal: Terminal,
  output: 'text' | 'json',
  running: { close(): Promise<void> },
): Promise<void> {
  await new Promise<void>((resolve) => {
    if (terminal.interrupted.aborted) return resolve()
    terminal.interrupted.addEventListener('abort', () => resolve(), { once: true })
  })
  if (output !== 'json') terminal.stderr.write('Stopping: finishing what was begun (Ctrl-C again stops at once).\n')
  await running.close()
  if (output === 'json') terminal.stdout.write(`${JSON.stringify({ event: 'stopped' })}\n`)
}
