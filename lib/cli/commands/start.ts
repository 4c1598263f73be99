/** `gregor start`: a cluster on this machine, until Ctrl-C. */
import { isAbsolute, relative, resolve } from 'node:path'
import { Command, Option } from 'commander'
import type { Durability, LocalCluster } from '../../local/start-local.ts'
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
  readonly data: string
  readonly memory?: boolean
  readonly durability: Durability
}

const more = `
Examples:
  gregor start
  gregor start --data /var/lib/gregor --kafka-port 19092 --http-port 9000
  gregor start --config num.partitions=6 --config auto.create.topics.enable=false
  gregor start --memory --kafka-port 0 --http-port 0 --output json

--durability says what a record that was acknowledged survives:
  power    a loss of power: the disk is waited for before each acknowledgement (the default)
  process  a crash or kill -9 of this process, but not of the machine; faster, and what Kafka does by default

Ctrl-C finishes what was begun and stops; a second one stops at once. With --output json the first line of standard output
is {"event":"ready","pid":...,"http":"...","kafka":"..."}. (npm start -- --output json: add --silent after npm, it prints
lines of its own.)`

export const startCommand = (terminal: Terminal): Command =>
  withServerOptions(
    withOutput(new Command('start'))
      .description('Start a cluster on this machine: one process, no Docker, no JVM. Ctrl-C stops it.')
      .option('--data <folder>', 'where the data lies', '.gregor')
      .addOption(
        // Who names a folder means to keep something: one of the two would be a promise that is not kept.
        new Option('--memory', 'keep nothing: the data is gone when it stops').conflicts(['data', 'durability']),
      )
      .addOption(
        new Option('--durability <what>', 'what an acknowledged record survives')
          .choices(['power', 'process'])
          .default('power'),
      ),
    { logLevel: 'warn' },
  )
    .addHelpText('after', more)
    .action((options: Options) => start(terminal, options))

async function start(terminal: Terminal, options: Options): Promise<void> {
  const { host, kafkaPort, httpPort, advertised } = options
  const configs = configsOf(terminal, options)
  const { log, report } = await serverVoice(terminal, options)
  // Loaded here: other commands need none of it, and should start at once.
  const { startLocal } = await import('../../local/start-local.ts')
  const folder = resolve(terminal.folder, options.data)
  const cluster = await started(() =>
    startLocal({
      data: options.memory ? 'memory' : { folder, durability: options.durability },
      ...(host !== undefined && { host }),
      ...(kafkaPort !== undefined && { kafkaPort }),
      ...(advertised !== undefined && { advertised }),
      httpPort,
      configs,
      log,
      report,
    }),
  )
  announce(terminal, options, cluster)
  await untilInterrupted(terminal, options.output ?? 'text', cluster)
}

/** One line for programs, a few for people: where it listens, and what to try next. */
function announce(terminal: Terminal, options: Options, { http, kafka }: LocalCluster): void {
  if (options.output === 'json') {
    terminal.stdout.write(`${JSON.stringify({ event: 'ready', pid: process.pid, http, kafka })}\n`)
    return
  }
  const data = options.memory ? 'in memory only' : `in ${shown(terminal.folder, options.data)}`
  const elsewhere = http === 'http://127.0.0.1:8082' ? '' : `GREGOR_URL=${http} `
  terminal.stdout.write(
    `Gregor listens on ${kafka} for Kafka clients and on ${http} (data ${data}; Ctrl-C stops it).\n` +
      `Try in another terminal: echo hello | kcat -b ${kafka} -t orders -P && kcat -b ${kafka} -t orders -C -e\n` +
      `or without any client:   ${elsewhere}npx gregor topic create orders --partitions 6\n`,
  )
}

function shown(folder: string, data: string): string {
  const path = relative(folder, resolve(folder, data))
  return path === '' || path.startsWith('..') || isAbsolute(path) ? resolve(folder, data) : path
}
