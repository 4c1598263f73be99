/**
 * What a command says when it cannot do what it was asked: one sentence, and a next step. Never a stack trace, unless
 * GREGOR_DEBUG=1 asks for it.
 */

/** Exit codes: 0 done, 1 it failed, 2 it was asked wrongly. `consume` ends with 0 when its reader closes the pipe. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export class Failure extends Error {
  override readonly name = 'Failure'
  /** What the person can do next: a sentence or a command. */
  readonly nextStep: string | undefined
  readonly exitCode: ExitCode

  constructor(sentence: string, options: { nextStep?: string; exitCode?: ExitCode; cause?: unknown } = {}) {
    super(sentence, { cause: options.cause })
    this.nextStep = options.nextStep
    this.exitCode = options.exitCode ?? exitCodes.failed
  }
}

/** What was typed cannot be meant. */
export const usageFailure = (sentence: string, nextStep?: string) =>
  new Failure(sentence, { exitCode: exitCodes.usage, ...(nextStep === undefined ? {} : { nextStep }) })
