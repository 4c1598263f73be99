/** `gregor start`: a cluster on this machine, until Ctrl-C. */
import { isAbsolute, relative, resolve } from 'node:path'
import { Command, Option } from 'commander'
import { faultLog } from '../../local/fault-log.ts'
import type { Durability, LocalCluster, LocalOptions } from '../../local/start-local.ts'
import { type RefusalReason, StartRefused } from '../../local/start-refused.ts'
import { OutcomeUnknown, StoreUnavailable } from '../../store/errors.ts'
import { exitCodes, Failure } from '../failure.ts'
import { wholeNumber } from '../options.ts'
import { type OutputOptions, withOutput } from '../output.ts'
import type { Terminal } from '../terminal.ts'

interface Options extends OutputOptions {
  readonly data: string
  readonly memory?: boolean
  readonly host: string
  readonly httpPort: number
  readonly durability: Durability
}

const more = `
Examples:
  gregor start
  gregor start --data /var/lib/gregor --http-port 9000
  gregor start --memory --http-port 0 --output json

--durability says what a record that was acknowledged survives:
  power    a loss of power: the disk is waited for before each acknowledgement (the default)
  process  a crash or kill -9 of this process, but not of the machine; faster, and what Kafka does by default

Ctrl-C finishes what was begun and stops; a second one stops at once. With --output json the first line of standard output
is {"event":"ready","pid":...,"http":"..."}. (npm start -- --output json: add --silent after npm, it prints lines of its own.)`

export const startCommand = (terminal: Terminal): Command =>
  withOutput(new Command('start'))
    .description('Start a cluster on this machine: one process, no Docker, no JVM. Ctrl-C stops it.')
    .option('--data <folder>', 'where the data lies', '.gregor')
    .addOption(
      // Who names a folder means to keep something: one of the two would be a promise that is not kept.
      new Option('--memory', 'keep nothing: the data is gone when it stops').conflicts(['data', 'durability']),
    )
    .option(
      '--host <address>',
      'where to listen; beyond 127.0.0.1 everyone who reaches it may read and write',
      '127.0.0.1',
    )
    .option('--http-port <port>', 'the HTTP API’s port; 0 picks a free one', wholeNumber(0, 65_535), 8082)
    .addOption(
      new Option('--durability <what>', 'what an acknowledged record survives')
        .choices(['power', 'process'])
        .default('power'),
    )
    .addHelpText('after', more)
    .action((options: Options) => start(terminal, options))

async function start(terminal: Terminal, options: Options): Promise<void> {
  const cluster = await started(terminal, options)
  announce(terminal, options, cluster)
  await new Promise<void>((resolve) => {
    if (terminal.interrupted.aborted) return resolve()
    terminal.interrupted.addEventListener('abort', () => resolve(), { once: true })
  })
  if (options.output !== 'json')
    terminal.stderr.write('Stopping: finishing what was begun (Ctrl-C again stops at once).\n')
  await cluster.close()
  if (options.output === 'json') terminal.stdout.write(`${JSON.stringify({ event: 'stopped' })}\n`)
}

async function started(terminal: Terminal, options: Options): Promise<LocalCluster> {
  // Loaded here: other commands need none of it, and should start at once.
  const { startLocal } = await import('../../local/start-local.ts')
  const folder = resolve(terminal.folder, options.data)
  const local: LocalOptions = {
    data: options.memory ? 'memory' : { folder, durability: options.durability },
    host: options.host,
    httpPort: options.httpPort,
    report: faultLog(
      terminal.clock,
      (fault) => faultText(terminal, fault),
      (line) => terminal.stderr.write(`${line}\n`),
    ),
  }
  try {
    return await startLocal(local)
  } catch (fault) {
    if (fault instanceof StartRefused) throw refused(fault)
    throw fault
  }
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
  'address-unusable': 'Choose another address with --host, or another port with --http-port.',
}

const refused = (fault: StartRefused) =>
  new Failure(fault.message, { nextStep: nextSteps[fault.reason], exitCode: exitCodes.failed, cause: fault })

/** One line for programs, two for people: where it listens, and what to try next. */
function announce(terminal: Terminal, options: Options, { http }: LocalCluster): void {
  if (options.output === 'json') {
    terminal.stdout.write(`${JSON.stringify({ event: 'ready', pid: process.pid, http })}\n`)
    return
  }
  const data = options.memory ? 'in memory only' : `in ${shown(terminal.folder, options.data)}`
  const elsewhere = http === 'http://127.0.0.1:8082' ? '' : `GREGOR_URL=${http} `
  terminal.stdout.write(
    `Gregor listens on ${http} (data ${data}; Ctrl-C stops it).\n` +
      `Try in another terminal: ${elsewhere}npx gregor topic create orders --partitions 6\n`,
  )
}

function shown(folder: string, data: string): string {
  const path = relative(folder, resolve(folder, data))
  return path === '' || path.startsWith('..') || isAbsolute(path) ? resolve(folder, data) : path
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
