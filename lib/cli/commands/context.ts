/** `gregor context`: clusters by name. */
import { Command, Option } from 'commander'
import { signer } from '../cluster.ts'
import { type AwsRegion, contextsFile, readContexts, writeContexts } from '../contexts.ts'
import { Failure, usageFailure } from '../failure.ts'
import { clusterUrl, collect, pair } from '../options.ts'
import { answer, type OutputOptions, withOutput } from '../output.ts'
import { table } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export const contextCommand = (terminal: Terminal): Command =>
  new Command('context')
    .description('Name clusters, and choose the one that commands talk to.')
    .addCommand(add(terminal))
    .addCommand(use(terminal))
    .addCommand(list(terminal))
    .addCommand(remove(terminal))

const add = (terminal: Terminal): Command =>
  withOutput(new Command('add'))
    .description('Name a cluster. The first one is used from then on; "gregor context use" changes that.')
    .argument('<name>', 'letters, digits, ".", "_" and "-"')
    .addOption(new Option('--url <url>', 'its HTTP API').argParser(clusterUrl).makeOptionMandatory())
    .option('--header <name=value>', 'a header for every request, such as x-api-key=...; repeatable', collect(pair))
    .option('--sigv4', 'sign requests with the credentials that the AWS SDK finds then (AWS_IAM)')
    .option('--region <region>', 'the AWS region to sign for, where the URL does not say it')
    .addHelpText('after', examples)
    .action(async (name: string, options: AddOptions) => {
      if (!/^[\w.-]{1,64}$/.test(name))
        throw usageFailure(`${name} cannot be a context's name.`, 'Use letters, digits, ".", "_" and "-".')
      const headers = Object.fromEntries(options.header ?? [])
      legalHeaders(headers)
      const sigv4 = await signs(options)
      const { current, contexts } = await readContexts(terminal)
      const next = {
        current: current ?? name,
        contexts: { ...contexts, [name]: { url: options.url, headers, ...sigv4 } },
      }
      await writeContexts(terminal, next)
      const used =
        next.current === name ? 'It is in use.' : `Use it with "gregor context use ${name}", or --context ${name}.`
      answer(
        terminal,
        options,
        { name, url: options.url, current: next.current === name },
        () => `Context ${name} is ${options.url}. ${used}\n`,
      )
    })

interface AddOptions extends OutputOptions {
  readonly url: string
  readonly header?: (readonly [string, string])[]
  readonly sigv4?: boolean
  readonly region?: string
}

const examples = `
Examples:
  gregor context add prod --url https://api.example.com/v1 --header x-api-key=SECRET
  gregor context add aws --url https://abc.execute-api.eu-central-1.amazonaws.com --sigv4`

/** As the context keeps it. */
async function signs({ url, sigv4, region }: AddOptions): Promise<{ sigv4?: AwsRegion }> {
  if (sigv4 !== true) {
    if (region !== undefined) throw usageFailure('--region is for --sigv4.', 'Add --sigv4, or leave --region out.')
    return {}
  }
  const wanted = region === undefined ? {} : { region }
  await signer(url, wanted)
  return { sigv4: wanted }
}

/** Said now rather than by every later command. */
function legalHeaders(headers: Record<string, string>): void {
  try {
    new Headers(headers)
  } catch (cause) {
    throw new Failure('That is not a legal HTTP header.', {
      nextStep: 'Write it like --header x-api-key=SECRET.',
      exitCode: 2,
      cause,
    })
  }
}

const use = (terminal: Terminal): Command =>
  withOutput(new Command('use'))
    .description('Let commands talk to this cluster from now on.')
    .argument('<name>')
    .action(async (name: string, options: OutputOptions) => {
      const { contexts } = await readContexts(terminal)
      const context = known(contexts, name)
      await writeContexts(terminal, { current: name, contexts })
      answer(
        terminal,
        options,
        { name, url: context.url, current: true },
        () => `Commands talk to ${name} (${context.url}) now.\n`,
      )
    })

const list = (terminal: Terminal): Command =>
  withOutput(new Command('list'))
    .description('Show the names, and which one is in use. Values of headers are not shown.')
    .action(async (options: OutputOptions) => {
      const { current, contexts } = await readContexts(terminal)
      const rows = Object.entries(contexts).map(([name, { url, headers }]) => ({
        name,
        url,
        headers: Object.keys(headers),
        current: name === current,
      }))
      answer(terminal, options, rows, () =>
        rows.length === 0
          ? `No contexts yet (${contextsFile(terminal)}). Commands talk to http://127.0.0.1:8082.\n`
          : table(
              terminal,
              ['', 'NAME', 'URL', 'HEADERS'],
              rows.map((row) => [row.current ? '*' : '', row.name, row.url, row.headers.join(', ') || null]),
            ),
      )
    })

const remove = (terminal: Terminal): Command =>
  withOutput(new Command('remove'))
    .description('Forget a name. The cluster stays as it is.')
    .argument('<name>')
    .action(async (name: string, options: OutputOptions) => {
      const { current, contexts } = await readContexts(terminal)
      known(contexts, name)
      const { [name]: _, ...rest } = contexts
      await writeContexts(terminal, { current: current === name ? undefined : current, contexts: rest })
      answer(terminal, options, { name, removed: true }, () => `Context ${name} is forgotten.\n`)
    })

function known<T>(contexts: Readonly<Record<string, T>>, name: string): T {
  const context = Object.hasOwn(contexts, name) ? contexts[name] : undefined
  if (!context)
    throw new Failure(`There is no context ${name}.`, { nextStep: '"gregor context list" shows those there are.' })
  return context
}
