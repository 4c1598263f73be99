/**
 * What a command shows at an API's door besides a signature: a key, or a token. Options say it, else the environment; but a
 * context brings its own and gets nothing of the environment's, which may be meant for another cluster. Whoever may list this
 * machine's processes sees options: the environment and contexts are for secrets.
 */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { Failure, usageFailure } from './failure.ts'
import type { Terminal } from './terminal.ts'

export interface CallerOptions {
  readonly apiKey?: string
  readonly token?: string
}

const names = { apiKey: 'GREGOR_API_KEY', token: 'GREGOR_TOKEN' } as const

export const withCallerHeaders = (command: Command): Command =>
  command
    .addOption(new Option('--api-key <key>', `sent as x-api-key (else ${names.apiKey})`).argParser(secret))
    .addOption(
      new Option('--token <token>', `sent as a bearer token, such as a JWT (else ${names.token})`).argParser(secret),
    )

/** Options' headers. Throws a `Failure` where a token would meet a signature: both are the header `authorization`. */
export function givenHeaders({ apiKey, token }: CallerOptions, isSigned: boolean): Record<string, string> {
  if (token !== undefined && isSigned) {
    throw usageFailure('A request is signed or has a token, not both.', 'Leave out --token, or --sigv4.')
  }
  return headersOf({ apiKey, token })
}

/** The environment's headers, for a cluster that is no context. A signature leaves no room for a token. */
export function environmentHeaders({ env }: Pick<Terminal, 'env'>, isSigned: boolean): Record<string, string> {
  const [apiKey, token] = [fromEnvironment(env, 'apiKey'), fromEnvironment(env, 'token')]
  return headersOf({ apiKey, token: isSigned ? undefined : token })
}

function headersOf({ apiKey, token }: { apiKey: string | undefined; token: string | undefined }) {
  return {
    ...(apiKey !== undefined && { 'x-api-key': apiKey }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }
}

function fromEnvironment(env: Terminal['env'], which: keyof typeof names): string | undefined {
  const text = env[names[which]]
  if (text === undefined || text === '') return undefined
  try {
    return secret(text)
  } catch (cause) {
    // What it is stays unsaid: it may be a secret with a slip in it.
    throw new Failure(`${names[which]} cannot be sent as a header.`, {
      nextStep: 'It is letters, digits and signs, without spaces or line breaks.',
      exitCode: 2,
      cause,
    })
  }
}

/** Visible ASCII: what both API keys and tokens (RFC 6750) are of. */
function secret(text: string): string {
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw new InvalidArgumentError('It is letters, digits and signs, without spaces or line breaks.')
  }
  return text
}
