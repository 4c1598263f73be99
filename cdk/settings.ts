/** What can be said on the command line, `cdk deploy -c NAME=VALUE`. A value that means nothing is refused, never passed over. */
import { RemovalPolicy } from 'aws-cdk-lib'
import type { Authorization, GregorProps } from './gregor-props.ts'

const choices = {
  api: ['http', 'rest'],
  authorization: ['iam', 'jwt', 'api-key', 'none'],
  removal: ['retain', 'destroy'],
  /** For an emulator: the functions reach its S3 by paths, and sign bodies; the CDK's function that empties buckets may not run there. */
  emulated: ['true', 'false'],
} as const

export type Settings = GregorProps & { readonly stackName: string }

/** `context` answers what was given for a name, else undefined. */
export function readSettings(context: (name: string) => unknown): Settings {
  const choice = <Name extends keyof typeof choices>(name: Name): (typeof choices)[Name][number] | undefined => {
    const given = context(name)
    const known: readonly string[] = choices[name]
    if (given === undefined) return undefined
    if (typeof given !== 'string' || !known.includes(given)) {
      throw new Error(`-c ${name}=${String(given)}: it is one of ${known.join(', ')}.`)
    }
    return given as (typeof choices)[Name][number]
  }
  const api = choice('api')
  const kind = choice('authorization')
  return {
    stackName: text(context, 'stack') ?? 'Gregor',
    ...(api && { api }),
    ...(kind && { authorization: authorization(kind, context) }),
    ...(choice('removal') === 'destroy' && { removalPolicy: RemovalPolicy.DESTROY }),
    ...(choice('emulated') === 'true' && { environment: { S3_FORCE_PATH_STYLE: 'true' }, emptiesBucket: false }),
  }
}

function authorization(type: Authorization['type'], context: (name: string) => unknown): Authorization {
  if (type !== 'jwt') return { type }
  const issuer = text(context, 'issuer')
  const audience = text(context, 'audience')
  if (issuer === undefined || audience === undefined) {
    throw new Error('-c authorization=jwt wants -c issuer=https://... and -c audience=... (several with commas), too.')
  }
  return { type, issuer, audience: audience.split(',') }
}

function text(context: (name: string) => unknown, name: string): string | undefined {
  const given = context(name)
  if (given === undefined) return undefined
  if (typeof given !== 'string' || given === '') throw new Error(`-c ${name}: it is a text that is not empty.`)
  return given
}
