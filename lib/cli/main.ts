/**
 * The command line: reads the words, runs one command, says what went wrong in a sentence and a next step. `run` touches
 * nothing but the `Terminal` that it is given.
 */
import { Command, CommanderError } from 'commander'
import { systemCode } from '../base/system-code.ts'
import { bridgeCommand } from './commands/bridge.ts'
import { consumeCommand } from './commands/consume.ts'
import { contextCommand } from './commands/context.ts'
import { costCommand } from './commands/cost.ts'
import { demoCommand } from './commands/demo.ts'
import { gatewayCommand } from './commands/gateway.ts'
import { groupCommand } from './commands/group.ts'
import { produceCommand } from './commands/produce.ts'
import { startCommand } from './commands/start.ts'
import { topicCommand } from './commands/topic.ts'
import { type ExitCode, exitCodes, Failure } from './failure.ts'
import { processTerminal, type Terminal } from './terminal.ts'
import { version } from './version.ts'

const help = `
Examples:
  gregor start                                    a cluster on this machine, data in .gregor/
  gregor gateway --table t --bucket b             Kafka clients on S3 and DynamoDB
  gregor bridge --url https://...                 Kafka clients over HTTPS, without a gateway
  gregor topic create orders --partitions 6
  echo 'hello' | gregor produce orders
  gregor consume orders --from earliest
  gregor consume orders --group billing --follow

Which cluster: --url, else --context, else GREGOR_URL, else the context in use, else http://127.0.0.1:8082.
Exit codes: 0 done, 1 it failed, 2 it was asked wrongly. GREGOR_DEBUG=1 adds the stack trace of a failure.`

function program(terminal: Terminal): Command {
  const all = new Command('gregor')
    .description('Kafka without brokers to run: topics on object storage, order by conditional writes.')
    .version(version)
    .addHelpText('after', help)
  const commands = [
    startCommand,
    gatewayCommand,
    bridgeCommand,
    topicCommand,
    produceCommand,
    consumeCommand,
    groupCommand,
    contextCommand,
    costCommand,
    demoCommand,
  ]
  for (const command of commands) all.addCommand(command(terminal))
  return inherit(all, terminal)
}

/** What every command shares; commander hands it down only to commands that it has made itself. */
function inherit(command: Command, terminal: Terminal): Command {
  command
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => write(text.replace(/^error: (.)/, (_, first: string) => first.toUpperCase())),
    })
    .helpCommand(false)
  for (const child of command.commands) inherit(child, terminal)
  return command
}

/** Runs one command line (without `node` and the script) to its end; answers the exit code. Never throws. */
export async function run(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    await program(terminal).parseAsync(words, { from: 'user' })
    return exitCodes.done
  } catch (fault) {
    return report(fault, terminal)
  }
}

function report(fault: unknown, terminal: Terminal): ExitCode {
  if (fault instanceof CommanderError) {
    if (fault.exitCode === 0) return exitCodes.done
    // Without a command commander has shown the help already; anything else it has said in a sentence.
    if (!fault.code.startsWith('commander.help')) terminal.stderr.write('Try "--help" for what is possible.\n')
    return exitCodes.usage
  }
  // The reader of a pipe has closed it: it has had enough, and nothing failed.
  if (systemCode(fault) === 'EPIPE') return exitCodes.done
  const failure = fault instanceof Failure ? fault : unexpected(fault)
  terminal.stderr.write(`${failure.message}\n`)
  if (failure.nextStep !== undefined) terminal.stderr.write(`${failure.nextStep}\n`)
  if (terminal.env.GREGOR_DEBUG === '1') terminal.stderr.write(`${trace(fault)}\n`)
  return failure.exitCode
}

const unexpected = (fault: unknown) =>
  new Failure(`This should not have happened: ${fault instanceof Error ? fault.message : String(fault)}`, {
    nextStep: 'Run it again with GREGOR_DEBUG=1 to see where, and please report it.',
    cause: fault,
  })

function trace(fault: unknown): string {
  const stack = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)
  return fault instanceof Error && fault.cause !== undefined ? `${stack}\ncaused by ${trace(fault.cause)}` : stack
}

/** The process's own entry. It leaves by itself: what is still being written is written. */
export async function main(words: readonly string[]): Promise<void> {
  process.exitCode = await run(words, processTerminal())
}
