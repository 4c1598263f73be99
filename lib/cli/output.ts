/** What a command answers: text for people, JSON for pipes (`--output json`). */
import { type Command, Option } from 'commander'
import type { Terminal } from './terminal.ts'

export interface OutputOptions {
  readonly output?: 'text' | 'json'
}

export const withOutput = (command: Command): Command =>
  command.addOption(
    new Option('--output <format>', 'text for people, json for programs').choices(['text', 'json']).default('text'),
  )

/** Writes one answer: `value` as a line of JSON, or the text for people. */
export function answer(terminal: Terminal, options: OutputOptions, value: unknown, text: () => string): void {
  terminal.stdout.write(options.output === 'json' ? `${JSON.stringify(value)}\n` : text())
}

/** Resolves when the stream has taken the text, so that what was "printed" has left this process. */
export const written = (stream: NodeJS.WritableStream, text: string | Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => stream.write(text, (fault) => (fault ? reject(fault) : resolve())))
