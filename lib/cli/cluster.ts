/**
 * Which cluster a command talks to: `--url`, else `--context`, else `GREGOR_URL`, else the context in use, else the one that
 * `npm start` runs on this machine. Commands reach it through the HTTP client only, so a deployed API and a local process
 * are the same to them.
 */
import { type Command, Option } from 'commander'
import { GregorClient } from '../client/client.ts'
import { GregorError } from '../client/gregor-error.ts'
import type { RequestSigner } from '../client/request-signer.ts'
import { topicNameProblem } from '../cluster/topic-names.ts'
import { errorCode } from '../http/rest-error.ts'
import { type CallerOptions, environmentHeaders, givenHeaders, withCallerHeaders } from './caller-headers.ts'
import { type AwsRegion, readContexts } from './contexts.ts'
import { Failure, usageFailure } from './failure.ts'
import { clusterUrl } from './options.ts'
import type { Terminal } from './terminal.ts'

const localUrl = 'http://127.0.0.1:8082'

export interface ClusterOptions extends CallerOptions {
  readonly url?: string
  readonly context?: string
  readonly sigv4?: boolean
  readonly region?: string
}

interface Place {
  readonly url: string
  readonly headers: Record<string, string>
  readonly sign?: RequestSigner
}

interface Cluster {
  readonly url: string
  readonly client: GregorClient
}

export const withCluster = (command: Command): Command =>
  withCallerHeaders(
    command
      .addOption(
        new Option('--url <url>', 'the cluster’s HTTP API (else GREGOR_URL, else the context in use)').argParser(
          clusterUrl,
        ),
      )
      .option('--context <name>', 'a cluster by the name that "gregor context add" gave it'),
  )
    .option('--sigv4', 'sign requests, for an API that lets in who may call it (AWS_IAM)')
    .option('--region <region>', 'the AWS region to sign for, where the URL does not say it')

async function cluster(terminal: Terminal, options: ClusterOptions): Promise<Cluster> {
  const place = await clusterPlace(terminal, options)
  return { url: place.url, client: new GregorClient(place) }
}

/** Where the cluster is, and what every request to it carries. */
export async function clusterPlace(terminal: Terminal, options: ClusterOptions): Promise<Place> {
  const { sigv4, region } = options
  if (sigv4 !== true && region !== undefined) {
    throw usageFailure('--region is for --sigv4.', 'Add --sigv4, or leave --region out.')
  }
  const { signs, context, url } = await knownPlace(terminal, options)
  const wanted = sigv4 === true ? { ...signs, ...(region !== undefined && { region }) } : signs
  const isSigned = wanted !== undefined
  const own = context ?? environmentHeaders(terminal, isSigned)
  const headers = { ...own, ...givenHeaders(options, isSigned) }
  return wanted === undefined ? { url, headers } : { url, headers, sign: await signer(url, wanted) }
}

/** The SDK is loaded only by who signs. */
export async function signer(url: string, wanted: AwsRegion): Promise<RequestSigner> {
  const { awsSignature } = await import('../client/aws-signature.ts')
  try {
    return awsSignature(url, wanted)
  } catch (fault) {
    if (!(fault instanceof TypeError)) throw fault
    throw usageFailure(fault.message, 'Give it with --region.')
  }
}

interface KnownPlace {
  readonly url: string
  /** The headers of its context, with names in lower case. Undefined: it is no context. */
  readonly context?: Record<string, string>
  /** Its context says that requests are signed. */
  readonly signs?: AwsRegion
}

async function knownPlace(terminal: Terminal, options: ClusterOptions): Promise<KnownPlace> {
  if (options.url !== undefined) return { url: options.url }
  const fromEnvironment = terminal.env.GREGOR_URL
  if (options.context === undefined && fromEnvironment) return { url: readUrl(fromEnvironment) }
  const known = await readContexts(terminal)
  const name = options.context ?? known.current
  if (name === undefined) return { url: localUrl }
  const context = Object.hasOwn(known.contexts, name) ? known.contexts[name] : undefined
  if (!context) {
    throw new Failure(`There is no context ${name}.`, {
      nextStep: '"gregor context list" shows those there are, "gregor context add" makes one.',
    })
  }
  const { sigv4, url } = context
  const headers = Object.fromEntries(Object.entries(context.headers).map(([key, value]) => [key.toLowerCase(), value]))
  return { url, context: headers, ...(sigv4 !== undefined && { signs: sigv4 }) }
}

function readUrl(text: string): string {
  try {
    return clusterUrl(text)
  } catch (cause) {
    throw new Failure(`GREGOR_URL is not a URL: ${text}`, { nextStep: 'Write it like http://127.0.0.1:8082.', cause })
  }
}

/** The code alone does not say it: it covers illegal names and configs too. */
export const topicExists = (fault: unknown): boolean =>
  fault instanceof GregorError && fault.errorCode === errorCode.refusedByKafka && / already/.test(fault.message)

/** What a person can do about an error of the cluster. */
export function clusterFailure(
  fault: GregorError,
  url: string,
  about: { topic?: string; group?: string } = {},
): Failure {
  const said = (nextStep?: string) =>
    new Failure(sentence(fault.message), { cause: fault, ...(nextStep === undefined ? {} : { nextStep }) })
  if (fault.status === 0) {
    return new Failure(`No cluster answers at ${url} (${fault.message.replace(/^no answer from [^ ]+ /, '')}).`, {
      nextStep:
        url === localUrl
          ? 'Start one with "npm start" (or "gregor start").'
          : 'Is it running, and is the URL right (--url, GREGOR_URL)?',
      cause: fault,
    })
  }
  if (fault.errorCode === errorCode.unknownTopic && about.topic !== undefined) {
    return new Failure(`There is no topic ${about.topic}.`, {
      nextStep: `Create it with "gregor topic create ${about.topic} --partitions 6"; "gregor topic list" shows those there are.`,
      cause: fault,
    })
  }
  if (fault.errorCode === errorCode.unknownGroup) return said('"gregor group list" shows the groups there are.')
  if (topicExists(fault)) return said('"gregor topic alter" changes it; --if-not-exists makes this no error.')
  if (fault.errorCode === errorCode.offsetOutOfRange && about.group !== undefined)
    return said(`Move the group with "gregor group reset ${about.group} --topic ${about.topic} --to earliest".`)
  if (fault.errorCode === errorCode.offsetOutOfRange)
    return said('Begin with --from earliest, or at an offset of the range.')
  if (fault.status === 401 || fault.status === 403)
    return said(
      'An API that asks for AWS credentials wants --sigv4, and a grant for them; one that asks for a key --api-key (or GREGOR_API_KEY), for a token --token (or GREGOR_TOKEN); "gregor context add" keeps either.',
    )
  if (fault.retriable) return said('Trying again may help.')
  // A topic or a group that is not there has codes of its own: here somebody else answered, or not at this path.
  if (fault.errorCode === errorCode.notFound)
    return said(`Is ${url} a cluster's HTTP API (--url, GREGOR_URL, "gregor context list")?`)
  return said()
}

/** Does something with the cluster, and says what went wrong with it as a `Failure`. */
export async function atCluster<T>(
  terminal: Terminal,
  options: ClusterOptions,
  about: { topic?: string; group?: string },
  work: (client: GregorClient, url: string) => Promise<T>,
): Promise<T> {
  for (const [what, name] of Object.entries(about)) {
    if (name === '') throw usageFailure(`A ${what} needs a name: the empty string is none.`)
  }
  // Not asked of the cluster: a name such as `..` would be another path.
  const problem = about.topic === undefined ? undefined : topicNameProblem(about.topic)
  if (problem !== undefined) throw new Failure(problem)
  const { url, client } = await cluster(terminal, options)
  try {
    return await work(client, url)
  } catch (fault) {
    throw fault instanceof GregorError ? clusterFailure(fault, url, about) : fault
  }
}

/**
 * A message as a sentence, whoever wrote it. Its first word may be a name (`orders has 6 partitions`), and names have no other
 * case: only where a sentence of the cluster's begins is the cluster to write it large.
 */
export const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)
